import { createHash, randomBytes } from 'node:crypto'
import { DeleteBucketCommand, DeleteObjectCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemAlerts } from '../src/db/schema/alert.ts'
import { users } from '../src/db/schema/auth.ts'
import { kycDocuments, objectDeletions, uploads } from '../src/db/schema/document.ts'
import { tokenMetadata } from '../src/db/schema/token.ts'
import { newId } from '../src/ids.ts'
import { completeKycDocumentUpload } from '../src/resolvers/document/complete-upload.ts'
import { deleteKycDocument } from '../src/resolvers/document/delete.ts'
import { requestKycDocumentDownload } from '../src/resolvers/document/request-download.ts'
import { reconcileStorage } from '../src/resolvers/reconcile/reconcile.ts'
import type { Finding } from '../src/resolvers/reconcile/report.ts'
import type { ReconcileOptions } from '../src/resolvers/reconcile/run.ts'
import type { Services } from '../src/services.ts'
import { ensureBuckets } from '../src/storage/apply.ts'
import {
  avatar,
  type Bucket,
  bucketName,
  kycDocument,
  type ObjectPlace,
  temporaryUpload,
  tokenObject,
} from '../src/storage/buckets.ts'
import { deleteObject, putObject, readObject } from '../src/storage/objects.ts'
import { keepVersion } from '../src/storage/public.ts'
import { listVersions, removeVersion, versionsOf } from '../src/storage/versions.ts'
import { databaseForTest, logOf } from './harness/log.ts'
import { startStore, type TestStore } from './harness/store.ts'
import { type Applicant, seedApplicant, seedDocument, seedUpload, startWorkerServices } from './harness/worker.ts'

const dayMs = 86_400_000
const bytes = Buffer.from('the very bytes')
const object = { bytes, contentType: 'image/png' }

let store: TestStore
beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.stop())

/** A database and buckets of a test's own: a reconciliation is of all that there is. */
async function newWorld(over: Partial<TestStore> = {}) {
  const database = await databaseForTest()
  const bucketPrefix = `t${randomBytes(6).toString('hex')}-`
  const services = await startWorkerServices({ database, store: { ...store, bucketPrefix, ...over } })
  await services.tails.start()
  if (!over.endpoint) await ensureBuckets(services.storage, { allowedOrigins: [], logger: services.logger })
  return services
}

/** A day after what the test has done. */
async function reconcile(services: Services, options: Partial<ReconcileOptions> = {}) {
  const findings: Finding[] = []
  const report = await reconcileStorage(services, {
    repair: true,
    digests: false,
    maxDeletions: null,
    now: Date.now() + dayMs + 60_000,
    ...options,
    onFinding: (finding) => findings.push(finding),
  })
  const told = findings.map(({ kind, outcome, subject }) => `${kind} ${subject} ${outcome}`).toSorted()
  return { report, findings, told }
}

const isClean = (result: Awaited<ReturnType<typeof reconcile>>) => {
  expect(result.told).toEqual([])
  expect(result.report?.left).toBe(0)
}

async function keysIn({ storage }: Services, bucket: Bucket) {
  const keys: string[] = []
  for await (const page of listVersions(storage, bucket)) keys.push(...page.map(({ key }) => key))
  return keys.toSorted()
}

/** As a person with the credentials, or a tool of theirs, deletes: a marker where there are versions. */
const hide = ({ storage }: Services, { bucket, key }: ObjectPlace) =>
  storage.client.send(new DeleteObjectCommand({ Bucket: bucketName(storage, bucket), Key: key }))

const placeOf = (document: { id: string; applicationId: string; documentType: string }) =>
  kycDocument({ ...document, documentId: document.id })

async function documentIn(services: Services, applicant?: Applicant) {
  const owner = applicant ?? (await seedApplicant(services))
  const document = await seedDocument(owner.contextOn(services), owner)
  return { ...document, owner, place: placeOf(document) }
}

const rowOf = async ({ db }: Services, id: string) =>
  (await db.select().from(kycDocuments).where(eq(kycDocuments.id, id)))[0]!
const eventsOf = async (services: Services) =>
  (await logOf(services, 'kyc')).filter(({ type }) => /^document\.(missing|found)$/.test(type))
const alertsOf = ({ db }: Services) => db.select().from(systemAlerts)

/** A token whose metadata lies in the store. */
async function tokenIn(services: Services, { sealed }: { sealed: boolean }) {
  const { userId } = await seedApplicant(services)
  const token = { chainId: 1, address: `0x${randomBytes(20).toString('hex')}` }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const place = tokenObject(token, { name: 'metadata', sha256, extension: 'json' })
  const { versionId } = await putObject(services.storage, place, object)
  const id = newId('tokenMetadata')
  const facts = { name: 'a', symbol: 'A', decimals: 0, publishedById: userId }
  await services.db
    .insert(tokenMetadata)
    .values({ id, ...token, ...facts, metadataKey: place.key, metadataVersionId: versionId })
  if (sealed) await services.db.update(tokenMetadata).set({ sealedAt: new Date(), version: 2 })
  return { ...token, id, place, versionId }
}

describe('objects without a row', () => {
  it('are not those of people’s work, whatever became of it', async () => {
    const services = await newWorld()
    const { storage, db } = services
    const { owner, uploadId } = await documentIn(services)
    const deleted = await documentIn(services, owner)
    await deleteKycDocument(owner.contextOn(services), { documentId: deleted.id })
    await tokenIn(services, { sealed: true })
    // As the jobs do.
    await deleteObject(storage, deleted.place)
    await db.update(objectDeletions).set({ deletedAt: new Date() })
    for (const id of [uploadId, deleted.uploadId]) {
      await deleteObject(storage, temporaryUpload({ userId: owner.userId, id }))
    }
    isClean(await reconcile(services))
    expect(await keysIn(services, 'kyc-documents')).toHaveLength(1)
    expect(await keysIn(services, 'token-metadata')).toHaveLength(1)
  })

  it('are told, and go with every version when it is asked for, hidden ones too', async () => {
    const services = await newWorld()
    const places: ObjectPlace[] = [
      kycDocument({ applicationId: 'kyc_1', documentType: 'selfie', documentId: newId('kycDocument') }),
      kycDocument({ applicationId: 'kyc_2', documentType: 'selfie', documentId: newId('kycDocument') }),
      temporaryUpload({ userId: 'user_1', id: newId('upload') }),
      { bucket: 'user-uploads', key: 'of no form/ä 🛂' },
      tokenObject({ chainId: 1, address: `0x${'a'.repeat(40)}` }, { name: 'logo', sha256: 'b', extension: 'png' }),
      avatar(newId('upload')),
    ]
    for (const place of places) for (const _ of [1, 2]) await putObject(services.storage, place, object)
    await hide(services, places[1]!)
    const lines = (outcome: string) => places.map(({ key }) => `orphan ${key} ${outcome}`).toSorted()

    const looked = await reconcile(services, { repair: false })
    expect(looked.told).toEqual(lines('left'))
    expect(looked.report).toMatchObject({ objects: 6, left: 6 })
    expect(await keysIn(services, 'kyc-documents')).toHaveLength(5)

    const repaired = await reconcile(services)
    expect(repaired.told).toEqual(lines('deleted'))
    expect(repaired.report?.left).toBe(0)
    for (const bucket of ['kyc-documents', 'user-uploads', 'token-metadata'] as const) {
      expect(await keysIn(services, bucket)).toEqual([])
    }
    isClean(await reconcile(services))
  })

  it('stay for a day, and an upload in flight for as long as it takes', async () => {
    const services = await newWorld()
    const applicant = await seedApplicant(services)
    const ctx = applicant.contextOn(services)
    const { uploadId } = await seedUpload(ctx, applicant)
    const [upload] = await services.db.select().from(uploads).where(eq(uploads.id, uploadId))
    const { applicationId, documentType, documentId } = upload!
    // Of a completion between its object and its row.
    const stored = kycDocument({ applicationId: applicationId!, documentType: documentType!, documentId: documentId! })
    await putObject(services.storage, stored, object)
    const young = temporaryUpload({ userId: applicant.userId, id: newId('upload') })
    await putObject(services.storage, young, object)

    isClean(await reconcile(services, { now: Date.now() + dayMs - 60_000 }))
    const later = await reconcile(services)
    expect(later.told).toEqual([`orphan ${young.key} deleted`])
    expect(later.report?.inFlight).toBe(2)
    await completeKycDocumentUpload(ctx, { uploadId })
    isClean(await reconcile(services, { now: Date.now() + dayMs - 60_000 }))
  })

  it('that were put again after their upload had ended go', async () => {
    const services = await newWorld()
    const { owner, uploadId } = await documentIn(services)
    const place = temporaryUpload({ userId: owner.userId, id: uploadId })
    expect((await reconcile(services)).told).toEqual([`orphan ${place.key} deleted`])
  })

  it('are more than a job takes for leftovers: then none goes, since it may be another database’s store', async () => {
    const services = await newWorld()
    const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => `user_1/temp/${name}`)
    for (const key of keys) await putObject(services.storage, { bucket: 'user-uploads', key }, object)
    const careful = await reconcile(services, { maxDeletions: 3 })
    expect(careful.told).toEqual(keys.map((key) => `orphan ${key} left`))
    expect(careful.findings[0]?.why).toContain('does this store belong to this database')
    expect(await keysIn(services, 'user-uploads')).toEqual(keys)
    expect((await reconcile(services, { maxDeletions: 5 })).told).toEqual(keys.map((key) => `orphan ${key} deleted`))
  })

  it('that the store holds for ever are told, and what comes after them is looked at', async () => {
    const services = await newWorld()
    const [contract, facts] = [
      { chainId: 1, address: `0x${'c'.repeat(40)}` },
      { sha256: 'c', extension: 'png' },
    ]
    const place = tokenObject(contract, { name: 'logo', ...facts })
    const { versionId } = await putObject(services.storage, place, object)
    await keepVersion(services.storage, place, versionId!)
    const logo = avatar(newId('upload'))
    await putObject(services.storage, logo, object)
    const { findings } = await reconcile(services)
    expect(findings.find(({ subject }) => subject === place.key)).toMatchObject({ outcome: 'left' })
    expect(findings.find(({ subject }) => subject === logo.key)).toMatchObject({ outcome: 'deleted' })
    expect(await versionsOf(services.storage, place)).toHaveLength(1)
  })

  it('of a token that is published stay, earlier publications too, and so do pictures that are shown', async () => {
    const services = await newWorld()
    const token = await tokenIn(services, { sealed: true })
    const earlier = tokenObject(token, { name: 'logo', sha256: 'b'.repeat(64), extension: 'png' })
    await putObject(services.storage, earlier, object)
    const { owner } = await documentIn(services)
    const { uploadId } = await seedUpload(owner.contextOn(services), owner)
    const shown = avatar(uploadId)
    await putObject(services.storage, shown, object)
    await services.db
      .update(users)
      .set({ image: `https://elsewhere/${shown.key}` })
      .where(eq(users.id, owner.userId))
    await services.db.update(uploads).set({ state: 'completed' }).where(eq(uploads.id, uploadId))
    const { told } = await reconcile(services)
    expect(told.filter((line) => !line.includes('/temp/'))).toEqual([])
    expect(await keysIn(services, 'token-metadata')).toEqual([token.place.key, earlier.key, shown.key].toSorted())
  })
})

describe('a document', () => {
  it('that somebody deleted in the store comes back from its version', async () => {
    const services = await newWorld()
    const { id, owner, place, uploadId } = await documentIn(services)
    await deleteObject(services.storage, temporaryUpload({ userId: owner.userId, id: uploadId }))
    await hide(services, place)
    expect((await reconcile(services, { repair: false })).told).toEqual([`hidden ${id} left`])
    expect(await versionsOf(services.storage, place)).toHaveLength(2)
    expect((await reconcile(services)).told).toEqual([`hidden ${id} restored`])
    expect(await versionsOf(services.storage, place)).toHaveLength(1)
    isClean(await reconcile(services))
    expect(await eventsOf(services)).toEqual([])
    expect(await alertsOf(services)).toEqual([])
  })

  it('whose bytes lie there as another version is that version from now on: as after a move to another store', async () => {
    const services = await newWorld()
    const { id, owner, place, versionId } = await documentIn(services)
    const moved = await readBytes(services, place)
    await putObject(services.storage, place, { bytes: moved, contentType: 'image/jpeg' })
    await removeVersion(services.storage, place, versionId!)
    const { told } = await reconcile(services)
    expect(told).toContain(`hidden ${id} restored`)
    const row = await rowOf(services, id)
    expect(row.versionId).not.toBe(versionId)
    const { url } = await requestKycDocumentDownload(owner.contextOn(services), { documentId: id })
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(moved)
    expect((await eventsOf(services)).map(({ type }) => type)).toEqual(['document.found'])
  })

  it('that is gone is marked, told once, kept as a row, and comes back when its bytes do', async () => {
    const services = await newWorld()
    const { id, owner, place, uploadId, sha256 } = await documentIn(services)
    await deleteObject(services.storage, temporaryUpload({ userId: owner.userId, id: uploadId }))
    const saved = await readBytes(services, place)
    await deleteObject(services.storage, place)

    expect((await reconcile(services, { repair: false })).told).toEqual([`missing ${id} left`])
    expect((await rowOf(services, id)).missingAt).toBeNull()
    const marked = await reconcile(services)
    expect(marked.told).toEqual([`missing ${id} marked`])
    expect(marked.report?.left).toBe(1)
    expect((await rowOf(services, id)).missingAt).not.toBeNull()
    const [alert] = await alertsOf(services)
    expect(alert).toMatchObject({ severity: 'critical', raisedById: null, message: expect.stringContaining(id) })
    await expect(requestKycDocumentDownload(owner.contextOn(services), { documentId: id })).rejects.toMatchObject({
      code: 'CONFLICT',
    })

    expect((await reconcile(services)).told).toEqual([`missing ${id} known`])
    expect(await alertsOf(services)).toHaveLength(1)

    // Of the size, and not the bytes.
    await putObject(services.storage, place, { bytes: Buffer.alloc(saved.length, 7), contentType: 'image/jpeg' })
    expect((await reconcile(services)).told).toEqual([`damaged ${id} known`])

    await putObject(services.storage, place, { bytes: saved, contentType: 'image/jpeg' })
    expect((await reconcile(services)).told).toEqual([`found ${id} cleared`, `hidden ${id} restored`])
    expect((await rowOf(services, id)).missingAt).toBeNull()
    await requestKycDocumentDownload(owner.contextOn(services), { documentId: id })
    isClean(await reconcile(services))
    expect((await eventsOf(services)).map(({ type, subjectId, payload }) => ({ type, subjectId, payload }))).toEqual([
      {
        type: 'document.missing',
        subjectId: owner.applicationId,
        payload: expect.objectContaining({ documentId: id, sha256, reason: 'absent' }),
      },
      { type: 'document.found', subjectId: owner.applicationId, payload: expect.objectContaining({ documentId: id }) },
    ])
  })

  it('with other bytes is found by its size, or by its digest when every byte is read', async () => {
    const services = await newWorld()
    const [longer, other] = [await documentIn(services), await documentIn(services)]
    for (const { place, size } of [longer, other]) {
      await deleteObject(services.storage, place)
      const damaged = Buffer.alloc(place === longer.place ? size + 1 : size, 7)
      const { versionId } = await putObject(services.storage, place, { bytes: damaged, contentType: 'image/jpeg' })
      await services.db.update(kycDocuments).set({ versionId }).where(eq(kycDocuments.storageKey, place.key))
    }
    const ofDocuments = (told: string[]) => told.filter((line) => !line.startsWith('orphan'))
    expect(ofDocuments((await reconcile(services)).told)).toEqual([`damaged ${longer.id} marked`])
    expect(ofDocuments((await reconcile(services, { digests: true })).told)).toEqual(
      [`damaged ${longer.id} known`, `damaged ${other.id} marked`].toSorted(),
    )
    // What was found out by reading is not forgotten by looking.
    expect(ofDocuments((await reconcile(services)).told)).toEqual(
      [`damaged ${longer.id} known`, `damaged ${other.id} known`].toSorted(),
    )
    expect((await eventsOf(services)).map(({ payload }) => payload.reason)).toEqual(['damaged', 'damaged'])
  })

  it('that its applicant deletes while it is looked for is not missing', async () => {
    const services = await newWorld()
    const { id, owner, place } = await documentIn(services)
    await deleteObject(services.storage, place)
    // Between the look into the store and the mark.
    const slow = through(services.storage, async (command, send) => {
      const answer = await send()
      if (command.constructor.name === 'ListObjectVersionsCommand') {
        await deleteKycDocument(owner.contextOn(services), { documentId: id }).catch(() => {})
      }
      return answer
    })
    const { told } = await reconcile({ ...services, storage: slow })
    expect(told.filter((line) => line.includes(id) && !line.startsWith('orphan'))).toEqual([])
    expect(await alertsOf(services)).toEqual([])
    expect(await eventsOf(services)).toEqual([])
  })
})

describe('what is published', () => {
  it('comes back when it is only hidden, and is told when it is lost', async () => {
    const services = await newWorld()
    const token = await tokenIn(services, { sealed: true })
    await hide(services, token.place)
    const { owner } = await documentIn(services)
    const uploadId = newId('upload')
    await services.db
      .update(users)
      .set({ image: `https://elsewhere/avatars/${uploadId}` })
      .where(eq(users.id, owner.userId))
    const { told, report } = await reconcile(services)
    expect(told.filter((line) => !line.startsWith('orphan'))).toEqual([
      `hidden ${token.id} restored`,
      `missing ${owner.userId} left`,
    ])
    expect(report?.left).toBe(1)
    expect((await versionsOf(services.storage, token.place)).map(({ versionId }) => versionId)).toEqual([
      token.versionId,
    ])
  })
})

describe('what lies over what is published', () => {
  const over = { ...object, bytes: Buffer.from('other bytes') }

  it('goes, and everybody sees again what was published; a picture is known by its digest', async () => {
    const services = await newWorld()
    const token = await tokenIn(services, { sealed: false })
    const { owner } = await documentIn(services)
    const { uploadId } = await seedUpload(owner.contextOn(services), owner)
    const shown = avatar(uploadId)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await services.db.update(uploads).set({ state: 'completed', sha256 }).where(eq(uploads.id, uploadId))
    await services.db
      .update(users)
      .set({ image: `https://elsewhere/${shown.key}` })
      .where(eq(users.id, owner.userId))
    await putObject(services.storage, shown, object)
    const ofPublished = async (options?: Partial<ReconcileOptions>) =>
      (await reconcile(services, options)).told.filter((line) => !line.startsWith('orphan'))
    expect(await ofPublished({ digests: true })).toEqual([])

    for (const place of [token.place, shown]) await putObject(services.storage, place, over)
    expect(await ofPublished({ repair: false })).toEqual([`hidden ${token.id} left`])
    expect(await ofPublished({ digests: true })).toEqual([
      `hidden ${token.id} restored`,
      `hidden ${owner.userId} restored`,
    ])
    for (const place of [token.place, shown]) expect(await readBytes(services, place)).toEqual(bytes)
    expect(await ofPublished({ digests: true })).toEqual([])
  })

  it('and is held there is told, and what comes after it is looked at', async () => {
    const services = await newWorld()
    const [stuck, other] = [await tokenIn(services, { sealed: false }), await tokenIn(services, { sealed: false })]
    await putObject(services.storage, other.place, over)
    const { versionId } = await putObject(services.storage, stuck.place, over)
    const held = {
      Bucket: bucketName(services.storage, stuck.place.bucket),
      Key: stuck.place.key,
      VersionId: versionId!,
    }
    await services.storage.client.send(new PutObjectLegalHoldCommand({ ...held, LegalHold: { Status: 'ON' } }))
    const { told, report } = await reconcile(services)
    expect(told).toEqual([`hidden ${stuck.id} left`, `hidden ${other.id} restored`].toSorted())
    expect(report?.left).toBe(1)
  })

  it('are the same bytes as another version, after a move to another store: then nothing is hidden', async () => {
    const services = await newWorld()
    const { id, place, versionId } = await tokenIn(services, { sealed: true })
    await putObject(services.storage, place, object)
    await removeVersion(services.storage, place, versionId!)
    expect((await reconcile(services, { repair: false })).told).toEqual([])
    await putObject(services.storage, place, over)
    expect((await reconcile(services)).told).toEqual([`hidden ${id} restored`])
    expect((await reconcile(services)).told).toEqual([])
  })
})

describe('a deletion', () => {
  it('that its job did not bring about in a day is done', async () => {
    const services = await newWorld()
    const { id, owner, place } = await documentIn(services)
    await deleteKycDocument(owner.contextOn(services), { documentId: id })
    const ofDeletions = (told: string[]) => told.filter((line) => line.includes(place.key))
    expect(ofDeletions((await reconcile(services)).told)).toEqual([])
    await services.db.update(objectDeletions).set({ requestedAt: sql`now() - interval '25 hours'` })
    expect(ofDeletions((await reconcile(services, { repair: false })).told)).toEqual([`undeleted ${place.key} left`])
    expect(ofDeletions((await reconcile(services)).told)).toEqual([`undeleted ${place.key} deleted`])
    expect(await versionsOf(services.storage, place)).toEqual([])
    const [tombstone] = await services.db.select().from(objectDeletions)
    expect(tombstone?.deletedAt).not.toBeNull()
  })
})

describe('a reconciliation', () => {
  it('takes the versions of a key together, be they on several pages: it is as new as the newest', async () => {
    const services = await newWorld()
    const keys = ['a', 'b', 'c'].map((name) => ({ bucket: 'kyc-documents' as const, key: `kyc_1/selfie/${name}` }))
    for (const place of keys) for (const _ of [1, 2, 3]) await putObject(services.storage, place, object)
    await hide(services, keys[1]!)
    const { storage } = services
    // As a store with more of everything would answer.
    const paged = through(storage, async (command, send) => {
      if (command.constructor.name === 'ListObjectVersionsCommand') command.input.MaxKeys = 2
      return send()
    })
    const report = (await reconcile({ ...services, storage: paged })).report
    expect(report).toMatchObject({ objects: 3, counts: { orphan: 3 }, left: 0 })
    expect(await keysIn(services, 'kyc-documents')).toEqual([])
  })

  it('goes through more rows and objects than a page, and tells of them in few alerts', async () => {
    const services = await newWorld()
    const { owner, place } = await documentIn(services)
    await services.pool.query(
      `with source as (select * from kyc_documents limit 1), made as (
         insert into uploads (id, user_id, application_id, document_type, document_id, file_name, content_type, size, sha256, state, expires_at)
         select 'upload_' || i, $1, $2, 'selfie', 'kycdoc_' || i, 'a', 'image/jpeg', 1, sha256, 'completed', now()
         from source, generate_series(1, 150) i returning id, document_id, sha256)
       insert into kyc_documents (id, application_id, upload_id, uploaded_by_id, document_type, file_name, content_type, size, sha256, storage_key)
       select document_id, $2, id, $1, 'selfie', 'a', 'image/jpeg', 1, sha256, $2 || '/selfie/' || document_id from made`,
      [owner.userId, owner.applicationId],
    )
    const { report } = await reconcile(services)
    expect(report).toMatchObject({ rows: 151, counts: { missing: 150 } })
    const alerts = await alertsOf(services)
    expect(alerts).toHaveLength(2)
    expect(alerts[0]?.message).toMatch(/ and \d+ more\.$/)
    expect(await versionsOf(services.storage, place)).toHaveLength(1)
  })

  it('is done by one at a time; the others are told', async () => {
    const services = await newWorld()
    await documentIn(services)
    const all = await Promise.all([1, 2, 3].map(() => reconcile(services)))
    expect(all.filter(({ report }) => report !== null).length).toBeGreaterThan(0)
    expect(all.flatMap(({ told }) => told)).toHaveLength(1)
    const holder = await services.pool.connect()
    await holder.query('select pg_advisory_lock(723555)')
    onTestFinished(() => holder.release(true))
    expect((await reconcile(services)).report).toBeNull()
  })

  it('takes no outage for a loss: without the store, or its buckets, nothing is marked', async () => {
    const services = await newWorld()
    const { id, place, owner, uploadId } = await documentIn(services)
    const { storage } = services
    await deleteObject(storage, place)
    await deleteObject(storage, temporaryUpload({ userId: owner.userId, id: uploadId }))
    await storage.client.send(new DeleteBucketCommand({ Bucket: bucketName(storage, 'kyc-documents') }))
    await expect(reconcile(services)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const away = { ...services, storage: { ...storage, bucketPrefix: 'of-nobody-' } }
    await expect(reconcile(away)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect((await rowOf(services, id)).missingAt).toBeNull()
    expect(await alertsOf(services)).toEqual([])
  })
})

type Command = { constructor: { name: string }; input: Record<string, unknown> }

/** The same store, with something done about what it is asked. */
function through(storage: Services['storage'], handle: (command: Command, send: () => Promise<unknown>) => unknown) {
  const client = new Proxy(storage.client, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name)
      return (command: Command, options: object) => handle(command, () => target.send(command as never, options))
    },
  })
  return { ...storage, client }
}

async function readBytes({ storage }: Services, place: ObjectPlace) {
  const found = await readObject(storage, place, { maxBytes: 100_000 })
  return found!.bytes!
}
