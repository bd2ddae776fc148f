import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askAt, startKnowing } from './harness/cache.ts'
import { cookieOf } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { startProxy } from './harness/proxy.ts'

let stack: Stack
/** Without Redis: what one writes the other finds within a second, and no sooner. */
let writer: TestGateway
let reader: TestGateway
let investor: Person

const alone = { REDIS_URL: '' }
beforeAll(async () => {
  stack = await startStack()
  ;[writer, reader] = [await startKnowing(stack, alone), await startKnowing(stack, alone)]
  investor = await people(writer).investor()
})
afterAll(() => stack.stop())

const settings = '{ viewer { settings { locale } } }'
const setLocale = (locale: string) =>
  `mutation { updateUserSettings(input: { locale: "${locale}" }) { settings { locale } } }`
const localeOf = ({ data }: Awaited<ReturnType<typeof askAt>>) =>
  (data!.viewer as { settings: { locale: string } }).settings.locale

/** Kept by the reader in this moment: it has just compared and found nothing new. */
async function primed(query: string, headers = investor.credential) {
  await eventually(async () => (await askAt(reader, query, headers)).cache).toBe('hit')
}

describe('whoever has written', () => {
  it.each(['header', 'cookie'])('finds it at any gateway, when the position comes along as a %s', async (way) => {
    for (const locale of ['nl-NL', 'de-DE', 'fr-FR']) {
      await primed(settings)
      const written = await askAt(writer, setLocale(locale), investor.credential)
      const position = written.headers.get('x-gatehouse-position')!
      const [cookie] = written.headers.getSetCookie()[0]!.split(';')
      const along: Record<string, string> =
        way === 'header' ? { 'x-gatehouse-position': position } : { cookie: `theme=dark; ${cookie}; x=y` }
      expect(localeOf(await askAt(reader, settings, { ...investor.credential, ...along }))).toBe(locale)
    }
  })

  it('finds at any gateway what they changed about their account', async () => {
    const whoAmI = '{ viewer { id name } }'
    const cookie = await cookieOf(writer, investor)
    await primed(whoAmI)
    const response = await fetch(`${writer.url}/api/auth/update-user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: writer.services.publicUrl, cookie },
      body: JSON.stringify({ name: 'Another Name' }),
    })
    expect(response.status).toBe(200)
    const along = { 'x-gatehouse-position': response.headers.get('x-gatehouse-position')! }
    const { data } = await askAt(reader, whoAmI, { ...investor.credential, ...along })
    expect(data!.viewer).toMatchObject({ name: 'Another Name' })
  })

  it('finds it at their own gateway without a word, however many write elsewhere', async () => {
    const other = await people(reader).investor()
    await draft(other)
    for (const locale of ['nl-NL', 'de-DE', 'fr-FR', 'en-GB']) {
      await askAt(writer, settings, investor.credential)
      // Comes before it in the log, and this gateway has not heard of it.
      await askAt(reader, setLocale(locale), other.credential)
      await askAt(writer, setLocale(locale), investor.credential)
      expect(localeOf(await askAt(writer, settings, investor.credential))).toBe(locale)
    }
  })
})

it('everybody else finds it within the second', async () => {
  await primed(settings)
  await askAt(writer, setLocale('en-US'), investor.credential)
  await eventually(async () => localeOf(await askAt(reader, settings, investor.credential))).toBe('en-US')
})

it('a position that is none, or of no log, is as good as none', async () => {
  await primed(settings)
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const zeros = '0'.repeat(16)
  for (const position of [
    ...['', 'x', '%', '{}', 'null', 'x'.repeat(5_000)],
    ...[
      encoded([1]),
      encoded([1, ['nonsense', 1, zeros]]),
      encoded([9, ['kyc', 1, zeros]]),
      encoded({}),
      encoded(null),
    ],
    ...[encoded([1, ['kyc', -1, zeros]]), encoded([1, ['kyc', 1e9, zeros]]), encoded([1, ['kyc', 1e99, zeros]])],
    encoded([1, ['accounts', 1, 'ab'.repeat(8)]]),
  ]) {
    const ways: Record<string, string>[] = [
      { 'x-gatehouse-position': position },
      { cookie: `x-gatehouse-position=${position}` },
    ]
    for (const along of ways) {
      const { cache, errors } = await askAt(reader, settings, { ...investor.credential, ...along })
      expect([cache, errors]).toEqual(['hit', undefined])
    }
  }
})

describe('a gateway that does not know what it has missed', () => {
  it('serves nothing from memory while it cannot compare, and makes nothing last', async () => {
    const proxy = await startProxy(stack.database.url)
    const bounds = { DATABASE_STATEMENT_TIMEOUT_MS: '500', DATABASE_WAIT_MS: '500', DATABASE_OWNER_URL: '' }
    const remote = await stack.startGateway({ ...alone, ...bounds, DATABASE_URL: proxy.url })
    const rates = '{ exchangeRates(base: "CHF", quotes: ["EUR"]) { rate } }'
    await eventually(async () => (await askAt(remote, rates, {})).cache).toBe('hit')
    await eventually(async () => (await askAt(remote, settings, investor.credential)).cache).toBe('hit')
    proxy.cut()
    await eventually(() => remote.services.tails.isFresh()).toBe(false)
    for (const headers of [{}, investor.credential]) {
      const { cache, errors } = await askAt(remote, rates, headers)
      expect([cache === 'hit', errors]).toMatchObject([false, [{ extensions: { code: 'UNAVAILABLE' } }]])
    }
    await askAt(writer, setLocale('pt-PT'), investor.credential)
    proxy.mend()
    await eventually(async () => localeOf(await askAt(remote, settings, investor.credential))).toBe('pt-PT')
    await eventually(async () => (await askAt(remote, settings, investor.credential)).cache).toBe('hit')
    expect(localeOf(await askAt(remote, settings, investor.credential))).toBe('pt-PT')
  })

  it('that cannot read the log in time asks PostgreSQL, and says so', async () => {
    await primed(settings)
    const lock = await connectForTest(stack.database.superuserUrl)
    await lock.query('begin; lock table events in access exclusive mode')
    const ahead = Buffer.from(JSON.stringify([1, ['kyc', 1e9, '0'.repeat(16)]])).toString('base64url')
    const headers = { ...investor.credential, 'x-gatehouse-position': ahead }
    expect(await askAt(reader, settings, headers)).toMatchObject({ cache: 'bypass', errors: undefined })
    await lock.query('rollback')
    await eventually(async () => (await askAt(reader, settings, headers)).cache).toBe('hit')
  })
})
