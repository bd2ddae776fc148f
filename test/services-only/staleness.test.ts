import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { type Person, people, stackForTest } from '../harness/index.ts'
import { draft } from '../harness/kyc.ts'
import { startProxy } from '../harness/proxy.ts'
import { startRedis } from '../services/redis.ts'

/** STALENESS=full is what takes minutes. */
const seconds = process.env.STALENESS === 'full' ? 180 : 8
/** How long what somebody else has written may take to be seen: as long as a process trusts its last comparison with the log. */
const boundMs = 2_000
const investors = 5

type Read = { id: string; name?: string | null; firstName?: string | null }
type Answer = { data?: { viewer?: Read; user?: Read; users?: { nodes: Read[] }; kycApplications?: Applications } }
type Applications = { nodes: { firstName: string | null; user: Read }[] }
type Written = { count: number; at: number }

const choose = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!
/** What is written: how often its owner has, and whose it is. */
const text = (count: number, id: string) => `${count} of ${id}`
const whatIs = (written: string | null | undefined) => {
  const [, count, id] = /^(\d+) of (\S+)$/.exec(written ?? '') ?? []
  return { count: Number(count ?? 0), id }
}

it(
  `no answer is older than what its reader has written, nor than ${boundMs} ms, and none is another reader's, for ${seconds} s`,
  async () => {
    const stack = await stackForTest()
    const own = await stack.startGateway()
    let redis = await startRedis()
    onTestFinished(() => redis.kill())
    // What PostgreSQL says of a read may still be under way when all have heard of the change after it.
    const slow = { answersAfterMs: () => (Math.random() < 0.15 ? Math.random() * 150 : 0) }
    const gateways = await Promise.all(
      [1, 2, 3].map(async () => {
        const { url } = await startProxy(stack.database.url, slow)
        return startGatewayProcess({ ...stack.environment, REDIS_URL: redis.url, DATABASE_URL: url })
      }),
    )
    let hits = 0
    const wrong: string[] = []

    async function ask(person: Person, query: string, position: string | null) {
      const response = await fetch(`${choose(gateways).url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...person.credential,
          ...(position && { 'x-gatehouse-position': position }),
        },
        body: JSON.stringify({ query }),
      }).catch(() => null)
      if (response?.headers.get('x-cache') === 'hit') hits++
      const { data } = ((await response?.json().catch(() => null)) ?? {}) as Answer
      return data && { data, position: response?.headers.get('x-gatehouse-position') ?? null }
    }

    /** Somebody who writes and reads. They bring along where they wrote last, as a browser does. */
    async function investor() {
      const person = await people(own).investor()
      const applicationId = await draft(person)
      const writes: Written[] = [{ count: 0, at: performance.now() }]
      const latest = { name: 0, firstName: 0 }
      let position: string | null = null
      let count = 0

      async function write() {
        const next = ++count
        const what = choose(['name', 'firstName'] as const)
        const value = text(next, person.id)
        const answer = await ask(
          person,
          what === 'name'
            ? `mutation { updateProfile(input: { name: "${value}" }) { user { id } } }`
            : `mutation { updateKycApplication(input: { applicationId: "${applicationId}", details: { firstName: "${value}" } }) { application { id } } }`,
          position,
        )
        // Without an answer it may have been done or not: nobody was told.
        if (!answer) return
        position = answer.position
        latest[what] = next
        if (what === 'name') writes.push({ count: next, at: performance.now() })
      }

      async function read() {
        const least = { ...latest }
        const asked = choose([
          '{ viewer { id name } }',
          '{ kycApplications { nodes { firstName user { id name } } } }',
          `{ user(id: "${person.id}") { id name } }`,
        ])
        const answer = await ask(person, asked, position)
        if (!answer) return
        const { viewer, user, kycApplications } = answer.data
        for (const { firstName, user } of kycApplications?.nodes ?? []) {
          const found = whatIs(firstName)
          if (user.id !== person.id || (found.id ?? person.id) !== person.id)
            wrong.push(`${person.id} was shown ${firstName} of ${user.id}`)
          if (found.count < least.firstName) wrong.push(`${asked}: ${found.count} after ${least.firstName}`)
        }
        for (const seen of [viewer, user, ...(kycApplications?.nodes ?? []).map(({ user }) => user)]) {
          if (!seen) continue
          const found = whatIs(seen.name)
          if (seen.id !== person.id || (found.id ?? person.id) !== person.id)
            wrong.push(`${person.id} was shown ${seen.name} of ${seen.id}`)
          if (found.count < least.name) wrong.push(`${asked}: ${found.count} after ${least.name}`)
        }
      }

      async function live() {
        while (!over) {
          if (Math.random() < 0.1) await write()
          else await read()
        }
      }
      return { id: person.id, writes, live, count: () => count }
    }

    let over = false
    const writers = await Promise.all(Array.from({ length: investors }, investor))

    /** Somebody who sees what others have written, and brings nothing along. */
    async function reviewer() {
      const person = await people(own).reviewer()
      while (!over) {
        const asked = choose([
          '{ users(first: 50) { nodes { id name } } }',
          `{ user(id: "${choose(writers).id}") { id name } }`,
        ])
        const askedAt = performance.now()
        const answer = await ask(person, asked, null)
        for (const seen of [answer?.data.user, ...(answer?.data.users?.nodes ?? [])]) {
          const writer = writers.find(({ id }) => id === seen?.id)
          if (!seen || !writer) continue
          const least = writer.writes.findLast(({ at }) => at < askedAt - boundMs)?.count ?? 0
          const found = whatIs(seen.name)
          if ((found.id ?? seen.id) !== seen.id) wrong.push(`${seen.id} was shown as ${seen.name}`)
          if (found.count < least) wrong.push(`${asked}: ${found.count} long after ${least}`)
        }
      }
    }

    async function trouble() {
      const flushing = new Redis(redis.url, { lazyConnect: true, retryStrategy: () => null })
      flushing.on('error', () => {})
      onTestFinished(() => flushing.disconnect())
      const mishaps = [
        async () =>
          void (await flushing
            .connect()
            .then(() => flushing.flushall())
            .catch(() => {})),
        async () => {
          const frozen = choose(gateways)
          frozen.freeze()
          await sleep(boundMs + 500)
          frozen.thaw()
        },
        async () => {
          await redis.kill()
          await sleep(500)
          redis = await startRedis({ port: redis.port })
        },
      ]
      for (let index = 0; !over; index++) {
        await sleep(700)
        await mishaps[index % mishaps.length]!()
      }
    }

    const lives = [...writers.map(({ live }) => live()), reviewer(), reviewer(), trouble()]
    await sleep(seconds * 1000)
    over = true
    await Promise.all(lives)

    expect(wrong).toEqual([])
    // It was not for want of hits, or of writes.
    expect(hits).toBeGreaterThan(100)
    expect(writers.reduce((sum, { count }) => sum + count(), 0)).toBeGreaterThan(investors * 2)
  },
  (seconds + 60) * 1000,
)
