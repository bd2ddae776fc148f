import { describe, expect, it } from 'vitest'
import { ecbFixture } from './fixtures/ecb.ts'
import { people, stackForTest, type TestGateway } from './harness/index.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'
import { amountOf, gatewayOn, rateOperations, rowsOf, showRate, type Variables } from './harness/rate-gateway.ts'
import { ecbFile, erApiAnswer, startProvider, text, tick } from './harness/rates.ts'

const { rateOf, ratesOf, historyOf, setRate } = rateOperations

const changesIn = async ({ services }: TestGateway) =>
  (await logOf(services, 'rates')).filter(({ type }) => type === 'rate.changed')

describe('without a provider', () => {
  it('the rates of the bundled snapshot are there with the first answer, labelled, and not stale', async () => {
    const stack = await stackForTest()
    const statements: string[] = []
    const gateway = await stack.startGateway({}, { onQuery: (sql) => statements.push(sql) })
    const client = people(gateway).anonymous()
    const rate = await showRate(client, 'eur', 'USD')
    expect(rate).toMatchObject({ base: 'EUR', quote: 'USD', rate: '1.172', source: 'ecb-snapshot', stale: false })
    expect(rate!.asOf).toBe('2025-06-30T00:00:00.000Z')
    expect(Date.parse(rate!.expiresAt)).toBeGreaterThan(Date.now() + 290_000)

    statements.length = 0
    const { exchangeRates } = await client.get(ratesOf, { base: 'CHF' })
    expect(statements).toHaveLength(1)
    const quotes = exchangeRates.map(({ quote }) => quote)
    expect(quotes).toHaveLength(30)
    expect(quotes).toEqual([...quotes].sort())
    expect(quotes).not.toContain('CHF')
    // 1.1720 / 0.9347 = 1.25387824970578…; 1 / 0.9347 = 1.06986198780357…
    expect(exchangeRates.find(({ quote }) => quote === 'USD')?.rate).toBe('1.2538782497')
    expect(exchangeRates.find(({ quote }) => quote === 'EUR')?.rate).toBe('1.0698619878')
  })

  it('a second gateway on the same database leaves it at that, and a refresh keeps them fresh', async () => {
    const stack = await stackForTest()
    const withoutJobs = { DATABASE_OWNER_URL: '' }
    const gateway = await stack.startGateway(withoutJobs)
    const client = people(gateway).anonymous()
    const before = await showRate(client, 'EUR', 'USD')
    await stack.startGateway(withoutJobs)
    expect(await showRate(client, 'EUR', 'USD')).toEqual(before)
    await stack.startGateway()
    await tick(stack.database)
    const fetchedAt = async () => Date.parse((await showRate(client, 'EUR', 'USD'))!.fetchedAt)
    await eventually(fetchedAt).toBeGreaterThan(Date.parse(before!.fetchedAt))
    const after = await showRate(client, 'EUR', 'USD')
    expect({ ...after, fetchedAt: '', expiresAt: '' }).toEqual({ ...before, fetchedAt: '', expiresAt: '' })
    expect(await rowsOf(gateway, 'exchange_rate_history')).toHaveLength(30)
    expect(await changesIn(gateway)).toHaveLength(30)
  })
})

describe('cross rates', () => {
  it('D15: are those that one computes by hand, half-even to ten decimals, and never a float', async () => {
    const rates = {
      USD: '2',
      GBP: '1.0000000001',
      CHF: '1.0000000003',
      JPY: '168.12',
      IDR: '18064.92',
      KWD: '0.3',
      // What a column cannot hold is rounded on its way in: a tie, to the even 2.
      NOK: '11.71200000025',
      SEK: '9007199254.7409931234',
      TRY: '0.0000000001',
    }
    const { client } = await gatewayOn(text(erApiAnswer('EUR', rates), 'application/json'))
    const byHand: [string, string, string][] = [
      ['EUR', 'USD', '2'],
      ['EUR', 'NOK', '11.7120000002'],
      // More digits than a number of JavaScript has.
      ['EUR', 'SEK', '9007199254.7409931234'],
      // 1 / 2
      ['USD', 'EUR', '0.5'],
      // 1.0000000001 / 2 = 0.50000000005, a tie: to the even 0
      ['USD', 'GBP', '0.5'],
      // 1.0000000003 / 2 = 0.50000000015, a tie: to the even 2
      ['USD', 'CHF', '0.5000000002'],
      // 2 / 168.12 = 0.011896264572923…
      ['JPY', 'USD', '0.0118962646'],
      // 18064.92 / 168.12 = 107.452533904354…
      ['JPY', 'IDR', '107.4525339044'],
      // 1 / 0.3 = 3.33…
      ['KWD', 'EUR', '3.3333333333'],
      // 2 / 0.3 = 6.66…
      ['KWD', 'USD', '6.6666666667'],
      ['EUR', 'EUR', '1'],
      ['JPY', 'JPY', '1'],
    ]
    for (const [base, quote, rate] of byHand)
      expect([base, quote, await amountOf(client, base, quote)]).toEqual([base, quote, rate])
    // 0.0000000001 / 18064.92 is less than half of what ten decimals can say, and so cannot be said.
    expect(await showRate(client, 'IDR', 'TRY')).toBeNull()
    const { exchangeRates } = await client.get(ratesOf, { base: 'IDR' })
    expect(exchangeRates.map(({ quote }) => quote)).not.toContain('TRY')
  })

  it('say of the older leg how old they are, and of an unknown currency nothing', async () => {
    const { client, provider, refresh } = await gatewayOn(text(ecbFile('2026-11-19', { USD: '1.08', GBP: '0.84' })))
    const old = await showRate(client, 'EUR', 'GBP')
    provider.answers(text(ecbFile('2026-11-20', { USD: '1.09' })))
    await refresh()
    const [dollar, pound, cross] = [
      await showRate(client, 'EUR', 'USD'),
      await showRate(client, 'EUR', 'GBP'),
      await showRate(client, 'USD', 'GBP'),
    ]
    expect(pound).toEqual(old)
    expect(dollar).toMatchObject({ rate: '1.09', asOf: '2026-11-20T00:00:00.000Z' })
    // 0.84 / 1.09 = 0.770642201834862…
    expect(cross).toEqual({ ...old!, base: 'USD', rate: '0.7706422018' })
    for (const [base, quote] of [
      ['EUR', 'XAU'],
      ['XAU', 'EUR'],
      ['XAU', 'XAU'],
      ['JPY', 'USD'],
    ] as const) {
      expect(await showRate(client, base, quote)).toBeNull()
    }
    const { exchangeRates } = await client.get(ratesOf, { base: 'GBP', quotes: ['XAU', 'usd', 'USD', 'GBP', 'EUR'] })
    expect(exchangeRates.map(({ quote }) => quote)).toEqual(['EUR', 'GBP', 'USD'])
    expect((await client.get(ratesOf, { base: 'XAU' })).exchangeRates).toEqual([])
  })

  it('are asked for by real currencies, and not by too many', async () => {
    const { client } = await gatewayOn(text(ecbFixture))
    expect((await client.refusal(rateOf, { base: 'EUR', quote: 'FOO' })).code).toBe('BAD_USER_INPUT')
    const quotes = Array.from({ length: 101 }, () => 'USD')
    expect((await client.refusal(ratesOf, { base: 'EUR', quotes })).extensions.fields).toMatchObject([
      { path: 'quotes' },
    ])
    expect((await client.get(ratesOf, { base: 'EUR', quotes: quotes.slice(1) })).exchangeRates).toHaveLength(1)
    expect((await client.get(ratesOf, { base: 'EUR', quotes: [] })).exchangeRates).toEqual([])
  })
})

describe('a provider', () => {
  it('whose answer is wrong changes nothing, and the log says which currency and why', async () => {
    const { client, provider, gateway, complaints, refresh, events } = await gatewayOn(text(ecbFixture), {
      RATES_TIMEOUT_MS: '1000',
    })
    const before = await rowsOf(gateway, 'exchange_rates')
    const answers: [string, Parameters<typeof provider.answers>[0]][] = [
      ['the rate of USD is "-1.0853"', text(ecbFixture.replace('1.0853', '-1.0853'))],
      ['the rate of ZAR is zero', text(ecbFixture.replace('18.6613', '0.0000'))],
      ['the rate of USD is "N/A"', text(ecbFixture.replace('1.0853', 'N/A'))],
      ['the rate of JPY went from 168.12 to 201.8, by more than 20 %', text(ecbFixture.replace('168.12', '201.8'))],
      ['the rate of JPY went from 168.12 to 0.00000001', text(ecbFixture.replace('168.12', '0.00000001'))],
      ['the rate of JPY is 0 to ten decimals, which cannot be kept', text(ecbFixture.replace('168.12', '1e-20'))],
      ['the rate of JPY is 16812000000 to ten decimals', text(ecbFixture.replace('168.12', '16812000000'))],
      ['older than those of 2026-11-20', text(ecbFixture.replace('2026-11-20', '2026-11-19'))],
      ['yet to come', text(ecbFixture.replace('2026-11-20', '2999-11-19'))],
      ['no XML', text(ecbFixture.slice(0, -40))],
      ['no XML', text('<html><body><p>Sign in</body></html>', 'text/html')],
      ['status 500', text(ecbFixture, 'text/xml', 500)],
      ['longer than 1048576 bytes', text(ecbFixture + ' '.repeat(1024 * 1024))],
      ['cannot be reached', (request) => request.socket.destroy()],
      ['took too long', () => {}],
    ]
    expect(complaints()).toEqual([])
    for (const [why, answer] of answers) {
      provider.answers(answer)
      await refresh()
      const said = complaints()
      expect(said).toEqual([expect.stringContaining(why)])
      expect(said[0]).not.toContain('secret')
      expect(await rowsOf(gateway, 'exchange_rates')).toEqual(before)
    }
    expect(await events()).toHaveLength(30)
    expect(await rowsOf(gateway, 'exchange_rate_history')).toHaveLength(30)

    provider.answers(text(ecbFixture.replace('2026-11-20', '2026-11-21').replace('168.12', '201.7')))
    await refresh()
    expect([complaints(), await amountOf(client, 'EUR', 'JPY')]).toEqual([[], '201.7'])
  })

  it('that is not there at the start does not keep the gateway from starting, and is asked again', async () => {
    const { client, provider, complaints, refresh } = await gatewayOn(text('', 'text/xml', 503))
    expect(complaints()).toEqual([expect.stringContaining('status 503')])
    expect(await showRate(client, 'EUR', 'USD')).toBeNull()
    expect((await client.get(ratesOf, { base: 'EUR' })).exchangeRates).toEqual([])
    provider.answers(text(ecbFixture))
    await refresh()
    expect(await amountOf(client, 'EUR', 'USD')).toBe('1.0853')
  })

  it('whose jump is true is believed when an admin has set the rate by hand, near to it', async () => {
    const { seed, client, provider, complaints, refresh } = await gatewayOn(text(ecbFixture))
    const admin = await seed.admin()
    provider.answers(text(ecbFixture.replace('2026-11-20', '2026-11-21').replace('49.1207', '98.5')))
    await refresh()
    expect(complaints()).toEqual([expect.stringContaining('TRY went from 49.1207 to 98.5')])
    await admin.get(setRate, { input: { base: 'EUR', quote: 'TRY', rate: '60' } })
    await refresh()
    expect(complaints()).toHaveLength(1)
    // The inverse will do: 1 / 0.0101 = 99.00990099…
    const expiresAt = new Date(Date.now() + 2_000).toISOString()
    await admin.get(setRate, { input: { base: 'TRY', quote: 'EUR', rate: '0.0101', expiresAt } })
    await refresh()
    expect(complaints()).toEqual([])
    expect(await showRate(client, 'EUR', 'USD')).toMatchObject({ asOf: '2026-11-21T00:00:00.000Z' })
    await eventually(() => amountOf(client, 'EUR', 'TRY')).toBe('60')
  })

  it('that takes the place of another takes it whole', async () => {
    const { client, provider, refresh, events } = await gatewayOn(
      text(ecbFile('2026-11-20', { USD: '1.08', JPY: '168.12', ISK: '143.1' })),
    )
    expect(await showRate(client, 'USD', 'ISK')).toMatchObject({ rate: '132.5', source: 'ecb' })
    provider.answers(text(erApiAnswer('USD', { EUR: '0.9', JPY: '150' }), 'application/json'))
    await refresh()
    expect(await showRate(client, 'EUR', 'JPY')).toMatchObject({ rate: '166.6666666667', source: 'open-er-api' })
    expect(await showRate(client, 'USD', 'ISK')).toBeNull()
    provider.answers(text(ecbFile('2026-11-20', { USD: '1.08', JPY: '168.12', ISK: '143.1' })))
    await refresh()
    expect(await showRate(client, 'USD', 'ISK')).toMatchObject({ rate: '132.5', source: 'ecb' })
    expect((await events()).map(({ subjectId }) => subjectId)).toEqual([
      ...['EUR:ISK', 'EUR:JPY', 'EUR:USD'],
      ...['USD:EUR', 'USD:JPY'],
      ...['EUR:ISK', 'EUR:JPY', 'EUR:USD'],
    ])
    const { exchangeRateHistory } = await client.get(historyOf, { base: 'EUR', quote: 'JPY' })
    expect(exchangeRateHistory.map(({ rate, source }) => [rate, source])).toEqual([
      ['168.12', 'ecb'],
      ['166.6666666667', 'open-er-api'],
      ['168.12', 'ecb'],
    ])
  })

  it('that answers in another base than before is held to what is known all the same', async () => {
    const at = (day: number) => new Date(`2026-11-${day}T00:00:01Z`)
    const { client, provider, refresh, complaints, gateway } = await gatewayOn(
      text(erApiAnswer('USD', { EUR: '0.9', JPY: '150', CHF: '0.8' }, at(20)), 'application/json'),
    )
    const before = await rowsOf(gateway, 'exchange_rates')
    const wrong = [
      // The rates of one base under the name of another. 0.8 / 150 = 0.0053…, 150 / 0.9 = 166.6…, 1 / 0.9 = 1.1…
      ['CHF went from 0.0053333333 to 0.8', 'JPY', { EUR: '0.9', CHF: '0.8' }],
      ['JPY went from 166.6666666667 to 16', 'EUR', { USD: '1.12', JPY: '16', CHF: '0.89' }],
      ['USD went from 1.1111111111 to 112', 'EUR', { USD: '112', JPY: '166', CHF: '0.89' }],
    ] as const
    for (const [why, base, rates] of wrong) {
      provider.answers(text(erApiAnswer(base, rates, at(21)), 'application/json'))
      await refresh()
      expect(complaints()).toEqual([expect.stringContaining(why)])
      expect(await rowsOf(gateway, 'exchange_rates')).toEqual(before)
    }
    provider.answers(text(erApiAnswer('EUR', { USD: '1.12', JPY: '166', CHF: '0.89' }, at(19)), 'application/json'))
    await refresh()
    expect(complaints()).toEqual([expect.stringContaining('older than those of 2026-11-20')])
    provider.answers(text(erApiAnswer('EUR', { USD: '1.12', JPY: '166', CHF: '0.89' }, at(21)), 'application/json'))
    await refresh()
    expect([complaints(), await amountOf(client, 'EUR', 'JPY')]).toEqual([[], '166'])
  })

  it('takes the place of the bundled samples as soon as it is configured', async () => {
    const stack = await stackForTest()
    const before = await stack.startGateway()
    expect(await showRate(people(before).anonymous(), 'EUR', 'USD')).toMatchObject({
      source: 'ecb-snapshot',
      stale: false,
    })
    await before.close()
    const provider = await startProvider(text(ecbFixture))
    const after = await stack.startGateway({ RATES_URL: provider.url })
    expect(await showRate(people(after).anonymous(), 'EUR', 'USD')).toMatchObject({ source: 'ecb', rate: '1.0853' })
    // Another start finds them fresh.
    await stack.startGateway({ RATES_URL: provider.url })
    expect(provider.requests).toBe(1)
  })

  it('is asked by one of two gateways: at the start, and each time that the crontab says so', async () => {
    const provider = await startProvider((_request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-type': 'text/xml' }).end(ecbFixture), 300)
    })
    const stack = await stackForTest()
    const gateways = await Promise.all([1, 2, 3].map(() => stack.startGateway({ RATES_URL: provider.url })))
    const owner = await connectForTest(stack.database.ownerUrl)
    // A real time of the crontab may fall into this test.
    const realTimes = async () => {
      const query = `select last_execution as at from graphile_worker._private_known_crontabs where identifier = 'rates.refresh'`
      return (await owner.query(query)).rows[0]?.at ? 1 : 0
    }
    expect([1, 1 + (await realTimes())]).toContain(provider.requests)
    // Whoever waited has them as well.
    for (const gateway of gateways) expect(await amountOf(people(gateway).anonymous(), 'EUR', 'USD')).toBe('1.0853')

    for (let n = 0; n < 4; n++) await tick(stack.database)
    expect([5, 5 + (await realTimes())]).toContain(provider.requests)

    // Several at once, as when one takes longer than the time between two: one is at it, the others leave it at that.
    const before = provider.requests
    const client = await connectForTest(stack.database.url)
    for (const key of ['one', 'two', 'three']) await client.query(`select add_job('rates.refresh', '{}', $1)`, [key])
    await eventually(async () => {
      const jobs = await owner.query(`select from graphile_worker.jobs where task_identifier = 'rates.refresh'`)
      return jobs.rowCount
    }).toBe(0)
    expect(provider.requests - before).toBeLessThan(3 + (await realTimes()))
    expect(await changesIn(gateways[0]!)).toHaveLength(30)
  })
})

describe('time', () => {
  it('D15: makes rates stale that the provider does not renew; they are shown, and said to be so', async () => {
    const { client, provider, refresh } = await gatewayOn(text(ecbFixture), { RATE_TTL_SECONDS: '1' })
    provider.answers(text('', 'text/xml', 503))
    await eventually(async () => (await showRate(client, 'EUR', 'USD'))?.stale).toBe(true)
    await refresh()
    expect(await showRate(client, 'CHF', 'USD')).toMatchObject({ rate: '1.1693782998', stale: true })
    provider.answers(text(ecbFixture))
    await refresh()
    expect((await showRate(client, 'CHF', 'USD'))?.stale).toBe(false)
  })
})

describe('the history', () => {
  it('has every quotation that was new, newest first, and cross rates from the legs as they were', async () => {
    const { client, provider, refresh, gateway } = await gatewayOn(
      text(ecbFile('2026-11-17', { USD: '1.08', CHF: '0.93', BGN: '1.9558' })),
    )
    const days = [
      ['2026-11-18', { USD: '1.08', CHF: '0.94', BGN: '1.9558' }],
      ['2026-11-19', { USD: '1.10', CHF: '0.94', BGN: '1.9558' }],
      ['2026-11-19', { USD: '1.10', CHF: '0.95', BGN: '1.9558' }],
    ] as const
    for (const [day, rates] of days) {
      provider.answers(text(ecbFile(day, rates)))
      await refresh()
      await refresh()
    }
    const of = async (base: string, quote: string, range: Variables = {}) =>
      (await client.get(historyOf, { base, quote, ...range })).exchangeRateHistory
    expect((await of('EUR', 'USD')).map(({ rate, asOf }) => [rate, asOf.slice(0, 10)])).toEqual([
      ['1.1', '2026-11-19'],
      ['1.08', '2026-11-18'],
      ['1.08', '2026-11-17'],
    ])
    const cross = await of('CHF', 'USD')
    expect(cross.map(({ rate }) => rate)).toEqual([
      // 1.10 / 0.95 = 1.157894736842…, 1.10 / 0.94 = 1.170212765957…, 1.08 / 0.94 = 1.148936170212…, 1.08 / 0.93 = 1.161290322580…
      '1.1578947368',
      '1.170212766',
      '1.1489361702',
      '1.1612903226',
    ])
    expect((await of('USD', 'EUR')).map(({ rate }) => rate)).toEqual(['0.9090909091', '0.9259259259', '0.9259259259'])
    expect(await of('EUR', 'XAU')).toEqual([])
    // What still holds is as fresh as it is; what does not is past.
    expect(cross.map(({ stale }) => stale).slice(0, 1)).toEqual([false])

    const all = await rowsOf(gateway, 'exchange_rate_history')
    expect(all).toHaveLength(3 + 3 + 3 + 1)
    const moments = (
      await gateway.services.pool.query(`select distinct fetched_at as at from exchange_rate_history order by 1`)
    ).rows.map(({ at }) => at.toISOString())
    expect(moments).toHaveLength(4)
    const within = async (range: Variables) => (await of('CHF', 'USD', range)).map(({ rate }) => rate)
    expect(await within({ since: moments[1]!, until: moments[3]! })).toEqual(['1.170212766', '1.1489361702'])
    expect(await within({ since: moments[3]! })).toEqual(['1.1578947368'])
    expect(await within({ until: moments[0]! })).toEqual([])
    expect((await client.get(historyOf, { base: 'CHF', quote: 'USD', first: 2 })).exchangeRateHistory).toEqual(
      cross.slice(0, 2),
    )
    for (const first of [0, -1, 1_001]) {
      expect((await client.refusal(historyOf, { base: 'CHF', quote: 'USD', first })).code).toBe('BAD_USER_INPUT')
    }
    expect((await client.get(historyOf, { base: 'CHF', quote: 'USD', first: 1_000 })).exchangeRateHistory).toEqual(
      cross,
    )
  })

  it('has what changed beside a leg that was set by hand, also where the provider quoted that leg anew as well', async () => {
    const { seed, client, provider, refresh } = await gatewayOn(
      text(ecbFile('2026-11-17', { USD: '1.08', ZAR: '18.5' })),
    )
    await (await seed.admin()).get(setRate, { input: { base: 'EUR', quote: 'ZAR', rate: '20' } })
    provider.answers(text(ecbFile('2026-11-18', { USD: '1.1', ZAR: '18.6' })))
    await refresh()
    // 20 / 1.1, 20 / 1.08, 18.5 / 1.08
    const rates = ['18.1818181818', '18.5185185185', '17.1296296296']
    expect(await amountOf(client, 'USD', 'ZAR')).toBe(rates[0])
    const { exchangeRateHistory } = await client.get(historyOf, { base: 'USD', quote: 'ZAR' })
    expect(exchangeRateHistory.map(({ rate }) => rate)).toEqual(rates)
    // What a leg that was set by hand covers is no news.
    const { exchangeRateHistory: covered } = await client.get(historyOf, { base: 'EUR', quote: 'ZAR' })
    expect(covered.map(({ rate }) => rate)).toEqual(['20', '18.5'])
  })

  it('is append-only for everybody, and has a row for whatever is shown', async () => {
    const { stack } = await gatewayOn(text(ecbFixture))
    for (const url of [stack.database.url, stack.database.ownerUrl, stack.database.superuserUrl]) {
      const client = await connectForTest(url)
      for (const statement of [
        'update exchange_rate_history set rate = 2',
        'delete from exchange_rate_history',
        'truncate exchange_rate_history cascade',
      ]) {
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
      }
      const insert = (id: string) =>
        client.query(`insert into exchange_rates (base, quote, source, rate, as_of, fetched_at, expires_at, quotation_id)
          values ('USD', 'EUR', 'manual', 1, now(), now(), now(), ${id})`)
      await expect(insert('null')).rejects.toMatchObject({ code: '23502' })
      await expect(insert('999999')).rejects.toMatchObject({ code: '23503' })
    }
  })
})
