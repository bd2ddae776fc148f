import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { objectDeletions } from '../src/db/schema/document.ts'
import { transaction } from '../src/db/transaction.ts'
import { type Jobs, startJobs } from '../src/jobs/index.ts'
import { deleteKycDocument } from '../src/resolvers/document/delete.ts'
import { eraseObject } from '../src/resolvers/document/erase.ts'
import type { Services } from '../src/services.ts'
import { ensureBuckets } from '../src/storage/apply.ts'
import { kycDocument, type ObjectPlace } from '../src/storage/buckets.ts'
import { putObject, readObject } from '../src/storage/objects.ts'
import { asSuperuser, createTestDatabase, type TestDatabase } from './harness/database.ts'
import { startGate } from './harness/gate.ts'
import { people, stackForTest } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { approved } from './harness/kyc.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'
import { startStore, type TestStore, versionsUnder } from './harness/store.ts'
import { seedApplicant, seedDocument, startWorkerServices } from './harness/worker.ts'
import { freePort } from './services/free-port.ts'

let store: TestStore
let database: TestDatabase
const started: Jobs[] = []

beforeAll(async () => {
  ;[store, database] = await Promise.all([startStore(), createTestDatabase()])
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((jobs) => jobs.stop()))
})
afterAll(async () => {
  await Promise.all([store.stop(), database.drop()])
})

async function startServices(over: Partial<TestStore> = {}) {
  const services = await startWorkerServices({ database, store: { ...store, ...over } })
  if (!over.endpoint) await ensureBuckets(services.storage, { allowedOrigins: [], logger: services.logger })
  return services
}

async function work(services: Services) {
  const jobs = await startJobs(services, { ownerUrl: database.ownerUrl })
  started.push(jobs)
  return jobs
}

type Job = { key: string; attempts: number; locked_at: Date | null; last_error: string | null }
const asOwner = () => connectForTest(database.ownerUrl)
const jobsOf = async (task: string): Promise<Job[]> => {
  const client = await asOwner()
  const { rows } = await client.query('select * from graphile_worker.jobs where task_identifier = $1', [task])
  return rows
}
/** As if the time until the next try had passed. */
const hurry = async () => {
  const client = await asOwner()
  await client.query('update graphile_worker._private_jobs set run_at = now()')
}

/** What the hourly look finds, when what was requested is two hours old. */
async function retryForgotten({ pool }: Services) {
  await pool.query(`update object_deletions set requested_at = now() - interval '2 hours'`)
  await pool.query(`select add_job('object.retry', '{}')`)
}

/** An object that somebody gave up, with its job. */
async function giveUpObject(services: Services): Promise<ObjectPlace> {
  const place = kycDocument({ applicationId: 'kyc_none', documentType: 'selfie', documentId: crypto.randomUUID() })
  await putObject(services.storage, place, { bytes: Buffer.from('given up'), contentType: 'image/png' })
  await transaction({ services }, (tx) => eraseObject(tx, place))
  return place
}
const isThere = async ({ storage }: Services, place: ObjectPlace) =>
  (await readObject(storage, place, { maxBytes: 100 })) !== null

describe('a job', () => {
  it('exists if and only if the transaction that adds it commits, once for its key', async () => {
    const services = await startServices()
    const place = kycDocument({ applicationId: 'kyc_none', documentType: 'selfie', documentId: 'kycdoc_none' })
    const rolledBack = transaction({ services }, async (tx) => {
      await eraseObject(tx, place)
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    expect(await jobsOf('object.delete')).toEqual([])

    for (let count = 0; count < 2; count++) await transaction({ services }, (tx) => eraseObject(tx, place))
    expect(await jobsOf('object.delete')).toMatchObject([{ key: `object.delete:${place.bucket}/${place.key}` }])
    await work(services)
    await jobsDone(database)
  })

  it('is for the gateway’s role to add, and for nobody but the owner to read or change', async () => {
    const { pool } = await startServices()
    await expect(pool.query('select * from graphile_worker.jobs')).rejects.toMatchObject({ code: '42501' })
    await expect(pool.query('delete from graphile_worker._private_jobs')).rejects.toMatchObject({ code: '42501' })
  })

  it('whose payload is not what its task takes fails alone, and says why', async () => {
    const services = await startServices()
    await services.pool.query(`select add_job('object.delete', '{"bucket":"somebody-elses","key":""}', 'malformed')`)
    await work(services)
    const place = await giveUpObject(services)
    await eventually(() => isThere(services, place)).toBe(false)
    await eventually(() => jobsOf('object.delete')).toMatchObject([
      { key: 'malformed', attempts: 1, last_error: expect.stringContaining('bucket') },
    ])
    const client = await asOwner()
    await client.query('delete from graphile_worker._private_jobs')
  })

  it('D43: that could not reach the store is tried again until it has, and closes the tombstone then', async () => {
    const services = await startServices()
    const applicant = await seedApplicant(services)
    const document = await seedDocument(applicant.contextOn(services), applicant)
    await deleteKycDocument(applicant.contextOn(services), { documentId: document.id })

    const cutOff = await startServices({ endpoint: `http://127.0.0.1:${await freePort()}` })
    const jobs = await work(cutOff)
    for (const attempts of [1, 2]) {
      const failed = { attempts, locked_at: null, last_error: expect.stringContaining('object store') }
      // One deletes the upload, the other the document.
      await eventually(() => jobsOf('object.delete')).toMatchObject([failed, failed])
      if (attempts === 1) await hurry()
    }
    await jobs.stop()
    const tombstone = async () => {
      const [row] = await services.db.select().from(objectDeletions).where(eq(objectDeletions.documentId, document.id))
      return row
    }
    expect(await tombstone()).toMatchObject({ deletedAt: null })
    expect(await versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toHaveLength(1)

    await work(services)
    await hurry()
    await jobsDone(database)
    expect(await tombstone()).toMatchObject({ deletedAt: expect.any(Date), deletedVersions: 1 })
    expect(await versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toEqual([])
  })

  it('D43: that was lost or gave up is added again for a tombstone that is still open', async () => {
    const services = await startServices()
    const applicant = await seedApplicant(services)
    const { id } = await seedDocument(applicant.contextOn(services), applicant)
    await deleteKycDocument(applicant.contextOn(services), { documentId: id })
    const client = await asOwner()
    await client.query('delete from graphile_worker._private_jobs')
    await retryForgotten(services)
    await work(services)
    await jobsDone(database, 'object.retry')
    await jobsDone(database)
    expect(await versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toEqual([])
  })

  it('D43: never deletes the object of a document that is there', async () => {
    const services = await startServices()
    const applicant = await seedApplicant(services)
    const document = await seedDocument(applicant.contextOn(services), applicant)
    const place = kycDocument({ ...document, documentId: document.id })
    await transaction({ services }, (tx) => eraseObject(tx, place))
    await work(services)
    await jobsDone(database)
    expect(await isThere(services, place)).toBe(true)
  })

  it('D43: of a process that died in the middle is done by another', async () => {
    const services = await startServices()
    const applicant = await seedApplicant(services)
    const { id } = await seedDocument(applicant.contextOn(services), applicant)
    await deleteKycDocument(applicant.contextOn(services), { documentId: id })
    const client = await asOwner()
    await client.query(
      `update graphile_worker._private_jobs set locked_by = 'a dead one', locked_at = now(), attempts = 1`,
    )
    await retryForgotten(services)
    await work(services)
    await eventually(() => versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toEqual([])
    await client.query(`delete from graphile_worker._private_jobs where locked_by = 'a dead one'`)
    await jobsDone(database)
  })
})

describe('the worker', () => {
  it('has a crontab, and no task that does not exist', async () => {
    const services = await startServices()
    await work(services)
    const client = await asOwner()
    const known = async () => {
      const { rows } = await client.query('select identifier from graphile_worker._private_known_crontabs order by 1')
      return rows.map(({ identifier }) => identifier)
    }
    await eventually(known).toEqual([
      'event.trim',
      'kyc.expire',
      'mail.resume',
      'object.retry',
      'rates.end',
      'rates.refresh',
      'storage.reconcile',
      'token.guard',
      'upload.sweep',
    ])
  })

  it('expires approvals whose time has come, in nobody’s name, within a minute', async () => {
    const stack = await stackForTest()
    const gateway = await stack.startGateway()
    const seed = people(gateway)
    const [due, other] = [await seed.investor(), await seed.investor()]
    const reviewer = await seed.reviewer()
    const dueId = await approved(due, reviewer)
    const otherId = await approved(other, reviewer)
    const { pool } = gateway.services
    await pool.query(
      `update kyc_applications set version = version + 1, reviewed_at = now() - interval '2 s', expires_at = now() - interval '1 s' where id = $1`,
      [dueId],
    )
    await pool.query(`select add_job('kyc.expire', '{}')`)
    await jobsDone(stack.database, 'kyc.expire')
    const { rows } = await pool.query('select id, status from kyc_applications order by created_at')
    expect(rows).toEqual([
      { id: dueId, status: 'expired' },
      { id: otherId, status: 'approved' },
    ])
    const expired = (await logOf(gateway.services, 'kyc')).filter(({ type }) => type === 'kyc.expired')
    expect(expired).toMatchObject([{ subjectId: dueId, actorId: null, payload: { from: 'approved', to: 'expired' } }])
  })

  it('finishes what runs before it stops, and leaves no job locked', async () => {
    const services = await startServices()
    const place = await giveUpObject(services)
    const gate = await startGate(store.endpoint, '')
    const slow = await startServices({ endpoint: gate.endpoint })
    const jobs = await work(slow)
    await gate.reached
    let stopped = false
    const stopping = jobs.stop().then(() => {
      stopped = true
    })
    const [job] = await jobsOf('object.delete')
    expect([stopped, job?.locked_at]).toEqual([false, expect.any(Date)])
    gate.open()
    await stopping
    expect(await jobsOf('object.delete')).toEqual([])
    expect(await isThere(services, place)).toBe(false)
  })

  it('goes on after every connection of it was cut', async () => {
    const services = await startServices()
    await work(services)
    for (let round = 0; round < 3; round++) {
      await asSuperuser(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}' and application_name = 'gatehouse jobs'`,
      )
      const place = await giveUpObject(services)
      await eventually(() => isThere(services, place)).toBe(false)
    }
  })
})
