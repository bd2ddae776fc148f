import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { kycDocuments, objectDeletions, uploads } from '../src/db/schema/document.ts'
import { kycApplications } from '../src/db/schema/kyc.ts'
import { startJobs } from '../src/jobs/index.ts'
import { completeKycDocumentUpload } from '../src/resolvers/document/complete-upload.ts'
import { deleteKycDocument } from '../src/resolvers/document/delete.ts'
import { deleteGivenUpObject } from '../src/resolvers/document/erase.ts'
import { sweepUploads } from '../src/resolvers/upload/sweep.ts'
import type { Services } from '../src/services.ts'
import { ensureBuckets } from '../src/storage/apply.ts'
import { kycDocument } from '../src/storage/buckets.ts'
import { putObject, readObject } from '../src/storage/objects.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { startGate } from './harness/gate.ts'
import { jobsDone } from './harness/jobs.ts'
import { startStore, type TestStore, versionsUnder } from './harness/store.ts'
import { seedApplicant, seedDocument, seedUpload, startDyingWays, startWorkerServices } from './harness/worker.ts'

const dayMs = 86_400_000
let store: TestStore
let database: TestDatabase

beforeAll(async () => {
  ;[store, database] = await Promise.all([startStore(), createTestDatabase()])
})
afterAll(async () => {
  await Promise.all([store.stop(), database.drop()])
})

/** A process that is well. */
async function startWell() {
  const services = await startWorkerServices({ database, store })
  await ensureBuckets(services.storage, { allowedOrigins: [], logger: services.logger })
  return services
}

async function startWork(services: Services) {
  const jobs = await startJobs(services, { ownerUrl: database.ownerUrl })
  onTestFinished(() => jobs.stop())
}

/** A process that dies before it sends for the `after`th time, whether to the database or to the store. */
async function startDying(after: number) {
  const { urls, isDead } = await startDyingWays([database.url, store.endpoint], after)
  const [url, endpoint] = urls as [string, string]
  const services = await startWorkerServices({
    database: { url, ownerUrl: database.ownerUrl },
    store: { ...store, endpoint },
    variables: { DATABASE_WAIT_MS: '1500' },
  })
  return { services, isDead }
}

/** The database takes a moment to see that a connection is gone, and to give up its transaction. */
const settled = ({ db }: Services, applicationId: string) =>
  db.select().from(kycApplications).where(eq(kycApplications.id, applicationId)).for('update')

const objectsOf = async ({ storage }: Services, applicationId: string) =>
  versionsUnder(storage, 'kyc-documents', applicationId)

describe('a process that dies', () => {
  it('D43: anywhere in a deletion leaves a document with its object, or neither once the job has run', async () => {
    const well = await startWell()
    await startWork(well)
    const outcomes = { kept: 0, deleted: 0 }
    for (let after = 1, survived = false; !survived; after++) {
      const applicant = await seedApplicant(well)
      const document = await seedDocument(applicant.contextOn(well), applicant)
      const place = kycDocument({ ...document, documentId: document.id })
      const dying = await startDying(after)
      await (async () => {
        await deleteKycDocument(applicant.contextOn(dying.services), { documentId: document.id })
        await deleteGivenUpObject(dying.services, place)
      })().catch(() => {})
      survived = !dying.isDead()
      await settled(well, applicant.applicationId)

      await jobsDone(database)
      const [row] = await well.db.select().from(kycDocuments).where(eq(kycDocuments.id, document.id))
      const [tombstone] = await well.db.select().from(objectDeletions).where(eq(objectDeletions.storageKey, place.key))
      const versions = await objectsOf(well, applicant.applicationId)
      if (row) {
        expect([after, tombstone, versions]).toEqual([after, undefined, [place.key]])
        outcomes.kept++
      } else {
        expect([after, tombstone?.deletedAt, versions]).toEqual([after, expect.any(Date), []])
        outcomes.deleted++
      }
    }
    // Deaths on both sides of the commit.
    expect(outcomes.kept).toBeGreaterThan(3)
    expect(outcomes.deleted).toBeGreaterThan(3)
  })

  it('D39: anywhere in a completion leaves an upload that can be completed, or that the sweep takes away', async () => {
    const well = await startWell()
    await startWork(well)
    for (let after = 1, survived = false; !survived; after++) {
      const applicant = await seedApplicant(well)
      const { uploadId, bytes } = await seedUpload(applicant.contextOn(well), applicant)
      const dying = await startDying(after)
      await completeKycDocumentUpload(applicant.contextOn(dying.services), { uploadId }).catch(() => {})
      survived = !dying.isDead()
      await settled(well, applicant.applicationId)

      const [before] = await well.db.select().from(uploads).where(eq(uploads.id, uploadId))
      if (after % 2 || before?.state === 'completed') {
        const document = await completeKycDocumentUpload(applicant.contextOn(well), { uploadId })
        const place = kycDocument({ ...document, documentId: document.id })
        const stored = await readObject(well.storage, place, { maxBytes: bytes.length })
        expect([after, stored?.bytes]).toEqual([after, bytes])
        await jobsDone(database)
        const versions = await objectsOf(well, applicant.applicationId)
        expect([after, new Set(versions)]).toEqual([after, new Set([place.key])])
      } else {
        await sweepUploads(well, Date.now() + 8 * dayMs)
        await jobsDone(database)
        expect([after, await objectsOf(well, applicant.applicationId)]).toEqual([after, []])
        const refused = completeKycDocumentUpload(applicant.contextOn(well), { uploadId })
        await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' })
      }
      expect([after, await versionsUnder(well.storage, 'user-uploads', applicant.userId)]).toEqual([after, []])
    }
  })
})

describe('a document that was deleted', () => {
  it('D43: does not come back with a completion that was overtaken by another one and by the deletion', async () => {
    const well = await startWell()
    await startWork(well)
    const gate = await startGate(store.endpoint, 'PUT /kyc-documents/')
    const slow = await startWorkerServices({ database, store: { ...store, endpoint: gate.endpoint } })
    const applicant = await seedApplicant(well)
    const ctx = applicant.contextOn(well)
    const { uploadId } = await seedUpload(ctx, applicant)
    const overtaken = completeKycDocumentUpload(applicant.contextOn(slow), { uploadId }).catch(
      (error: unknown) => error,
    )
    await gate.reached

    const { id } = await completeKycDocumentUpload(ctx, { uploadId })
    await deleteKycDocument(ctx, { documentId: id })
    await jobsDone(database)
    expect(await objectsOf(well, applicant.applicationId)).toEqual([])
    gate.open()
    expect(await overtaken).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('was deleted') })
    await jobsDone(database)
    expect(await objectsOf(well, applicant.applicationId)).toEqual([])
    const [tombstone] = await well.db.select().from(objectDeletions).where(eq(objectDeletions.documentId, id))
    expect(tombstone).toMatchObject({
      deletedAt: expect.any(Date),
      deletedVersions: 2,
      requestedById: applicant.userId,
    })
  })

  it('D43: does not come back with one that died after its PUT; no more does what was never a document', async () => {
    const well = await startWell()
    await startWork(well)
    const look = async () => {
      await well.pool.query(`select add_job('object.retry', '{}')`)
      await jobsDone(database, 'object.retry')
      await jobsDone(database)
    }
    for (const end of ['deleted', 'closed']) {
      const applicant = await seedApplicant(well)
      const ctx = applicant.contextOn(well)
      const { uploadId, bytes } = await seedUpload(ctx, applicant)
      const [upload] = await well.db.select().from(uploads).where(eq(uploads.id, uploadId))
      const { applicationId, documentType, documentId } = upload!
      const place = kycDocument({ applicationId: applicationId!, documentType: documentType!, documentId: documentId! })
      if (end === 'deleted') {
        await completeKycDocumentUpload(ctx, { uploadId })
        await deleteKycDocument(ctx, { documentId: documentId! })
      } else {
        await sweepUploads(well, Date.now() + 8 * dayMs)
      }
      await jobsDone(database)
      await putObject(well.storage, place, { bytes, contentType: 'image/jpeg' })
      const tombstone = async () => {
        const [row] = await well.db.select().from(objectDeletions).where(eq(objectDeletions.storageKey, place.key))
        return row
      }

      await look()
      // It is not yet the time: a completion may still be on its way.
      expect([end, await objectsOf(well, applicant.applicationId)]).toEqual([end, [place.key]])
      await well.pool.query(
        `update object_deletions set requested_at = requested_at - interval '2 hours', deleted_at = deleted_at - interval '2 hours' where storage_key = $1`,
        [place.key],
      )
      await look()
      expect([end, await objectsOf(well, applicant.applicationId)]).toEqual([end, []])
      const settled = await tombstone()
      expect(settled!.deletedAt!.getTime() - settled!.requestedAt.getTime()).toBeGreaterThan(3_600_000)
      await look()
      expect(await tombstone()).toEqual(settled)
    }
  })
})
