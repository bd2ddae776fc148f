import { getTableName, isTable } from 'drizzle-orm'
import { getNullableType, isInputObjectType, parse } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as tables from '../src/db/schema/index.ts'
import { tags, userTag } from '../src/log/tags.ts'
import { schema } from '../src/schema/index.ts'
import { type Stack, startStack } from './harness/index.ts'
import { answerTo, callsOf, createWorld, planOf, probesOfWorld, viewerOf, type World } from './harness/probed-world.ts'
import { rootFields } from './harness/probes.ts'

/** The tags of what a query may read; no query reads what is not here. */
const tagsOfTable: Record<string, readonly string[]> = {
  users: ['users'],
  user_settings: ['settings'],
  notification_settings: ['settings'],
  kyc_applications: ['kyc'],
  kyc_status_changes: ['kyc'],
  kyc_documents: ['kyc'],
  exchange_rates: ['rates'],
  exchange_rate_history: ['rates'],
  exchange_rates_at: ['rates'],
  token_metadata: ['tokens'],
  token_transfers: ['transfers'],
  system_alerts: ['alerts'],
  events: tags.filter((tag) => tag !== 'transfers'),
}
/** Of what a narrow tag can be all. */
const tagsOfNarrow: Record<string, readonly string[]> = {
  user: ['users', 'settings', 'kyc'],
  kyc: ['kyc'],
  token: ['tokens'],
  transfers: ['transfers'],
}

const coveredBy = (tag: string): readonly string[] => {
  const [noun, id] = tag.split(':')
  return id === undefined ? [tag] : tagsOfNarrow[noun!]!
}

const knownTables = new Set<string>(
  Object.values(tables).flatMap((table) => (isTable(table) ? [getTableName(table)] : [])),
)
const isRelation = (name: string) => knownTables.has(name) || name === 'exchange_rates_at'

function tablesIn(statement: string): string[] {
  const names = [...statement.matchAll(/"?\b([a-z_]+)\b"?/g)].map(([, name]) => name!)
  return [...new Set(names.filter(isRelation))]
}

let stack: Stack
let world: World
const statements: string[] = []

beforeAll(async () => {
  stack = await startStack()
  // Jobs would ask for things of their own.
  const gateway = await stack.startGateway({ DATABASE_OWNER_URL: '' }, { onQuery: (sql) => statements.push(sql) })
  world = await createWorld(gateway)
})
afterAll(() => stack.stop())

it('every root field has its questions, and so has every field of their filters', () => {
  const calls = callsOf(world)
  expect(Object.keys(calls).sort()).toEqual([...rootFields].sort())
  for (const { name, args } of Object.values(schema.getQueryType()!.getFields())) {
    const asked = [...calls[name]!.walked, ...(calls[name]!.filtered ?? [])].join()
    const filters = args.map(({ type }) => getNullableType(type)).filter(isInputObjectType)
    for (const field of filters.flatMap((type) => Object.keys(type.getFields()))) expect(asked).toContain(`${field}:`)
  }
})

it.each(['admin', 'applicant'] as const)(
  'whatever the %s can ask has the tags of all tables that its SQL reads',
  async (who) => {
    const viewer = viewerOf(world[who])
    const untagged: string[] = []
    const uncached = new Set<string>()
    const read = new Set<string>()
    for (const { root, selection } of probesOfWorld(world)) {
      const document = parse(`{ ${selection} }`)
      statements.length = 0
      const { errors } = await answerTo(world.gateway.services, viewer, document)
      // Refusals count as well: they may have read something.
      for (const { code } of errors) expect(['NOT_FOUND', 'FORBIDDEN']).toContain(code)
      const plan = planOf(document)
      if (!plan) uncached.add(root)
      // The tag of the viewer says nothing of what they see of others.
      const found = [...(plan?.tagsOf({}) ?? []), ...(root === 'viewer' ? [userTag(viewer.id)] : [])]
      const covered = new Set(found.flatMap(coveredBy))
      for (const table of plan ? statements.flatMap(tablesIn) : []) {
        read.add(table)
        const missing = (tagsOfTable[table] ?? ['none']).filter((tag) => !covered.has(tag))
        if (missing.length > 0) untagged.push(`${selection}: ${table} needs ${missing}, has ${found}`)
      }
    }
    expect(untagged).toEqual([])
    expect([...uncached]).toEqual(['eventCursor'])
    if (who === 'admin') expect([...read].sort()).toEqual(Object.keys(tagsOfTable).sort())
  },
)

it('what the clock changes says when, and what it does not change says nothing', async () => {
  const { gateway, admin, approvedApplication, other, reviewer } = world
  const { pool } = gateway.services
  const endOf = async (selection: string) =>
    (await answerTo(gateway.services, viewerOf(admin), parse(`{ ${selection} }`))).validUntil
  const timeIn = async (text: string, values: unknown[] = []) =>
    (await pool.query<{ at: Date }>(text, values)).rows[0]!.at.getTime()
  const never = Number.POSITIVE_INFINITY
  const approvalEnds = await timeIn('select expires_at as at from kyc_applications where id = $1', [
    approvedApplication,
  ])
  const ratesEnd = 'select min(expires_at) as at from exchange_rates where expires_at > now()'

  expect(await endOf(`user(id: "${other.id}") { name banned kycApplications { nodes { status expiresAt } } }`)).toBe(
    never,
  )
  expect(await endOf(`user(id: "${other.id}") { kycStatus }`)).toBe(approvalEnds)
  expect(await endOf('users { nodes { name kycStatus } }')).toBe(approvalEnds)
  for (const filter of ['kycStatus: REJECTED', 'banned: false']) {
    expect(await endOf(`users(filter: { ${filter} }) { totalCount }`)).toBeLessThanOrEqual(Date.now())
  }
  const until = '2099-01-01T00:00:00Z'
  await pool.query('update users set banned = true, ban_expires = $2 where id = $1', [reviewer.id, until])
  expect(await endOf(`user(id: "${reviewer.id}") { banned }`)).toBe(Date.parse(until))

  expect(await endOf('exchangeRate(base: "USD", quote: "CHF") { rate }')).toBe(await timeIn(ratesEnd))
  expect(await endOf('exchangeRates(base: "XAU", quotes: ["USD"]) { rate }')).toBe(await timeIn(ratesEnd))
  expect(await endOf('exchangeRateHistory(base: "EUR", quote: "USD") { rate }')).toBe(await timeIn(ratesEnd))
  // A rate that was set for another pair ends first: then another rule may win for this one.
  await pool.query("update exchange_rates set expires_at = now() + interval '2 min' where quote = 'JPY'")
  const first = await timeIn(ratesEnd)
  expect(await endOf('exchangeRate(base: "USD", quote: "CHF") { rate }')).toBe(first)
  await pool.query("update exchange_rates set expires_at = now() - interval '2 min'")
  expect(await endOf('exchangeRate(base: "USD", quote: "CHF") { stale }')).toBe(never)
})
