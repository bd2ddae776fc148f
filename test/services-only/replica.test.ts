import { execute, parse } from 'graphql'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createContext } from '../../src/context.ts'
import { encodeCursor } from '../../src/log/cursor.ts'
import { schema } from '../../src/schema/index.ts'
import { graphql } from '../graphql/index.ts'
import { people, type Stack, startStack, type TestGateway } from '../harness/index.ts'
import { draft } from '../harness/kyc.ts'
import { connectForTest, eventually } from '../harness/log.ts'
import { readMetrics } from '../harness/metrics.ts'
import { startPostgres } from '../services/postgres.ts'
import { sendSignal } from '../services/process.ts'
import { startStandby } from '../services/standby.ts'
import { createTemplate, databaseUrls, templateName } from '../setup/template.ts'

let stack: Stack
let primary: Awaited<ReturnType<typeof startPostgres>>
let standby: Awaited<ReturnType<typeof startStandby>>
let gateway: TestGateway

beforeAll(async () => {
  ;[stack, primary] = await Promise.all([startStack(), startPostgres()])
  await createTemplate(primary.superuserUrl)
  standby = await startStandby(primary)
  gateway = await startWith(standby.superuserUrl)
})
afterAll(async () => {
  await stack.stop()
  await standby.stop()
  await primary.stop()
})

const startWith = (replicaUrl: string) =>
  stack.startGateway({
    DATABASE_URL: databaseUrls(primary.superuserUrl, templateName).url,
    DATABASE_OWNER_URL: databaseUrls(primary.superuserUrl, templateName).ownerUrl,
    DATABASE_REPLICA_URL: databaseUrls(replicaUrl, templateName).url,
    METRICS_PORT: '0',
  })

// Each time another page: an answer that is kept would tell nothing of where it was read.
const read = graphql(`
  query ReadFromReplica($first: Int!) { viewer { id } kycApplications(first: $first) { nodes { version firstName } } }
`)
const readWithCursor = graphql(`
  query ReadWithCursor($first: Int!) { eventCursor kycApplications(first: $first) { nodes { version } } }
`)
const rename = graphql(`
  mutation RenameOnPrimary($id: ID!, $name: String!) {
    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }
  }
`)
let pages = 0
const nextPage = () => ({ first: (pages++ % 100) + 1 })

async function applicant() {
  const person = await people(gateway).investor()
  const id = await draft(person)
  let count = 0
  return {
    person,
    /** By a short read and a long one, which go there in different ways. */
    async name() {
      const { viewer, kycApplications } = await person.get(read, nextPage())
      expect(viewer).toEqual({ id: person.id })
      return kycApplications.nodes[0]?.firstName
    },
    async rename() {
      const name = `Name ${++count}`
      await person.get(rename, { id, name })
      return name
    },
  }
}

const metricsOf = (asked: TestGateway) => readMetrics(asked.metricsUrl!)
const readsFrom = async (from: string) => (await metricsOf(gateway)).sum('gatehouse_reads_total', { from }) ?? 0
const statementsOnReplica = async () =>
  (await metricsOf(gateway)).sum('gatehouse_statement_duration_seconds_count', { pool: 'replica' }) ?? 0
const stateOf = async (asked: TestGateway) => {
  const { samples } = await metricsOf(asked)
  return samples.find(({ name, value }) => name === 'gatehouse_replica_state' && value === 1)?.labels.state
}
const onStandby = () => connectForTest(databaseUrls(standby.superuserUrl, templateName).url)
const asSuperuser = () => connectForTest(standby.superuserUrl)

it('queries are read from a replica that is level; changes, snapshots with a cursor and what it does not have yet are not', async () => {
  const { person, name, rename: renameNow } = await applicant()
  const written = await renameNow()
  await eventually(() => stateOf(gateway)).toBe('reached')
  const [before, statements] = [await readsFrom('replica'), await statementsOnReplica()]
  expect(await name()).toBe(written)
  expect([await readsFrom('replica'), (await statementsOnReplica()) > statements]).toEqual([before + 1, true])

  await person.get(readWithCursor, nextPage())
  await renameNow()
  expect(await readsFrom('replica')).toBe(before + 1)
  const { reads, db } = gateway.services
  expect(reads.db({ kyc: { position: 1_000_000, hash: '0'.repeat(16) } })).toBe(db)
})

it('a statement that was prepared on it before a migration is asked again there, of nobody else, and is prepared no more', async () => {
  const { person } = await applicant()
  const viewer = await gateway.services.viewers.resolve(person.token)
  const document = parse('{ systemAlerts(first: 99) { id message } }')
  const ask = async () => {
    const [db, requestId] = [gateway.services.reads.db(), 'test']
    const contextValue = createContext({ services: gateway.services, viewer, requestId, credential: null, db })
    expect(await execute({ schema, document, contextValue })).toEqual({ data: { systemAlerts: [] } })
  }
  await eventually(() => stateOf(gateway)).toBe('reached')
  for (let use = 0; use < 8; use++) await ask()

  const owner = await connectForTest(databaseUrls(primary.superuserUrl, templateName).ownerUrl)
  const replica = await onStandby()
  await owner.query('alter table system_alerts alter message type varchar(3000)')
  onTestFinished(async () => void (await owner.query('alter table system_alerts alter message type text')))
  const typeThere = async () =>
    (
      await replica.query(
        `select format_type(atttypid, null) as type from pg_attribute where attname = 'message' and attrelid = 'system_alerts'::regclass`,
      )
    ).rows[0]?.type
  await eventually(typeThere).toBe('character varying')
  const failed = async () => (await metricsOf(gateway)).sum('gatehouse_reads_total', { reason: 'failed' }) ?? 0
  const [failures, statements] = [await failed(), await statementsOnReplica()]
  for (let use = 0; use < 4; use++) await ask()
  expect([await failed(), await statementsOnReplica()]).toEqual([failures, statements + 5])
})

it('whoever has seen what the replica does not have reads elsewhere, also for an answer that comes as a stream', async () => {
  await eventually(() => stateOf(gateway)).toBe('reached')
  const stream = async (headers: Record<string, string>) => {
    const before = await readsFrom('replica')
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query: '{ exchangeRates(base: "EUR") { quote } }' }),
    })
    expect(await response.text()).toContain('"exchangeRates"')
    return (await readsFrom('replica')) - before
  }
  expect(await stream({})).toBe(1)
  const seen = encodeCursor({ rates: { position: 1_000_000, hash: '0'.repeat(16) } })
  expect(await stream({ 'x-gatehouse-position': seen })).toBe(0)
})

it('whoever wrote reads it at once, and so does everybody else, however far behind the replica is', async () => {
  const { name, rename: renameNow } = await applicant()
  let written = ''
  for (let n = 0; n < 10; n++) {
    written = await renameNow()
    expect(await name()).toBe(written)
  }
  await standby.pause()
  written = await renameNow()
  const before = await readsFrom('replica')
  for (let n = 0; n < 5; n++) expect(await name()).toBe(written)
  expect([await readsFrom('replica'), await stateOf(gateway)]).toEqual([before, 'behind'])
  await standby.resume()
  await eventually(() => stateOf(gateway)).toBe('reached')
  expect(await name()).toBe(written)
  expect(await readsFrom('replica')).toBe(before + 1)
})

it('nobody is told of a replica that dies under them, and it is read again when it is back', async () => {
  const { name, rename: renameNow } = await applicant()
  const written = await renameNow()
  await eventually(() => stateOf(gateway)).toBe('reached')
  let asking = true
  const seen: (string | null | undefined)[] = []
  const readers = Array.from({ length: 8 }, async () => {
    while (asking) seen.push(await name())
  })
  await eventually(() => seen.length).toBeGreaterThan(20)
  await standby.kill()
  const { length } = seen
  await eventually(() => seen.length).toBeGreaterThan(length + 20)
  asking = false
  await Promise.all(readers)
  expect(new Set(seen)).toEqual(new Set([written]))
  expect(await stateOf(gateway)).toBe('lost')

  await standby.restart()
  await eventually(() => stateOf(gateway)).toBe('reached')
  const before = await readsFrom('replica')
  expect(await name()).toBe(written)
  expect(await readsFrom('replica')).toBe(before + 1)
})

it('whoever asked a replica that is frozen is answered by the primary', async () => {
  const { name, rename: renameNow } = await applicant()
  const written = await renameNow()
  await eventually(() => stateOf(gateway)).toBe('reached')
  expect(await name()).toBe(written)
  const superuser = await asSuperuser()
  const { rows } = await superuser.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name like 'gatehouse replica%'`,
  )
  for (const { pid } of rows) sendSignal(pid, 'SIGSTOP')
  try {
    expect(await Promise.all([name(), name(), name()])).toEqual([written, written, written])
  } finally {
    for (const { pid } of rows) sendSignal(pid, 'SIGCONT')
  }
  await eventually(() => stateOf(gateway)).toBe('reached')
})

it('a server that is no replica, or that of another database, is not read', async () => {
  const [other, elsewhere] = [await startWith(primary.superuserUrl), await startPostgres()]
  try {
    await createTemplate(elsewhere.superuserUrl)
    const foreign = await startWith(elsewhere.superuserUrl)
    await eventually(() => stateOf(other)).toBe('unlike')
    await eventually(() => stateOf(foreign)).toBe('unlike')
    for (const asked of [other, foreign]) {
      const person = await people(asked).investor()
      await draft(person)
      expect((await person.get(read, nextPage())).kycApplications.nodes).toHaveLength(1)
      expect((await metricsOf(asked)).sum('gatehouse_reads_total', { from: 'replica' })).toBeUndefined()
    }
    await foreign.close()
  } finally {
    await elsewhere.stop()
  }
})

it('a gateway starts without its replica', async () => {
  const alone = await startWith('postgres://nobody:x@127.0.0.1:1/nothing')
  const person = await people(alone).investor()
  expect((await person.get(read, nextPage())).kycApplications.nodes).toEqual([])
  expect(await stateOf(alone)).toBe('lost')
})

it('a replica that was promoted is not read any more, whatever is written there', async () => {
  const { name, rename: renameNow } = await applicant()
  const written = await renameNow()
  await eventually(() => stateOf(gateway)).toBe('reached')
  const promoted = await onStandby()
  await standby.promote()
  await eventually(() => stateOf(gateway)).toBe('unlike')
  await promoted.query(`update kyc_applications set first_name = 'Nobody', version = version + 1`)
  for (let n = 0; n < 5; n++) expect(await name()).toBe(written)
})
