import { describe, expect, it } from 'vitest'
import { ecbFixture } from './fixtures/ecb.ts'
import { graphql } from './graphql/index.ts'
import { people } from './harness/index.ts'
import { eventually } from './harness/log.ts'
import { amountOf, gatewayOn, rateOperations, rowsOf, showRate } from './harness/rate-gateway.ts'
import { ecbFile, text, tick } from './harness/rates.ts'

const { setRate, historyOf, ratesOf } = rateOperations
const rateTrail = graphql(`
  query RateTrail { auditLog(filter: { stream: "rates" }) { nodes { action actor { id } subjectId details } } }
`)

const soon = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString()
const provided = ecbFile('2026-11-20', { USD: '1.08', GBP: '0.84', CHF: '0.93' })

describe('a rate that an admin sets', () => {
  it('is shown at once on every gateway, for a day, and as a leg of whatever rests on it', async () => {
    const { seed, client, stack, provider } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    const { setExchangeRate } = await admin.get(setRate, { input: { base: 'EUR', quote: 'usd', rate: '1.2' } })
    expect(setExchangeRate.rate).toMatchObject({
      base: 'EUR',
      quote: 'USD',
      rate: '1.2',
      source: 'manual',
      stale: false,
    })
    const life = Date.parse(setExchangeRate.rate.expiresAt) - Date.parse(setExchangeRate.rate.asOf)
    expect(life).toBe(24 * 3_600_000)
    const other = await stack.startGateway({ RATES_URL: provider.url })
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.2')
    const there = people(other).anonymous()
    expect(await showRate(there, 'EUR', 'USD')).toMatchObject({ rate: '1.2', source: 'manual' })
    // 1 / 1.2 = 0.83333…; 1.2 / 0.93 = 1.290322580645…; 0.84 / 1.2 = 0.7
    expect(await showRate(there, 'USD', 'EUR')).toMatchObject({ rate: '0.8333333333', source: 'manual' })
    expect(await showRate(there, 'CHF', 'USD')).toMatchObject({ rate: '1.2903225806', source: 'ecb+manual' })
    expect(await showRate(there, 'USD', 'GBP')).toMatchObject({ rate: '0.7', source: 'ecb+manual' })
    // 0.84 / 0.93 = 0.903225806451…
    expect(await showRate(there, 'CHF', 'GBP')).toMatchObject({ rate: '0.9032258065', source: 'ecb' })
    const { exchangeRates } = await there.get(ratesOf, { base: 'USD', quotes: ['EUR', 'CHF'] })
    expect(exchangeRates.map(({ rate }) => rate)).toEqual(['0.775', '0.8333333333'])
  })

  it('of a cross pair is for that pair and its inverse alone', async () => {
    const { seed, client } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'CHF', quote: 'USD', rate: '1.25' } })
    expect(await amountOf(client, 'CHF', 'USD')).toBe('1.25')
    expect(await amountOf(client, 'USD', 'CHF')).toBe('0.8')
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.08')
    expect(await amountOf(client, 'CHF', 'GBP')).toBe('0.9032258065')
  })

  it('gives way to one that is set later, be it of the inverse', async () => {
    const { seed, client } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.25' } })
    await admin.get(setRate, { input: { base: 'USD', quote: 'EUR', rate: '0.5' } })
    expect([await amountOf(client, 'EUR', 'USD'), await amountOf(client, 'USD', 'EUR')]).toEqual(['2', '0.5'])
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.6' } })
    expect([await amountOf(client, 'EUR', 'USD'), await amountOf(client, 'USD', 'EUR')]).toEqual(['1.6', '0.625'])
  })

  it('may be of a currency that the provider does not know, which is then known', async () => {
    const { seed, client } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'XAU', quote: 'EUR', rate: '3500.0000000001' } })
    expect(await amountOf(client, 'XAU', 'EUR')).toBe('3500.0000000001')
    // 1.08 * 3500.0000000001 = 3780.000000000108
    expect(await amountOf(client, 'XAU', 'USD')).toBe('3780.0000000001')
    const { exchangeRates } = await client.get(ratesOf, { base: 'USD' })
    expect(exchangeRates.map(({ quote }) => quote)).toEqual(['CHF', 'EUR', 'GBP', 'XAU'])
  })

  it('wins until it expires, whatever the provider says meanwhile, and then the provider’s is shown again', async () => {
    const { seed, client, provider, refresh, gateway, endManualRates, events } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.2', expiresAt: soon(2_500) } })
    provider.answers(text(ecbFile('2026-11-21', { USD: '1.09', GBP: '0.84', CHF: '0.93' })))
    await refresh()
    await endManualRates()
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.2')
    await eventually(() => showRate(client, 'EUR', 'USD')).toMatchObject({ rate: '1.09', source: 'ecb', stale: false })
    await endManualRates()
    await endManualRates()
    expect((await events()).filter(({ type }) => type === 'rate.ended')).toHaveLength(1)
    expect(await rowsOf(gateway, 'exchange_rates')).toHaveLength(3)
    expect((await rowsOf(gateway, 'exchange_rate_history')).filter(({ source }) => source === 'manual')).toHaveLength(1)
    const { exchangeRateHistory } = await client.get(historyOf, { base: 'EUR', quote: 'USD' })
    // What the provider said under it was shown to nobody then.
    expect(exchangeRateHistory.map(({ rate, source }) => [rate, source])).toEqual([
      ['1.2', 'manual'],
      ['1.08', 'ecb'],
    ])
  })

  it('is said to be over by a job, once', async () => {
    const { seed, client, stack, events } = await gatewayOn(text(provided))
    await stack.startGateway()
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.2', expiresAt: soon(1_000) } })
    await eventually(() => showRate(client, 'EUR', 'USD')).not.toMatchObject({ source: 'manual' })
    for (let n = 0; n < 2; n++) await tick(stack.database, 'rates.end')
    const ended = (await events()).filter(({ type }) => type === 'rate.ended')
    expect(ended).toMatchObject([{ subjectId: 'EUR:USD', actorId: null, payload: { source: 'manual' } }])
  })

  it('is over at its moment, also where nobody has said so yet', async () => {
    const { gateway, client, seed } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.2', expiresAt: soon(1_000) } })
    await eventually(() => showRate(client, 'EUR', 'USD')).toMatchObject({ rate: '1.08', source: 'ecb' })
    // 1.08 / 0.93 = 1.161290322580…
    expect(await amountOf(client, 'CHF', 'USD')).toBe('1.1612903226')
    expect(await rowsOf(gateway, 'exchange_rates')).toHaveLength(4)
  })

  it('is a rate, of two currencies, until a moment to come; all faults are said at once', async () => {
    const { seed, client, events } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    const good = { base: 'EUR', quote: 'USD', rate: '1.1' }
    const pathsOf = async (change: object) => {
      const { code, extensions } = await admin.refusal(setRate, { input: { ...good, ...change } })
      expect(code).toBe('BAD_USER_INPUT')
      return ((extensions.fields ?? []) as { path: string }[]).map(({ path }) => path)
    }
    for (const rate of ['0', '0.0', '-1', '0.00000000001', '1.00000000000', '10000000000', '-0.1']) {
      expect(await pathsOf({ rate })).toEqual(['rate'])
    }
    expect(await pathsOf({ quote: 'eur' })).toEqual(['quote'])
    expect(await pathsOf({ expiresAt: soon(-1) })).toEqual(['expiresAt'])
    expect(await pathsOf({ quote: 'EUR', rate: '0', expiresAt: soon(-1) })).toEqual(['quote', 'rate', 'expiresAt'])
    for (const change of [{ rate: 1.1 }, { rate: '1,1' }, { rate: '1e3' }, { rate: [] }, { quote: 'FOO' }]) {
      await pathsOf(change)
    }
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.08')
    for (const rate of ['9999999999.9999999999', '0.0000000001']) {
      await admin.get(setRate, { input: { ...good, rate } })
      expect(await amountOf(client, 'EUR', 'USD')).toBe(rate)
    }
    expect(await events()).toHaveLength(3 + 2)
  })

  it('is an admin’s to set, and nobody else’s', async () => {
    const { seed, client } = await gatewayOn(text(provided))
    const input = { base: 'EUR', quote: 'USD', rate: '1.2' }
    expect((await client.refusal(setRate, { input })).code).toBe('UNAUTHENTICATED')
    expect((await (await seed.reviewer()).refusal(setRate, { input })).code).toBe('FORBIDDEN')
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.08')
  })

  it('by many at once is that of one of them, each of them in the log, at a moment of its own', async () => {
    const { seed, client, gateway, events } = await gatewayOn(text(provided))
    const admin = await seed.admin()
    const rates = Array.from({ length: 12 }, (_, n) => `1.${n + 10}`)
    await Promise.all(rates.map((rate) => admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate } })))
    const set = (await events()).filter(({ type }) => type === 'rate.set')
    expect(set.map(({ payload }) => Number(payload.rate).toFixed(2)).sort()).toEqual(rates)
    expect(await amountOf(client, 'EUR', 'USD')).toBe(set.at(-1)!.payload.rate)
    const moments = set.map(({ payload }) => payload.at as number)
    expect(moments).toEqual([...new Set(moments)].sort((one, other) => one - other))
    expect(await rowsOf(gateway, 'exchange_rate_history')).toHaveLength(3 + 12)
  })
})

describe('events', () => {
  it('are one for each stored pair that changed, in one go, and only a person’s are in the audit trail', async () => {
    const { seed, provider, refresh, events } = await gatewayOn(text(ecbFixture))
    const admin = await seed.admin()
    const first = await events()
    expect(first).toHaveLength(30)
    expect(first.find(({ subjectId }) => subjectId === 'EUR:USD')).toMatchObject({
      type: 'rate.changed',
      actorId: null,
      tags: ['rates', 'rate:EUR:USD'],
      payload: { base: 'EUR', quote: 'USD', rate: '1.0853', source: 'ecb' },
    })
    provider.answers(
      text(ecbFixture.replace('2026-11-20', '2026-11-21').replace('1.0853', '1.09').replace('0.9281', '0.93')),
    )
    await refresh()
    await refresh()
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.20' } })
    // The same once more is a deed once more.
    await admin.get(setRate, { input: { base: 'EUR', quote: 'USD', rate: '1.2' } })
    const later = (await events()).slice(30)
    expect(later.map(({ type, subjectId, payload }) => [type, subjectId, payload.rate])).toEqual([
      ['rate.changed', 'EUR:CHF', '0.93'],
      ['rate.changed', 'EUR:USD', '1.09'],
      // The same again shows as well: it was fetched later.
      ['rates.renewed', 'EUR', undefined],
      ['rate.set', 'EUR:USD', '1.2'],
      ['rate.set', 'EUR:USD', '1.2'],
    ])
    const { auditLog } = await admin.get(rateTrail)
    expect(auditLog.nodes).toHaveLength(2)
    expect(auditLog.nodes[0]).toMatchObject({
      action: 'rate.set',
      actor: { id: admin.id },
      subjectId: 'EUR:USD',
      details: { base: 'EUR', quote: 'USD', rate: '1.2', source: 'manual' },
    })
  })
})
