import { createHash } from 'node:crypto'
import { type DocumentNode, execute, parse } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createContext } from '../src/context.ts'
import type { Viewer } from '../src/permissions.ts'
import { schema } from '../src/schema/index.ts'
import { readRows } from '../src/schema/read/index.ts'
import { readCounts } from '../src/schema/read/plans.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { connectForTest } from './harness/log.ts'

const statements: string[] = []
let stack: Stack
let gateway: TestGateway
let viewer: Viewer

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({ DATABASE_POOL_MAX: '1' }, { onQuery: (sql) => statements.push(sql) })
  const { token } = await people(gateway).reviewer('Rita Reviewer')
  viewer = await gateway.services.viewers.resolve(token)
})
afterAll(() => stack.stop())
beforeEach(() => {
  statements.length = 0
})

const contextValue = () => createContext({ services: gateway.services, viewer, requestId: 'test', credential: null })

async function ask(document: DocumentNode, variableValues: Record<string, unknown> = {}) {
  const result = await execute({ schema, document, contextValue: contextValue(), variableValues })
  expect(result.errors).toBeUndefined()
  return result.data
}
async function askOften(document: DocumentNode, variables?: Record<string, unknown>) {
  for (let use = 0; use < 8; use++) await ask(document, variables)
}
const compiledBy = async (work: () => Promise<unknown>) => {
  const before = readCounts.compiled
  await work()
  return readCounts.compiled - before
}

/** With a root field whose read has a text of a client among its literals, which none of ours has. */
async function withViewersCalled(name: string, work: () => Promise<unknown>) {
  const field = schema.getQueryType()!.getFields().viewer!
  const { resolve } = field
  field.resolve = async (_root, _args, ctx, info) => {
    const read = { ctx, info, table: 'users' as const, values: {}, literals: { name } }
    const rows = await readRows({ ...read, query: (_values, _viewer, { name }) => ({ where: { name } }) })
    return rows[0] ?? null
  }
  try {
    return await work()
  } finally {
    field.resolve = resolve!
  }
}

describe('the plans of compiled reads', () => {
  it('are not more for a status that is named a thousand times, in whatever order', async () => {
    const document = parse(`query($filter: KycApplicationFilter) { kycApplications(filter: $filter) { nodes { id } } }`)
    const compiled = await compiledBy(async () => {
      for (let n = 2; n < 20; n++) {
        const statuses = Array.from({ length: 50 * n }, (_, i) => (i % n === 0 ? 'REJECTED' : 'APPROVED'))
        await ask(document, { filter: { statuses } })
        await ask(document, { filter: { statuses: statuses.toReversed() } })
      }
    })
    expect(compiled).toBe(1)
    expect(statements.at(-1)).toContain(`in ('approved', 'rejected')`)
  })

  it('stay while they are used, whoever asks in ever new shapes', async () => {
    const document = parse(`query($first: Int) { systemAlerts(first: $first) { id } }`)
    const compiled = await compiledBy(async () => {
      await ask(document, { first: 1 })
      for (let first = 1; first <= 100; first++) {
        await ask(document, { first })
        await ask(document, { first: 1 })
      }
    })
    expect(compiled).toBe(100)
  })

  it('take a bounded room', async () => {
    const document = parse('{ viewer { id } }')
    const askFor = (name: string) => withViewersCalled(name, () => ask(document))
    const compiled = await compiledBy(async () => {
      for (let n = 0; n < 12; n++) await askFor(`${n}`.repeat(500_000))
      for (let use = 0; use < 2; use++) await askFor('11'.repeat(500_000))
      await askFor('3'.repeat(500_000))
    })
    expect(compiled).toBe(11)
  })

  it('have names made of their texts, and whoever asks for ever other things makes few of them', async () => {
    for (let n = 0; n < 200; n++) {
      const fields = n % 2 === 0 ? 'message' : 'severity'
      await askOften(parse(`{ systemAlerts(first: ${(n >> 1) + 1}) { id a: ${fields} b: ${fields} } }`))
    }
    const { rows } = await gateway.services.pool.query<{ name: string; statement: string }>(
      `select name, statement from pg_prepared_statements where name like 'read%'`,
    )
    expect(rows.length).toBeGreaterThan(50)
    expect(rows.length).toBeLessThan(110)
    for (const { name, statement } of rows) {
      expect(name).toBe(`read_${createHash('sha256').update(statement).digest('base64url').slice(0, 22)}`)
    }
  }, 60_000)

  it('outlive what becomes of their statements: a migration of what they read, another connection behind the pooler', async () => {
    const superuser = await connectForTest(stack.database.superuserUrl)
    const document = parse(`{ systemAlerts { id message createdAt } }`)
    await askOften(document)
    onTestFinished(async () => void (await superuser.query('alter table system_alerts alter message type text')))
    await superuser.query('alter table system_alerts alter message type varchar(3000)')
    await askOften(document)
    const other = parse(`{ systemAlerts { message createdAt } }`)
    await askOften(other)
    await gateway.services.pool.query('deallocate all')
    await askOften(other)
  })

  it('hold no text that could end in SQL before its end', async () => {
    const document = parse('{ viewer { id } }')
    for (const name of [`' or true --`, `\\' or true --`, `\\`, `''`]) {
      await withViewersCalled(name, async () => {
        await askOften(document)
        expect(await ask(document)).toEqual({ viewer: null })
      })
    }
    expect(statements.filter((sql) => sql.includes(`''' or true`)).length).toBeGreaterThan(0)
    expect(statements.filter((sql) => sql.includes('\\'))).toEqual([])

    const cursor = (id: unknown) => Buffer.from(JSON.stringify(['createdAt', 0, id])).toString('base64url')
    const suffix = '0'.repeat(26)
    for (const id of [`kyc'_${suffix}`, `kyc_${suffix}' --`, ['kyc', '_', suffix], { length: 1 }]) {
      const text = `{ viewer { kycApplications(after: "${cursor(id)}") { nodes { id } } } }`
      const { errors } = await execute({ schema, document: parse(text), contextValue: contextValue() })
      expect(errors?.map(({ message }) => message)).toEqual(['after: This is not a cursor of this list.'])
    }
  })
})
