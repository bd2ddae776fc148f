import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { type Person, people, stackForTest } from '../harness/index.ts'
import { draft } from '../harness/kyc.ts'
import { startProxy } from '../harness/proxy.ts'
import { startRedis } from '../services/redis.ts'

/** STALENESS=full is what takes minutes. */
const seconds = process.env.STALENESS === 'full' ? 180 : 12
/** How long what somebody else has written may take to be seen: as long as a process trusts its last comparison with the log. */
const boundMs = 2_000
const investors = 5

type Read = { id: string; name?: string | null; firstName?: string | null }
type Answer = {
  data?: {
    viewer?: Read
    user?: Read
    users?: { nodes: Read[] }
    kycApplications?: Applications
    exchangeRate?: { rate: string }
  }
}
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

    type Seen = { asked: string; id: string; owner: string; shown: string | null | undefined; least: number }
    function examine({ asked, id, owner, shown, least }: Seen) {
      const found = whatIs(shown)
      if (id !== owner || (found.id ?? owner) !== owner) wrong.push(`${asked}: ${shown} of ${id}, to be of ${owner}`)
      if (found.count < least) wrong.push(`${asked}: ${found.count} after ${least}`)
    }

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

    /** Who is not answered asks elsewhere; what comes late is looked at all the same. */
    const asking: Promise<void>[] = []
    function soon(answered: Promise<void>) {
      asking.push(answered)
      return Promise.race([answered, sleep(250)])
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
        const applications = kycApplications?.nodes ?? []
        for (const { firstName, user } of applications) {
          examine({ asked, id: user.id, owner: person.id, shown: firstName, least: least.firstName })
        }
        for (const seen of [viewer, user, ...applications.map(({ user }) => user)]) {
          if (seen) examine({ asked, id: seen.id, owner: person.id, shown: seen.name, least: least.name })
        }
      }

      /** Now and then a few changes; in between there is time for what is old to show. */
      async function writeOn() {
        while (!over) {
          for (let left = choose([1, 2, 4]); left > 0; left--) await write()
          await sleep(Math.random() * 1.5 * boundMs)
        }
      }
      async function readOn() {
        while (!over) await soon(read())
      }
      // The same session in several places: what one reads while another writes is kept for all of them.
      const live = () => Promise.all([writeOn(), readOn(), readOn()])
      return { id: person.id, writes, live, count: () => count }
    }

    let over = false
    const writers = await Promise.all(Array.from({ length: investors }, investor))

    /** Somebody who changes what everybody is shown alike. */
    const rates: Written[] = [{ count: 0, at: performance.now() }]
    async function admin() {
      const person = await people(own).admin()
      for (let count = 1; !over; count++) {
        const rate = `mutation { setExchangeRate(input: { base: "EUR", quote: "USD", rate: "${count}" }) { rate { rate } } }`
        if (await ask(person, rate, null)) rates.push({ count, at: performance.now() })
        await sleep(Math.random() * 1.5 * boundMs)
      }
    }
    const longAgo = (written: Written[], askedAt: number) =>
      written.findLast(({ at }) => at < askedAt - boundMs)?.count ?? 0

    /** Somebody who sees what others have written, and brings nothing along. */
    async function reviewer() {
      const person = await people(own).reviewer()
      async function read() {
        const asked = choose([
          '{ users(first: 50) { nodes { id name } } }',
          `{ user(id: "${choose(writers).id}") { id name } }`,
          '{ exchangeRate(base: "EUR", quote: "USD") { rate } }',
        ])
        const askedAt = performance.now()
        const answer = await ask(person, asked, null)
        const { rate } = answer?.data.exchangeRate ?? {}
        const leastRate = longAgo(rates, askedAt)
        if (rate !== undefined && Number(rate) < leastRate) wrong.push(`${asked}: ${rate} after ${leastRate}`)
        for (const seen of [answer?.data.user, ...(answer?.data.users?.nodes ?? [])]) {
          const writer = writers.find(({ id }) => id === seen?.id)
          if (!seen || !writer) continue
          const least = longAgo(writer.writes, askedAt)
          examine({ asked, id: seen.id, owner: writer.id, shown: seen.name, least })
        }
      }
      while (!over) await soon(read())
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
          // With it goes what would tell the frozen one of the meantime before anybody asks it.
          await redis.kill()
          await sleep(2 * boundMs)
          frozen.thaw()
          await sleep(500)
          redis = await startRedis({ port: redis.port })
        },
      ]
      for (let index = 0; !over; index++) {
        await sleep(700)
        await mishaps[index % mishaps.length]!()
      }
    }

    const lives = [...writers.map(({ live }) => live()), admin(), reviewer(), reviewer(), reviewer(), trouble()]
    await sleep(seconds * 1000)
    over = true
    await Promise.all(lives)
    await Promise.all(asking)

    expect(wrong).toEqual([])
    // It was not for want of hits, or of writes.
    expect(hits).toBeGreaterThan(100)
    expect(writers.reduce((sum, { count }) => sum + count(), 0)).toBeGreaterThan(investors * 2)
  },
  (seconds + 60) * 1000,
)
