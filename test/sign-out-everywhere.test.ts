import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cookieOf, postGraphQL } from './harness/http.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { openLive } from './harness/live.ts'
import { eventually } from './harness/log.ts'
import { withAndWithoutRedis } from './harness/redis.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const whoAmI = '{ viewer { id email } }'
const everywhere = (id: string) => `mutation { revokeUserSessions(input: { userId: "${id}" }) { revoked } }`

describe.each(withAndWithoutRedis)('D23: who signs out everywhere, $name', ({ withRedis }) => {
  it('is signed out at once where they say so and soon on every process, in each of their sessions and sockets', async () => {
    const variables: Record<string, string> = withRedis ? {} : { REDIS_URL: '' }
    const gateways: TestGateway[] = []
    for (const _ of [1, 2, 3]) gateways.push(await stack.startGateway(variables))
    const [one] = gateways as [TestGateway]
    const seed = people(one)
    const [person, other] = [await seed.investor(), await seed.investor()]
    const { key } = await seed.key({ owner: person, scopes: ['rates:read'] })
    const sessions: Record<string, string>[] = [
      person.credential,
      { authorization: `Bearer ${await seed.signIn(person.email)}` },
      { cookie: await cookieOf(one, person) },
    ]
    const viewerAt = async (gateway: TestGateway, credential: Record<string, string>) => {
      const { body, headers } = await postGraphQL(
        gateway,
        { query: whoAmI },
        { origin: gateway.services.publicUrl, ...credential },
      )
      return { viewer: (body.data?.viewer ?? null) as { id: string } | null, cache: headers.get('x-cache') }
    }
    // Their sessions and what they were shown are in the memory of every process, and in Redis.
    for (const gateway of gateways) {
      for (const credential of [...sessions, other.credential]) {
        await eventually(async () => (await viewerAt(gateway, credential)).cache).toBe('hit')
      }
    }
    const sockets = await Promise.all(gateways.map(({ url }) => openLive({ url, credential: sessions[1]! })))
    const staying = await openLive({ url: one.url, credential: other.credential })
    const answer = await postGraphQL(one, { query: everywhere(person.id) }, person.credential)
    expect(answer.body.data).toEqual({ revokeUserSessions: { revoked: 3 } })
    const position = answer.headers.get('x-gatehouse-position')!
    for (const credential of sessions) expect((await viewerAt(one, credential)).viewer).toBeNull()
    for (const gateway of gateways) {
      for (const credential of sessions) {
        // Whoever says what they have done waits for it; whoever does not has to be patient for a moment.
        const told = await viewerAt(gateway, { ...credential, 'x-gatehouse-position': position })
        expect(told.viewer).toBeNull()
        await eventually(async () => (await viewerAt(gateway, credential)).viewer).toBeNull()
      }
    }
    for (const { closed } of sockets) expect(await closed).toBe(4410)
    // Nobody else is, nor is a machine of theirs.
    for (const gateway of gateways) {
      expect((await viewerAt(gateway, other.credential)).viewer).toMatchObject({ id: other.id })
      const rates = await postGraphQL(
        gateway,
        { query: '{ exchangeRates(base: "CHF") { rate } }' },
        { 'x-api-key': key },
      )
      expect(rates.body.errors).toBeUndefined()
    }
    expect(staying.socket.readyState).toBe(staying.socket.OPEN)
    await Promise.all(gateways.map((gateway) => gateway.close()))
  })
})
