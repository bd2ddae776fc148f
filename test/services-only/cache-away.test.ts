import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { setUserRoleByEmail } from '../../src/resolvers/user.ts'
import { askAt } from '../harness/cache.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { people, stackForTest } from '../harness/index.ts'
import { eventually } from '../harness/log.ts'
import { startProxy } from '../harness/proxy.ts'

const awayMs = 10_000
/** For requests to be on their way. */
const underWayMs = 300

const settings = '{ viewer { settings { locale } } }'
const setLocale = (locale: string) =>
  `mutation { updateUserSettings(input: { locale: "${locale}" }) { settings { locale } } }`
const whoAmI = '{ viewer { id role } }'
const everybody = '{ users(first: 20) { nodes { email } } }'

it('gateways that were stopped for ten seconds, and one that was cut off from PostgreSQL, serve nothing from memory when they come back', async () => {
  const stack = await stackForTest()
  const own = await stack.startGateway()
  const way = await startProxy(stack.database.url)
  const environment = { ...stack.environment, DATABASE_OWNER_URL: '' }
  const [frozen, deaf, cutOff] = await Promise.all([
    startGatewayProcess(environment),
    startGatewayProcess({ ...environment, REDIS_URL: '' }),
    startGatewayProcess({ ...environment, DATABASE_URL: way.url, DATABASE_STATEMENT_TIMEOUT_MS: '1000' }),
  ])
  const gateways = [frozen, deaf, cutOff]
  const seed = people(own)
  const [investor, demoted, gone] = [await seed.investor(), await seed.reviewer(), await seed.investor()]
  const asked = [
    { query: settings, headers: investor.credential, isNew: (text: string) => text.includes('sv-SE') },
    { query: whoAmI, headers: demoted.credential, isNew: (text: string) => text.includes('INVESTOR') },
    { query: everybody, headers: demoted.credential, isNew: (text: string) => text.includes('FORBIDDEN') },
    { query: whoAmI, headers: gone.credential, isNew: (text: string) => text === '{"data":{"viewer":null}}' },
  ]
  for (const { url } of gateways) {
    for (const { query, headers } of asked) {
      await eventually(async () => (await askAt({ url }, query, headers)).cache).toBe('hit')
    }
  }

  for (const { freeze } of [frozen, deaf]) freeze()
  way.cut()
  await askAt(own, setLocale('sv-SE'), investor.credential)
  await setUserRoleByEmail({ services: own.services }, { email: demoted.email, role: 'investor' })
  await seed.signOut(gone.token!)
  await sleep(awayMs)
  // The kernel takes what is asked; they see it when they go on, before anything else.
  const first = gateways.flatMap(({ url }) =>
    asked.map(async ({ query, headers, isNew }) => ({ isNew, ...(await askAt({ url }, query, headers)) })),
  )
  await sleep(underWayMs)
  for (const { thaw } of [frozen, deaf]) thaw()
  way.mend()
  for (const { text, isNew, cache } of await Promise.all(first)) {
    expect({ text, is: isNew(text) || text.includes('UNAVAILABLE'), cache }).toMatchObject({ is: true })
  }
  for (const { url } of gateways) {
    for (const { query, headers, isNew } of asked) {
      const settled = async () => isNew((await askAt({ url }, query, headers)).text)
      await eventually(settled).toBe(true)
      expect(await settled()).toBe(true)
    }
    await eventually(async () => (await askAt({ url }, settings, investor.credential)).cache).toBe('hit')
  }
})
