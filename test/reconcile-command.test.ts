import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { startObjectStore } from '../src/embedded/object-store/index.ts'
import { startJobs } from '../src/jobs/index.ts'
import { storageReconcile } from '../src/jobs/storage.ts'
import { applyStorage } from '../src/storage/apply.ts'
import { kycDocument } from '../src/storage/buckets.ts'
import { createStorage, type Storage } from '../src/storage/index.ts'
import { deleteObject, putObject, readObject } from '../src/storage/objects.ts'
import { listVersions } from '../src/storage/versions.ts'
import { runCommand } from './harness/command.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { kycOperations, submitted } from './harness/kyc.ts'
import { eventually } from './harness/log.ts'
import { storeEnvironment } from './harness/store.ts'

let stack: Stack
let gateway: TestGateway
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-reconcile-'))

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({ DATA_DIR: dataDir, S3_BUCKET_PREFIX: 'reconcile-' })
})
afterAll(async () => {
  await stack.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Beside the gateway, as an operator runs it: against its database, and its store. */
const reconcile = (...flags: string[]) =>
  runCommand(['storage', 'reconcile', ...flags], {
    ...stack.environment,
    DATA_DIR: dataDir,
    S3_BUCKET_PREFIX: 'reconcile-',
  })

/** An application that waits for its decision, and one of its files. */
async function applicationToDecide() {
  const { services } = gateway
  const id = await submitted(await people(gateway).investor())
  const { rows } = await services.pool.query<{ id: string; documentType: string }>(
    `select id, document_type as "documentType" from kyc_documents where application_id = $1 limit 1`,
    [id],
  )
  const document = rows[0]!
  const place = kycDocument({ applicationId: id, documentType: document.documentType, documentId: document.id })
  const found = await readObject(services.storage, place, { maxBytes: 100_000 })
  return { id, documentId: document.id, place, bytes: found!.bytes! }
}

it('tells an operator what is missing, has approval refused, and lets it through when the file is back', async () => {
  const { storage } = gateway.services
  const { id, documentId, place, bytes } = await applicationToDecide()
  const reviewer = await people(gateway).reviewer()
  await deleteObject(storage, place)

  const looked = await reconcile()
  expect(looked.output).toContain(`missing    kyc-documents  ${documentId}: left as it is\n`)
  expect(looked.output).toContain(
    '1 missing; 1 not put right.\nNothing was changed: --repair puts right what can be.\n',
  )
  expect(looked.code).toBe(1)

  const marked = await reconcile('--repair')
  expect(marked.output).toContain(`${documentId}: marked: its application cannot be approved\n`)
  expect(marked.code).toBe(1)
  const refusal = await reviewer.refusal(kycOperations.approve, { id })
  expect(refusal).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('missing in the store') })

  await putObject(storage, place, { bytes, contentType: 'image/jpeg' })
  const found = await reconcile('--repair', '--digests')
  expect(found.output).toContain(`found      kyc-documents  ${documentId}: on record again\n`)
  expect(found.code).toBe(0)
  const { approveKycApplication } = await reviewer.get(kycOperations.approve, { id })
  expect(approveKycApplication.application.status).toBe('APPROVED')
  const clean = await reconcile()
  expect(clean.output).toMatch(
    /^\d+ objects and \d+ rows compared, 0 uploads in flight: no difference; 0 not put right\.\n$/,
  )
  expect(clean.code).toBe(0)
})

it('is done every day by a job as well', async () => {
  const { services } = gateway
  const { place } = await applicationToDecide()
  const { bucketPrefix, client } = services.storage
  await client.send(new DeleteObjectCommand({ Bucket: `${bucketPrefix}${place.bucket}`, Key: place.key }))
  expect(await readObject(services.storage, place, { maxBytes: 100_000 })).toBeNull()
  const jobs = await startJobs(services, { ownerUrl: stack.database.ownerUrl })
  onTestFinished(() => jobs.stop())
  await services.pool.query(`select add_job('storage.reconcile', '{}'::jsonb)`)
  await jobsDone(stack.database, 'storage.reconcile')
  await eventually(() => readObject(services.storage, place, { maxBytes: 100_000 })).not.toBeNull()
})

/** With the database alone: the store is that of a DATA_DIR. */
const reconcileIn = (own: string) => {
  const { DATABASE_URL = '', DATABASE_OWNER_URL = '' } = stack.environment
  return runCommand(['storage', 'reconcile', '--repair'], { DATABASE_URL, DATABASE_OWNER_URL, DATA_DIR: own })
}

it('makes no store where there is none: a mistyped DATA_DIR stays what it is', async () => {
  const mistyped = join(dataDir, 'mistyped')
  const { code, output } = await reconcileIn(mistyped)
  expect([code, output]).toEqual([2, expect.stringContaining(`there is no object store in ${mistyped}`)])
  expect(existsSync(mistyped)).toBe(false)
})

it('of a store that has no buckets says so, and fails', async () => {
  const empty = join(dataDir, 'empty')
  mkdirSync(join(empty, 'objects'), { recursive: true })
  const { code, output } = await reconcileIn(empty)
  expect([code, output]).toEqual([1, expect.stringContaining('NoSuchBucket')])
})

describe('objects that this database knows nothing of', () => {
  const dayMs = 86_400_000
  const count = 250

  /** Days old, and many: the store of another database. */
  async function strangersStore() {
    let ageMs = 2 * dayMs
    const root = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
    const credentials = { accessKeyId: 'tests', secretAccessKey: 'a secret of the tests' }
    const now = () => Date.now() - ageMs
    const { endpoint, close } = await startObjectStore({ directory: join(root, 'objects'), credentials, now })
    const server = { endpoint, publicEndpoint: endpoint, region: 'us-east-1', ...credentials }
    const storage = createStorage({ server, settings: readConfig({}).storage })
    onTestFinished(async () => {
      storage.close()
      await close()
      rmSync(root, { recursive: true })
    })
    // It would set itself by the answers, which have the time of the machine.
    Object.defineProperty(storage.client.config, 'systemClockOffset', { get: () => -ageMs, set: () => {} })
    await applyStorage(storage, { allowedOrigins: [] })
    const object = { bytes: Buffer.from('theirs'), contentType: 'image/png' }
    for (let n = 0; n < count; n++) {
      await putObject(storage, { bucket: 'kyc-documents', key: `kyc_1/selfie/kycdoc_${n}` }, object)
    }
    ageMs = 0
    return { server, storage }
  }
  async function countIn(storage: Storage) {
    let found = 0
    for await (const page of listVersions(storage, 'kyc-documents')) found += page.length
    return found
  }

  it('go by the command when one insists, and by the job not at all, which tells of some and counts the rest', async () => {
    const { server, storage } = await strangersStore()
    const lines: string[] = []
    const stream = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) })
    await storageReconcile.run({ ...gateway.services, storage, logger: pino(stream) }, {})
    expect(await countIn(storage)).toBe(count)
    const told = lines.filter((line) => line.includes('differ'))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(count)
    expect(lines.at(-1)).toContain(`"orphan":${count}`)

    const run = (...flags: string[]) =>
      runCommand(['storage', 'reconcile', '--repair', ...flags], {
        ...stack.environment,
        ...storeEnvironment(server),
        DATA_DIR: dataDir,
      })
    const careful = await run()
    expect(careful.output).toContain('More than 100 objects have no row, and were left')
    expect(careful.code).toBe(1)
    expect(await countIn(storage)).toBe(count)
    await run('--many')
    expect(await countIn(storage)).toBe(0)
  })
})

it('takes no option that it does not know', async () => {
  const { code, output } = await reconcile('--repare')
  expect(output).toContain('--repare')
  expect(code).toBe(2)
})
