import { describe, expect, it } from 'vitest'
import { ecb20261120, ecbFixture } from './fixtures/ecb.ts'
import { graphql } from './graphql/index.ts'
import { people, type TestClient } from './harness/index.ts'
import { eventually } from './harness/log.ts'
import { amountOf, gatewayOn, rateOperations } from './harness/rate-gateway.ts'
import { ecbFile, text } from './harness/rates.ts'

const { setRate } = rateOperations
const changes = graphql(`
  subscription RateChanges($base: Currency, $quotes: [Currency!], $after: String) {
    exchangeRateChanges(base: $base, quotes: $quotes, after: $after) { cursor rate { base quote rate source stale } }
  }
`)
const cursorNow = graphql(`
  query RateCursor($base: Currency!) { eventCursor exchangeRates(base: $base) { quote rate } }
`)

type Asked = { base?: string; quotes?: string[]; after?: string }
type Seen = { cursor: string; rate: { base: string; quote: string; rate: string; source: string; stale: boolean } }

function follow(client: TestClient, asked: Asked = {}) {
  const subscription = client.subscribe(changes, asked)
  const take = async (count: number) => {
    const found: Seen[] = []
    while (found.length < count) found.push((await subscription.next()).exchangeRateChanges)
    return found
  }
  return { ...subscription, take, shown: async (count: number) => (await take(count)).map(textOf) }
}
const textOf = ({ rate: { base, quote, rate, source } }: Seen) => `${base}/${quote} ${rate} ${source}`
const file = (day: number, rates: Record<string, string>) => text(ecbFile(`2026-11-${day}`, rates))

describe('exchangeRateChanges', () => {
  it('tells of the pairs asked for, computed, when a leg changes, each once', async () => {
    const { client, provider, refresh } = await gatewayOn(file(17, { USD: '1.08', GBP: '0.84', CHF: '0.93' }))
    const { eventCursor: after } = await client.get(cursorNow, { base: 'CHF' })
    const franc = follow(client, { base: 'CHF', quotes: ['USD', 'EUR', 'USD', 'CHF', 'JPY'], after })
    const dollar = follow(client, { base: 'USD', quotes: ['CHF'], after })
    const pound = follow(client, { base: 'USD', quotes: ['GBP'], after })

    provider.answers(file(18, { USD: '1.10', GBP: '0.85', CHF: '0.93' }))
    await refresh()
    // 1.10 / 0.93 = 1.182795698924…, 0.93 / 1.10 = 0.845454545454…; of the pound nobody asked.
    expect(await franc.shown(1)).toEqual(['CHF/USD 1.1827956989 ecb'])
    expect(await dollar.shown(1)).toEqual(['USD/CHF 0.8454545455 ecb'])
    // Both legs at once: 0.85 / 1.10 = 0.772727272727…
    expect(await pound.shown(1)).toEqual(['USD/GBP 0.7727272727 ecb'])

    // What is the same as before is no news, be it of another day: see what comes after it.
    provider.answers(file(19, { USD: '1.10', GBP: '0.86', CHF: '0.93' }))
    await refresh()
    await refresh()
    // One leg, of which the other's code comes after it: 0.86 / 1.10 = 0.781818181818…
    expect(await pound.shown(1)).toEqual(['USD/GBP 0.7818181818 ecb'])
    provider.answers(file(20, { USD: '1.12', GBP: '0.86', CHF: '0.95', JPY: '168.12' }))
    await refresh()
    // 1 / 0.95 = 1.052631578947…, 168.12 / 0.95 = 176.968421052631…, 1.12 / 0.95 = 1.178947368421…
    expect((await franc.shown(3)).sort()).toEqual([
      'CHF/EUR 1.0526315789 ecb',
      'CHF/JPY 176.9684210526 ecb',
      'CHF/USD 1.1789473684 ecb',
    ])
    expect(await dollar.shown(1)).toEqual(['USD/CHF 0.8482142857 ecb'])
    provider.answers(file(21, { USD: '1.13', GBP: '0.86', CHF: '0.95', JPY: '168.12' }))
    await refresh()
    expect(await franc.shown(1)).toEqual(['CHF/USD 1.1894736842 ecb'])
    await client.close()
  })

  it('without a base tells of the pairs that are stored, as they are shown', async () => {
    const { client, seed, provider, refresh } = await gatewayOn(file(17, { USD: '1.08', CHF: '0.93' }))
    const admin = await seed.admin()
    const { eventCursor: after } = await client.get(cursorNow, { base: 'EUR' })
    const all = follow(client, { after })
    await admin.get(setRate, { input: { base: 'USD', quote: 'EUR', rate: '0.9' } })
    provider.answers(file(18, { USD: '1.09', CHF: '0.94' }))
    await refresh()
    await admin.get(setRate, { input: { base: 'CHF', quote: 'USD', rate: '1.1' } })
    // The provider's EUR/USD is not shown to anybody: what was set by hand counts.
    expect(await all.shown(3)).toEqual(['USD/EUR 0.9 manual', 'EUR/CHF 0.94 ecb', 'CHF/USD 1.1 manual'])
    await client.close()
  })

  it('tells of a rate set by hand, and that it is over', async () => {
    const { client, seed, provider, refresh, endManualRates } = await gatewayOn(
      file(17, { USD: '1.08', CHF: '0.93', GBP: '0.84' }),
    )
    const admin = await seed.admin()
    const { eventCursor: after } = await client.get(cursorNow, { base: 'EUR' })
    const franc = follow(client, { base: 'CHF', after })
    const stored = follow(client, { after })
    const expiresAt = new Date(Date.now() + 2_000).toISOString()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.2', expiresAt } })
    expect(await franc.shown(1)).toEqual(['CHF/USD 1.2903225806 ecb+manual'])
    expect(await stored.shown(1)).toEqual(['EUR/USD 1.2 manual'])
    provider.answers(file(18, { USD: '1.09', CHF: '0.93', GBP: '0.85' }))
    await refresh()
    // 0.85 / 0.93 = 0.913978494623…
    expect(await franc.shown(1)).toEqual(['CHF/GBP 0.9139784946 ecb'])
    await eventually(() => amountOf(client, 'EUR', 'USD')).toBe('1.09')
    await endManualRates()
    // 1.09 / 0.93 = 1.172043010752…
    expect(await franc.shown(1)).toEqual(['CHF/USD 1.1720430108 ecb'])
    expect(await stored.shown(2)).toEqual(['EUR/GBP 0.85 ecb', 'EUR/USD 1.09 ecb'])
    await client.close()
  })

  it('replays each rate as it was, and goes on from any cursor without a gap or a repeat', async () => {
    const { client, seed, provider, refresh, stack } = await gatewayOn(text(ecbFixture))
    const admin = await seed.admin()
    const { eventCursor: after, exchangeRates } = await client.get(cursorNow, { base: 'CHF' })
    expect(exchangeRates).toHaveLength(30)
    const live = follow(client, { base: 'CHF', after })
    // A day on which everything changes: of thirty pairs each once, many of them at the event of the franc.
    const next = Object.fromEntries(Object.entries(ecb20261120).map(([quote, rate]) => [quote, `${rate}1`]))
    provider.answers(file(21, next))
    await refresh()
    const seen = await live.take(30)
    expect(new Set(seen.map(textOf)).size).toBe(30)
    await admin.get(setRate, { input: { base: 'EUR', quote: 'CHF', rate: '1.5' } })
    seen.push(...(await live.take(30)))
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.5' } })
    seen.push(...(await live.take(1)))
    expect(textOf(seen.at(-1)!)).toBe('CHF/USD 1 manual')
    expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(61)

    const again = async (from: TestClient, cursor: string, asked: Asked = { base: 'CHF' }) => {
      const index = seen.findIndex((event) => event.cursor === cursor)
      const subscription = follow(from, { ...asked, after: cursor })
      const found = (await subscription.take(seen.length - index - 1)).map((event) => [event.cursor, textOf(event)])
      expect(found).toEqual(seen.slice(index + 1).map((event) => [event.cursor, textOf(event)]))
    }
    await again(client, after)
    const places = [0, 5, 20, 29, 30, 31, 45, 58, 59].map((index) => seen[index]!.cursor)
    for (const cursor of places) await again(client, cursor)
    await client.close()

    // Also on a gateway that has seen nothing of it, which reads it from PostgreSQL.
    const other = await stack.startGateway({ RATES_URL: provider.url })
    const there = people(other).anonymous()
    for (const cursor of [after, ...places.slice(0, 6)]) await again(there, cursor)
    // And its cursor goes on as any other does.
    const rest = follow(there, { base: 'CHF', quotes: ['ZAR'], after: seen[40]!.cursor })
    const rand = seen.slice(41).filter(({ rate }) => rate.quote === 'ZAR')
    expect(await rest.take(1)).toEqual(rand)
    await there.close()
  })

  it('from now on has nothing of before', async () => {
    const { client, seed } = await gatewayOn(text(ecbFixture))
    const admin = await seed.admin()
    const now = follow(client, { base: 'EUR', quotes: ['USD'] })
    const first = now.take(1)
    let rate = 2
    await eventually(async () => {
      rate += 1
      await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: String(rate) } })
      return Promise.race([first.then(() => 'came'), new Promise((resolve) => setTimeout(resolve, 50, 'not yet'))])
    }).toBe('came')
    expect((await first)[0]!.rate).toMatchObject({ source: 'manual' })
    await client.close()
  })

  it('is refused with quotes alone, with too many, and with a cursor that is none', async () => {
    const { client } = await gatewayOn(text(ecbFixture))
    const codeOf = async (asked: Asked) => {
      const result = await client
        .subscribe(changes, asked)
        .nextResult()
        .catch((errors) => ({ errors }))
      return result?.errors?.[0]?.extensions?.code
    }
    expect(await codeOf({ quotes: ['USD'] })).toBe('BAD_USER_INPUT')
    expect(await codeOf({ base: 'EUR', quotes: Array.from({ length: 101 }, () => 'USD') })).toBe('BAD_USER_INPUT')
    expect(await codeOf({ base: 'EUR', after: 'nonsense' })).toBe('BAD_USER_INPUT')
    const elsewhere = Buffer.from(JSON.stringify([1, ['rates', 3, 'ab'.repeat(8), 'USD']])).toString('base64url')
    expect(await codeOf({ base: 'EUR', after: elsewhere })).toBe('RESYNC_REQUIRED')
    await client.close()
  })
})
