import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { uploads } from '../src/db/schema/document.ts'
import { startJobs } from '../src/jobs/index.ts'
import { completeKycDocumentUpload } from '../src/resolvers/document/complete-upload.ts'
import { sweepUploads } from '../src/resolvers/upload/sweep.ts'
import type { Services } from '../src/services.ts'
import { ensureBuckets } from '../src/storage/apply.ts'
import { kycDocument, temporaryUpload } from '../src/storage/buckets.ts'
import { putObject } from '../src/storage/objects.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { jobsDone } from './harness/jobs.ts'
import { startStore, type TestStore, versionsUnder } from './harness/store.ts'
import { seedApplicant, seedUpload, startWorkerServices } from './harness/worker.ts'

const dayMs = 86_400_000
let store: TestStore
let database: TestDatabase

beforeAll(async () => {
  ;[store, database] = await Promise.all([startStore(), createTestDatabase()])
})
afterAll(async () => {
  await Promise.all([store.stop(), database.drop()])
})

async function startServices() {
  const services = await startWorkerServices({ database, store })
  await ensureBuckets(services.storage, { allowedOrigins: [], logger: services.logger })
  return services
}

/** What is left of one person's uploads, some days from now. */
async function uploadsIn(services: Services, userId: string, days: number) {
  await sweepUploads(services, Date.now() + days * dayMs)
  const jobs = await startJobs(services, { ownerUrl: database.ownerUrl })
  await jobsDone(database)
  await jobs.stop()
  return versionsUnder(services.storage, 'user-uploads', userId)
}

const stateOf = async ({ db }: Services, id: string) => {
  const [row] = await db.select({ state: uploads.state }).from(uploads).where(eq(uploads.id, id))
  return row?.state
}

it('a forgotten upload is kept for the retention, then closed, and its objects go', async () => {
  const services = await startServices()
  const applicant = await seedApplicant(services)
  const ctx = applicant.contextOn(services)
  const { uploadId, bytes } = await seedUpload(ctx, applicant)
  // Of a completion that ended between the object and the row.
  const [upload] = await services.db.select().from(uploads).where(eq(uploads.id, uploadId))
  const { applicationId, documentType, documentId } = upload!
  const orphan = kycDocument({ applicationId: applicationId!, documentType: documentType!, documentId: documentId! })
  await putObject(services.storage, orphan, { bytes, contentType: 'image/jpeg' })

  const key = `${applicant.userId}/temp/${uploadId}`
  expect(await uploadsIn(services, applicant.userId, 6.9)).toEqual([key])
  expect(await stateOf(services, uploadId)).toBe('pending')
  expect(await uploadsIn(services, applicant.userId, 7.1)).toEqual([])
  expect(await stateOf(services, uploadId)).toBe('closed')
  expect(await versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toEqual([])
  await expect(completeKycDocumentUpload(ctx, { uploadId })).rejects.toMatchObject({ code: 'CONFLICT' })
})

it('an upload that is still in flight is left alone, whatever lies there how long', async () => {
  const services = await startServices()
  const applicant = await seedApplicant(services)
  const { uploadId } = await seedUpload(applicant.contextOn(services), applicant)
  await services.db
    .update(uploads)
    .set({ expiresAt: new Date(Date.now() + 30 * dayMs) })
    .where(eq(uploads.id, uploadId))
  expect(await uploadsIn(services, applicant.userId, 20)).toEqual([`${applicant.userId}/temp/${uploadId}`])
  expect(await stateOf(services, uploadId)).toBe('pending')
  await completeKycDocumentUpload(applicant.contextOn(services), { uploadId })
})

it('what was put again after its upload was completed, or was never an upload, goes too', async () => {
  const services = await startServices()
  const applicant = await seedApplicant(services)
  const ctx = applicant.contextOn(services)
  const { uploadId, bytes } = await seedUpload(ctx, applicant)
  const document = await completeKycDocumentUpload(ctx, { uploadId })
  expect(await uploadsIn(services, applicant.userId, 0)).toEqual([])

  const again = temporaryUpload({ userId: applicant.userId, id: uploadId })
  const strange = { ...again, key: `${applicant.userId}/strange name` }
  for (const place of [again, strange]) await putObject(services.storage, place, { bytes, contentType: 'image/jpeg' })
  expect(await uploadsIn(services, applicant.userId, 6.9)).toEqual([strange.key, again.key].toSorted())
  expect(await uploadsIn(services, applicant.userId, 7.1)).toEqual([])
  expect(await versionsUnder(services.storage, 'kyc-documents', applicant.applicationId)).toEqual([
    `${applicant.applicationId}/selfie/${document.id}`,
  ])
})

it('more uploads than one batch are closed in one sweep', async () => {
  const services = await startServices()
  const applicant = await seedApplicant(services)
  const { uploadId } = await seedUpload(applicant.contextOn(services), applicant)
  await services.pool.query(
    `insert into uploads (id, user_id, file_name, content_type, size, sha256, expires_at)
     select 'upload_' || i, user_id, file_name, content_type, size, sha256, expires_at from uploads, generate_series(1, 250) i
     where id = $1`,
    [uploadId],
  )
  await sweepUploads(services, Date.now() + 8 * dayMs)
  const { rows } = await services.pool.query(`select count(*)::int from uploads where state = 'pending'`)
  expect(rows).toEqual([{ count: 0 }])
})
