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
