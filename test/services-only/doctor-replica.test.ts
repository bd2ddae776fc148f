import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { examine } from '../../src/doctor/check.ts'
import { checksOf } from '../../src/doctor/index.ts'
import { openParts } from '../../src/embedded/command.ts'
import { createLogger } from '../../src/logger.ts'
import { connectForTest } from '../harness/log.ts'
import { startPostgres } from '../services/postgres.ts'
import { startStandby } from '../services/standby.ts'

let primary: Awaited<ReturnType<typeof startPostgres>>
let standby: Awaited<ReturnType<typeof startStandby>>
let standbyUrl: string

beforeAll(async () => {
  primary = await startPostgres()
  standby = await startStandby(primary)
  standbyUrl = standby.superuserUrl
})
afterAll(async () => {
  await standby.stop()
  await primary.stop()
})

async function examineReplica(primaryUrl: string) {
  const secret = randomBytes(32).toString('base64')
  const variables = { DATABASE_URL: primaryUrl, DATABASE_REPLICA_URL: standbyUrl, AUTH_SECRET: secret }
  const config = readConfig(variables)
  const logger = createLogger('silent')
  const parts = openParts({ config, logger })
  onTestFinished(() => parts[Symbol.asyncDispose]())
  const [examined] = await examine(checksOf({ config, parts, logger }).filter(({ name }) => name === 'replica'))
  return examined?.findings.map(({ state, found }) => `${state}: ${found}`)
}

it('a replica is followed, or found to be behind, to belong to another server, or to have lost its primary', async () => {
  const writer = await connectForTest(primary.superuserUrl)
  await writer.query('create table something as select 1 as one')
  expect(await examineReplica(primary.superuserUrl)).toEqual(['ok: it follows the primary'])

  await standby.pause()
  await writer.query('insert into something select generate_series(1, 1000)')
  expect(await examineReplica(primary.superuserUrl)).toEqual(['warning: it is more than 5 s behind the primary'])
  await standby.resume()
  expect(await examineReplica(primary.superuserUrl)).toEqual(['ok: it follows the primary'])

  const other = await startPostgres()
  onTestFinished(() => other.stop())
  expect(await examineReplica(other.superuserUrl)).toEqual(['failed: it is a replica of another server'])
  expect(await examineReplica('postgres://postgres:x@127.0.0.1:1/postgres')).toEqual([
    'ok: it is one; how far behind is not known without the primary',
  ])
})
