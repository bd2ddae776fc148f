import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { raiseAlert } from '../../src/resolvers/alert.ts'
import { setUserRoleByEmail } from '../../src/resolvers/user.ts'
import { graphql } from '../graphql/index.ts'
import { askAt, startKnowing } from '../harness/cache.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from '../harness/index.ts'
import { startWay } from '../harness/way.ts'
import { startPostgres } from '../services/postgres.ts'
import { startStandby } from '../services/standby.ts'
import { createTemplate, databaseUrls, templateName } from '../setup/template.ts'

let stack: Stack
let primary: Awaited<ReturnType<typeof startPostgres>>
let standby: Awaited<ReturnType<typeof startStandby>>
let way: Awaited<ReturnType<typeof startWay>>
/** Both were there all the time. */
let gateways: [TestGateway, TestGateway]
/** It goes on as before and has not noticed: its comparison takes long. */
let unaware: TestGateway
let investor: Person
let promoted: Person
let lost: Person
let alerts: ReturnType<typeof follow>
/** Of the future that was lost. */
let lostCursor: string
let lostPosition: string

const settings = '{ viewer { id settings { locale } } }'
const ofUnaware = `${settings} # asked of who has not noticed`
const whoAmI = '{ viewer { id role } }'
const everybody = '{ users(first: 50) { nodes { id email } } }'
const setLocale = (locale: string) =>
  `mutation { updateUserSettings(input: { locale: "${locale}" }) { settings { locale } } }`
const onAlert = graphql(`
  subscription AlertsOverFailover($after: String) { systemAlerts(after: $after) { cursor alert { message } } }
`)

const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: 45_000, interval: 20 })

async function ask(gateway: TestGateway, person: Person, query: string, along: Record<string, string> = {}) {
  const { cache, text, headers, errors } = await askAt(gateway, query, { ...person.credential, ...along })
  return { cache, text, code: errors?.[0]?.extensions.code, position: headers.get('x-gatehouse-position') }
}
const textOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).text

const startGateway = () =>
  startKnowing(stack, { DATABASE_URL: databaseUrls(way.url, templateName).url, DATABASE_OWNER_URL: '' })

const follow = (person: Person, gateway: TestGateway, after?: string) =>
  people(gateway).as(person.token!).subscribe(onAlert, { after })
const say = (message: string) => raiseAlert({ services: gateways[0].services }, { severity: 'info', message })

/** In the memory of the gateway, and in Redis. */
const kept = (gateway: TestGateway, person: Person, query: string) =>
  until(async () => expect((await ask(gateway, person, query)).cache).toBe('hit'))

beforeAll(async () => {
  ;[stack, primary] = await Promise.all([startStack(), startPostgres()])
  await createTemplate(primary.superuserUrl)
  standby = await startStandby(primary)
  way = await startWay(primary.superuserUrl)
  gateways = [await startGateway(), await startGateway()]
  unaware = await startGateway()
  const [gateway] = gateways
  const seed = people(gateway)
  ;[investor, promoted] = [await seed.investor(), await seed.investor()]
  await ask(gateway, investor, setLocale('de-DE'))
  alerts = follow(investor, gateway)
  await until(() => expect(gateway.services.tails.of('alerts').waiting).toBeGreaterThan(0))
  await say('of both')
  expect((await alerts.next()).systemAlerts.alert.message).toBe('of both')
  await standby.catchUp()
  await standby.detach()

  await setUserRoleByEmail(gateway, { email: promoted.email, role: 'compliance' })
  lost = await seed.investor()
  await say('lost')
  lostCursor = (await alerts.next()).systemAlerts.cursor
  lostPosition = (await ask(gateway, investor, setLocale('nl-NL'))).position!
  for (const one of [...gateways, unaware]) {
    await until(async () => expect(await textOf(one, investor, settings)).toContain('nl-NL'))
    await until(async () => expect(await textOf(one, promoted, everybody)).toContain(lost.email))
    for (const [person, query] of [
      [investor, settings],
      [promoted, everybody],
      [promoted, whoAmI],
      [lost, whoAmI],
    ] as const) {
      await kept(one, person, query)
    }
  }

  const { tails, tailPool } = unaware.services
  await tails.compare()
  // Not by spies: those end with the beginning of the first test.
  Object.assign(tailPool, { query: () => new Promise(() => {}) })
  Object.assign(tails, { isFresh: () => true })
  const logs = gateways.map(({ services }) => services.tails.log)
  await primary.kill()
  await standby.promote()
  await way.close()
  await way.open(standby.superuserUrl)
  for (const [index, { services }] of gateways.entries()) {
    await until(() => expect(services.tails.log).not.toBe(logs[index]))
  }
})
afterAll(async () => {
  await stack.stop()
  await way.close()
  await standby.stop()
  await primary.stop()
})

describe('a standby that lacks the last events is promoted:', () => {
  it('no answer of the lost future is shown, from memory or from Redis, nor are its rights and its sessions', async () => {
    for (const gateway of gateways) {
      for (const _ of [1, 2]) {
        const { text } = await ask(gateway, investor, settings)
        expect([text.includes('de-DE'), text.includes('nl-NL')]).toEqual([true, false])
        expect((await ask(gateway, promoted, everybody)).code).toBe('FORBIDDEN')
        expect(await textOf(gateway, promoted, whoAmI)).toContain('INVESTOR')
        expect(await textOf(gateway, lost, whoAmI)).toBe('{"data":{"viewer":null}}')
      }
      await kept(gateway, investor, settings)
    }
  })

  it('who has written in the lost future and says so is answered with what there is', async () => {
    for (const gateway of gateways) {
      const { text, code } = await ask(gateway, investor, settings, { 'x-gatehouse-position': lostPosition })
      expect([code, text.includes('de-DE')]).toEqual([undefined, true])
    }
  })

  it('who has seen an event of it is told RESYNC_REQUIRED, on the way and with its cursor', async () => {
    const resync = { errors: [{ extensions: { code: 'RESYNC_REQUIRED' } }] }
    expect(await alerts.nextResult()).toMatchObject(resync)
    for (const gateway of gateways) {
      const again = follow(investor, gateway, lostCursor)
      expect(await again.nextResult()).toMatchObject(resync)
    }
    // Another event has its position now.
    await say('instead')
    expect(await follow(investor, gateways[1], lostCursor).nextResult()).toMatchObject(resync)
  })

  it('what a process puts into Redis that has not noticed, with positions that are used again later, deceives nobody', async () => {
    // It has applied what was lost, and reads what is there now.
    await until(async () => expect(await textOf(unaware, investor, ofUnaware)).toContain('de-DE'))
    await kept(unaware, investor, ofUnaware)
    await ask(gateways[0], investor, setLocale('fr-FR'))
    const heads = [unaware, gateways[0]].map(({ services }) => services.tails.of('accounts').head.position)
    expect(heads[0]).toBeGreaterThan(heads[1]!)
    const later = await startGateway()
    for (const gateway of [...gateways, later]) {
      for (const query of [ofUnaware, settings]) {
        await until(async () => expect(await textOf(gateway, investor, query)).toContain('fr-FR'))
        expect(await textOf(gateway, investor, query)).toContain('fr-FR')
      }
    }
  })

  it('who comes later finds nothing of the lost future in Redis, though all of its positions are used again', async () => {
    const [gateway] = gateways
    const head = () => gateway.services.tails.of('accounts').head.position
    while (head() <= unaware.services.tails.of('accounts').head.position) await people(gateway).investor()
    const later = await startGateway()
    expect(await textOf(later, lost, whoAmI)).toBe('{"data":{"viewer":null}}')
    expect((await ask(later, promoted, everybody)).code).toBe('FORBIDDEN')
    expect(await textOf(later, promoted, whoAmI)).toContain('INVESTOR')
    expect(await textOf(later, investor, settings)).toContain('fr-FR')
  })
})
