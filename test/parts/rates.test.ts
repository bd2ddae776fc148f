import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { CurrencyResolver } from 'graphql-scalars'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createRateProvider } from '../../src/rates/index.ts'
import { parseOpenErApi } from '../../src/rates/open-er-api.ts'
import { RateProviderError } from '../../src/rates/provider.ts'
import { ecb20261120, ecbFixture } from '../fixtures/ecb.ts'
import { ecbFile, erApiAnswer, startProvider, text } from '../harness/rates.ts'

const ask = (url: string, timeoutMs = 10_000) =>
  createRateProvider({ ...readConfig({}).rates, url }).fetch(AbortSignal.timeout(timeoutMs))

async function answerTo(...answer: Parameters<typeof text>) {
  const provider = await startProvider(text(...answer))
  return ask(provider.url)
}

/** Why it was refused. */
const refusalOf = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    (answer) => new Error(`it was believed: ${JSON.stringify(answer)}`),
    (refusal: unknown) => refusal,
  )
  expect(error).toBeInstanceOf(RateProviderError)
  return (error as Error).message
}

const day = '2026-11-20'

describe('the European Central Bank’s file', () => {
  it('is read to the digit', async () => {
    const { source, base, asOf, rates } = await answerTo(ecbFixture)
    expect({ source, base, asOf }).toEqual({ source: 'ecb', base: 'EUR', asOf: new Date('2026-11-20T00:00:00Z') })
    expect(rates).toHaveLength(30)
    expect(Object.fromEntries(rates.map(({ quote, rate }) => [quote, rate]))).toEqual(ecb20261120)
  })

  it('may have one currency, and comes under whatever content type, with or without what precedes its first sign', async () => {
    for (const type of ['text/xml', 'application/xml; charset=UTF-8', 'application/octet-stream', '']) {
      const { rates } = await answerTo(`\uFEFF\n${ecbFile(day, { USD: '1.0853' })}`, type)
      expect(rates).toEqual([{ quote: 'USD', rate: '1.0853' }])
    }
  })

  it('comes with the gateway, labelled as a snapshot', async () => {
    const provider = createRateProvider(readConfig({}).rates)
    const { source, base, rates } = await provider.fetch(AbortSignal.timeout(1_000))
    expect({ source, base, count: rates.length }).toEqual({ source: 'ecb-snapshot', base: 'EUR', count: 30 })
  })

  it.each([
    ['cut off', ecbFixture.slice(0, 1_000), 'no XML'],
    ['a page of a proxy', '<!DOCTYPE html><html><body><p>Sign in</body></html>', 'document type'],
    ['a page that is XML', '<html><body>Sign in</body></html>', 'not of the European Central Bank’s format'],
    ['empty', '', 'no XML'],
    ['words', 'Service unavailable', 'no XML'],
    ['without a day', ecbFixture.replace(/ time='[^']+'/, ''), 'format'],
    ['of no day', ecbFixture.replace('2026-11-20', '2026-13-40'), 'time'],
    ['of a day before all days', ecbFixture.replace('2026-11-20', '0000-01-01'), 'the time of the rates is none'],
    ['of a day to come', ecbFixture.replace('2026-11-20', '2999-01-01'), 'yet to come'],
    [
      'of two days',
      ecbFixture.replace(/(<Cube time[\s\S]*?<\/Cube>)/, '$1$1'),
      'not of the European Central Bank’s format',
    ],
    ['without a rate', ecbFile(day, {}), 'format'],
    ['with unknown currencies only', ecbFile(day, { FOO: '1', XXX: '2' }), 'no rate'],
    [
      'with one currency twice',
      ecbFile(day, [
        ['USD', '1.08'],
        ['USD', '1.09'],
      ]),
      'two rates of USD',
    ],
    ['with a rate that is missing', ecbFixture.replace(" rate='1.0853'", ''), 'format'],
    ...[
      '-1.0853',
      '0',
      '0.0000',
      '',
      'N/A',
      'NaN',
      'Infinity',
      '1,0853',
      '1.0853.1',
      '0x10',
      '1e999',
      '&one;',
      '٣',
    ].map((rate) => [
      `with the rate "${rate}"`,
      ecbFixture.replace("rate='1.0853'", `rate='${rate}'`),
      'the rate of USD',
    ]),
  ])('is refused when it is %s', async (_what, body, why) => {
    expect(await refusalOf(answerTo(body!))).toContain(why)
  })

  it('does not read the files of the gateway’s machine, nor laugh a billion times', async () => {
    const file = `<!DOCTYPE x [<!ENTITY one SYSTEM "file:///etc/hostname">]>${ecbFile(day, { USD: '&one;' })}`
    expect(await refusalOf(answerTo(file))).toContain('document type')
    const entities = Array.from({ length: 12 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`).join('')
    const laughs = `<!DOCTYPE x [<!ENTITY a0 "1">${entities}]>${ecbFile(day, { USD: '&a12;' })}`
    expect(await refusalOf(answerTo(laughs))).toContain('document type')
  })
})

describe('the answer of open.er-api.com', () => {
  const at = new Date('2026-11-20T00:00:01Z')

  it('is read to the digit, also where a number of JavaScript would lose some', async () => {
    const numbers = { EUR: '0.92140000000000000001', JPY: '155.0', IDR: '15812.123456789012345', KWD: '3.07e-1' }
    const answer = await answerTo(erApiAnswer('USD', { USD: '1', ...numbers }, at), 'application/json')
    expect(answer).toEqual({
      source: 'open-er-api',
      base: 'USD',
      asOf: at,
      rates: Object.entries(numbers).map(([quote, rate]) => ({ quote, rate })),
    })
  })

  it('is known by its first sign where its type says nothing', async () => {
    const { source } = await answerTo(`\n ${erApiAnswer('USD', { EUR: '0.92' })}`, 'text/plain')
    expect(source).toBe('open-er-api')
  })

  it('leaves out what is no currency', async () => {
    const { rates } = await answerTo(erApiAnswer('USD', { FOK: '6.9', EUR: '0.92', GGP: '0.8', eur: '1' }))
    expect(rates.map(({ quote }) => quote)).toEqual(['EUR'])
  })

  const good = JSON.parse(erApiAnswer('USD', { EUR: '0.92' }))
  it.each([
    ['says that it is an error', { ...good, result: 'error' }, 'format'],
    ['has no base', { ...good, base_code: undefined }, 'format'],
    ['has a base that is no currency', { ...good, base_code: 'FOO' }, 'the base is "FOO"'],
    ['has no rates', { ...good, rates: undefined }, 'format'],
    ['has an empty list', { ...good, rates: {} }, 'no rate'],
    ['D14: has a list in place of rates', { ...good, rates: [0.92] }, 'format'],
    ['D14: has a list for a rate', { ...good, rates: { EUR: [0.92] } }, 'format'],
    ['D14: has an object for a rate', { ...good, rates: { EUR: { rate: 0.92 } } }, 'format'],
    ['D14: has true for a rate', { ...good, rates: { EUR: true } }, 'format'],
    ['has null for a rate', { ...good, rates: { EUR: null } }, 'format'],
    ['has a negative rate', { ...good, rates: { EUR: -0.92 } }, 'the rate of EUR is "-0.92"'],
    ['has a rate of zero', { ...good, rates: { EUR: 0, JPY: 155 } }, 'the rate of EUR is zero'],
    ['is of a time to come', { ...good, time_last_update_unix: 99_999_999_999 }, 'yet to come'],
    ['has no time', { ...good, time_last_update_unix: null }, 'format'],
    ['is a number', 1, 'format'],
    ['is null', null, 'format'],
  ])('is refused when it %s', async (_what, body, why) => {
    expect(await refusalOf(answerTo(JSON.stringify(body), 'application/json'))).toContain(why)
  })

  it('D14: goes there and back for whatever decimal', () => {
    const digits = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 10)).join('')
    for (let n = 0; n < 500; n++) {
      const rate = `${1 + (n % 9)}${digits(n % 9)}.${digits(1 + (n % 20))}`
      expect(parseOpenErApi(erApiAnswer('USD', { EUR: rate })).rates).toEqual([{ quote: 'EUR', rate }])
    }
  })
})

describe('a provider', () => {
  it('that is not there, or hangs up, cannot be reached', async () => {
    const provider = await startProvider((request) => request.socket.destroy())
    expect(await refusalOf(ask(provider.url))).toBe('the provider cannot be reached')
    await provider.stop()
    expect(await refusalOf(ask(provider.url))).toBe('the provider cannot be reached')
  })

  it('that hangs up in the middle of its answer is not believed', async () => {
    const provider = await startProvider((request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': String(ecbFixture.length) })
      response.write(ecbFixture.slice(0, 900), () => request.socket.destroy())
    })
    expect(await refusalOf(ask(provider.url))).toBe('the provider cannot be reached')
  })

  it('that is slow to begin, or to end, is given up', async () => {
    const provider = await startProvider(() => {})
    expect(await refusalOf(ask(provider.url, 50))).toBe('the provider took too long')
    provider.answers((_request, response) => response.writeHead(200).write(ecbFixture.slice(0, 500)))
    expect(await refusalOf(ask(provider.url, 50))).toBe('the provider took too long')
  })

  it.each([500, 404, 204, 301, 307])('whose status is %i is not believed, nor followed', async (status) => {
    const elsewhere = await startProvider(text(ecbFixture))
    const provider = await startProvider((_request, response) => {
      response.writeHead(status, { location: elsewhere.url, 'content-type': 'text/xml' })
      response.end(status === 204 ? undefined : ecbFixture)
    })
    expect(await refusalOf(ask(provider.url))).toBe(`the provider answered with status ${status}`)
    expect(elsewhere.requests).toBe(0)
  })

  it('that answers without end is not read to its end, packed or not', async () => {
    let sent = 0
    const provider = await startProvider((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' })
      const more = () => {
        sent += 65_536
        if (sent < 200 * 1024 * 1024 && !response.destroyed)
          response.write(' '.repeat(65_536), () => setImmediate(more))
      }
      more()
    })
    expect(await refusalOf(ask(provider.url))).toBe('the answer is longer than 1048576 bytes')
    expect(sent).toBeLessThan(100 * 1024 * 1024)

    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 32))
    provider.answers((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect(await refusalOf(ask(provider.url))).toBe('the answer is longer than 1048576 bytes')
  })

  it('has an address that may hold a key, which nobody is told', async () => {
    const { url } = await startProvider(text(ecbFixture))
    expect(createRateProvider({ ...readConfig({}).rates, url }).name).toBe(new URL(url).host)
  })

  it('may want a name and a password, which stand in its address', async () => {
    const provider = await startProvider((request, response) => {
      const isKnown = request.headers.authorization === `Basic ${Buffer.from('me:p@ss').toString('base64')}`
      response.writeHead(isKnown ? 200 : 401).end(ecbFixture)
    })
    expect(await refusalOf(ask(provider.url))).toContain('status 401')
    const { base } = await ask(provider.url.replace('http://', 'http://me:p%40ss@'))
    expect(base).toBe('EUR')
  })
})

it('every currency that a provider may bring is one that clients can ask for', () => {
  for (const currency of Intl.supportedValuesOf('currency'))
    expect(CurrencyResolver.parseValue(currency)).toBe(currency)
})

it('D17: the tag of a rate is made in one place', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const naming = files.filter((name) =>
    /['"`](?:exchange:)?rate:(?!set')/.test(readFileSync(`${source}/${name}`, 'utf8')),
  )
  expect(naming).toEqual(['events.ts'])
})
