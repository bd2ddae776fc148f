import { gzipSync } from 'node:zlib'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { temporaryUpload } from '../src/storage/buckets.ts'
import { putObject } from '../src/storage/objects.ts'
import { files } from './fixtures/files.ts'
import {
  addDocument,
  complete,
  declaration,
  documentOperations,
  put,
  requestUpload,
  sha256,
  type Upload,
} from './harness/document.ts'
import { type Person, people, type Stack, stackForTest, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { complete as completeApplication, draft, kycOperations, submitted } from './harness/kyc.ts'
import { logOf } from './harness/log.ts'
import { versionsUnder } from './harness/store.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let reviewer: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  reviewer = await seed.reviewer()
})
afterAll(() => stack.stop())

const jpeg = files['image/jpeg']

async function applicant() {
  const person = await seed.investor()
  return { person, applicationId: await draft(person) }
}

/** What the store holds of one person's uploads and one application's documents, when all jobs are done. */
async function leftOf(person: Person, applicationId: string) {
  await jobsDone(stack.database)
  const { storage } = gateway.services
  return {
    uploads: await versionsUnder(storage, 'user-uploads', person.id),
    documents: await versionsUnder(storage, 'kyc-documents', applicationId),
  }
}
const nothing = { uploads: [], documents: [] }

const eventsOf = async (applicationId: string) =>
  (await logOf(gateway.services, 'kyc')).filter(
    ({ subjectId, type }) => subjectId === applicationId && type.startsWith('document.'),
  )

const typesOf = async (applicationId: string) => (await eventsOf(applicationId)).map(({ type }) => type)

const documentsOf = async (person: Person, id: string) => {
  const { kycApplication } = await person.get(documentOperations.documentsOf, { id })
  return kycApplication!
}

/** As a store that checks nothing would take them, whatever was signed. */
const storeUnchecked = (person: Person, upload: Upload, bytes: Buffer, contentType = 'image/jpeg') =>
  putObject(gateway.services.storage, temporaryUpload({ userId: person.id, id: upload.id }), { bytes, contentType })

describe('a document', () => {
  for (const [contentType, make] of Object.entries(files)) {
    it(`of the type ${contentType} is requested, put, completed, and comes back byte for byte`, async () => {
      const { person, applicationId } = await applicant()
      const bytes = make('mine')
      const upload = await requestUpload(person, applicationId, bytes, { contentType, fileName: 'Pässe 1.dat' })
      expect(upload.method).toBe('PUT')
      expect(await put(upload, bytes)).toBe(200)
      const { id } = await complete(person, upload.id)
      const { node } = await person.get(documentOperations.read, { id })
      expect(node).toEqual({
        id: expect.stringMatching(/^kycdoc_/),
        application: { id: applicationId },
        documentType: 'ID_FRONT',
        fileName: 'Pässe 1.dat',
        contentType,
        size: bytes.length,
        sha256: sha256(bytes),
        uploadedAt: expect.any(String),
      })

      const { requestKycDocumentDownload } = await person.get(documentOperations.download, { id })
      const response = await fetch(requestKycDocumentDownload.download.url)
      expect(response.headers.get('content-type')).toBe(contentType)
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment; .*filename\*=UTF-8''P%C3%A4sse%201.dat$/,
      )
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)

      expect(await leftOf(person, applicationId)).toEqual({
        uploads: [],
        documents: [`${applicationId}/id_front/${id}`],
      })
    })
  }

  it('of a camera that names HEIC among the compatible brands is HEIC too', async () => {
    const { person, applicationId } = await applicant()
    const bytes = files['image/heic']('android', 'mif1')
    const upload = await requestUpload(person, applicationId, bytes, { contentType: 'image/heic' })
    await put(upload, bytes)
    expect(await complete(person, upload.id)).toMatchObject({ contentType: 'image/heic' })
  })

  it('is a change of the application; it and its upload are events without its name', async () => {
    const { person, applicationId } = await applicant()
    const { version } = await documentsOf(person, applicationId)
    const document = await addDocument(person, applicationId, 'mine', { fileName: 'Ines Investor.jpg' })
    const { id, uploadId, bytes } = document
    expect((await documentsOf(person, applicationId)).version).toBe(version + 1)
    const [requested, added, ...rest] = await eventsOf(applicationId)
    expect(rest).toEqual([])
    expect(requested).toMatchObject({
      type: 'document.upload_requested',
      actorId: person.id,
      payload: { uploadId, documentId: id, documentType: 'id_front', size: bytes.length, userId: person.id, version },
    })
    expect(added).toMatchObject({
      type: 'document.added',
      actorId: person.id,
      payload: {
        documentId: id,
        documentType: 'id_front',
        sha256: sha256(bytes),
        size: bytes.length,
        userId: person.id,
        version: version + 1,
      },
    })
    expect(JSON.stringify([requested, added])).not.toContain('Ines')
  })

  it('D47: has its digest, size, type, version and uploader, or is no row', async () => {
    const { person, applicationId } = await applicant()
    const { id, bytes, uploadId } = await addDocument(person, applicationId, 'columns')
    const { rows } = await gateway.services.pool.query('select * from kyc_documents where id = $1', [id])
    expect(rows[0]).toMatchObject({
      sha256: sha256(bytes),
      size: String(bytes.length),
      content_type: 'image/jpeg',
      storage_key: `${applicationId}/id_front/${id}`,
      upload_id: uploadId,
      uploaded_by_id: person.id,
      version_id: expect.any(String),
    })
    const columns = ['sha256', 'size', 'content_type', 'storage_key', 'upload_id', 'uploaded_by_id', 'application_id']
    const required = await gateway.services.pool.query(
      `select column_name from information_schema.columns where table_name = 'kyc_documents' and is_nullable = 'NO'`,
    )
    expect(required.rows.map(({ column_name }) => column_name)).toEqual(expect.arrayContaining(columns))
  })

  it('D36: of the same name as another is another; what was checked cannot be changed afterwards', async () => {
    const { person, applicationId } = await applicant()
    const first = await addDocument(person, applicationId, 'first')
    const second = await addDocument(person, applicationId, 'second')
    expect((await documentsOf(person, applicationId)).documents.map(({ id, sha256 }) => [id, sha256])).toEqual([
      [first.id, sha256(first.bytes)],
      [second.id, sha256(second.bytes)],
    ])
    const change = gateway.services.pool.query('update kyc_documents set sha256 = $1 where id = $2', [
      sha256(second.bytes),
      first.id,
    ])
    await expect(change).rejects.toMatchObject({ constraint: 'kyc_documents_immutable' })
  })

  it('D36: is what was put first: the URL writes once, and nothing that comes later counts', async () => {
    const { person, applicationId } = await applicant()
    const bytes = jpeg('true')
    const upload = await requestUpload(person, applicationId, bytes)
    expect(await put(upload, bytes)).toBe(200)
    expect(await put(upload, bytes)).toBe(412)
    const { id } = await complete(person, upload.id)
    await storeUnchecked(person, upload, jpeg('fake'))
    expect(await complete(person, upload.id)).toMatchObject({ id, sha256: sha256(bytes) })
    const { requestKycDocumentDownload } = await person.get(documentOperations.download, { id })
    const response = await fetch(requestKycDocumentDownload.download.url)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  })
})

describe('an approval', () => {
  it('D36: is of bytes that nobody can exchange: the recorded version, also when the key was written over', async () => {
    const person = await seed.investor()
    const applicationId = await submitted(person)
    await reviewer.get(kycOperations.approve, { id: applicationId })
    const approval = (await logOf(gateway.services, 'kyc')).find(
      ({ subjectId, type }) => subjectId === applicationId && type === 'kyc.approved',
    )
    const approved = approval!.payload.documents as { id: string; sha256: string }[]
    expect(approved).toHaveLength(3)
    const { pool, storage } = gateway.services
    for (const { id, sha256: digest } of approved) {
      const { rows } = await pool.query('select storage_key, version_id from kyc_documents where id = $1', [id])
      const { storage_key: key, version_id: versionId } = rows[0]
      // By somebody with the store's own credentials, as no client ever has them.
      const { versionId: foreign } = await putObject(
        storage,
        { bucket: 'kyc-documents', key },
        { bytes: jpeg('another face'), contentType: 'image/jpeg' },
      )
      expect(foreign).not.toBe(versionId)
      const recorded = await storage.client.send(
        new GetObjectCommand({ Bucket: 'kyc-documents', Key: key, VersionId: versionId }),
      )
      expect(sha256(Buffer.from(await recorded.Body!.transformToByteArray()))).toBe(digest)
      const { requestKycDocumentDownload } = await reviewer.get(documentOperations.download, { id })
      const response = await fetch(requestKycDocumentDownload.download.url)
      expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(digest)
    }
  })
})

describe('an upload', () => {
  const html = Buffer.from('<!doctype html><script>alert(1)</script>')
  const bytes = jpeg('declared')
  const wrong = Buffer.from(bytes)
  wrong[30]! ^= 1
  const unlike = [
    { what: 'one wrong byte', sent: wrong, fields: ['sha256'] },
    { what: 'one byte too many', sent: Buffer.concat([bytes, Buffer.from([0])]), fields: ['size'] },
    { what: 'one byte too few', sent: bytes.subarray(0, -1), fields: ['size', 'sha256'] },
    { what: 'nothing at all in it', sent: Buffer.alloc(0), fields: ['size', 'sha256', 'contentType'] },
  ]

  for (const { what, sent, fields } of unlike) {
    it(`D38: with ${what} is refused, by the store or by the completion, and leaves nothing`, async () => {
      const { person, applicationId } = await applicant()
      const upload = await requestUpload(person, applicationId, bytes)
      // Ceph looks at the length alone.
      const passes = inject('stack').name === 'services' && sent.length === bytes.length
      expect((await put(upload, sent)) === 200).toBe(passes)
      await storeUnchecked(person, upload, sent)
      const { code, extensions } = await person.refusal(documentOperations.complete, { uploadId: upload.id })
      expect(code).toBe('BAD_USER_INPUT')
      expect((extensions.fields as { path: string }[]).map(({ path }) => path)).toEqual(fields)

      const again = await person.refusal(documentOperations.complete, { uploadId: upload.id })
      expect(again).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('closed') })
      expect((await documentsOf(person, applicationId)).documents).toEqual([])
      const [, refused, ...rest] = await eventsOf(applicationId)
      expect(refused).toMatchObject({
        type: 'document.upload_refused',
        actorId: person.id,
        payload: { uploadId: upload.id, documentType: 'id_front', reason: 'content' },
      })
      expect(rest).toEqual([])
      expect(await leftOf(person, applicationId)).toEqual(nothing)
    })
  }

  for (const [claimed, sent] of [
    ['application/pdf', html],
    ['image/png', jpeg('not a PNG')],
    ['image/jpeg', files['application/pdf']('not a JPEG')],
    ['image/heic', files['image/webp']('not HEIC')],
    ['image/webp', Buffer.from('RIFF')],
    ['application/pdf', gzipSync(files['application/pdf']('packed'))],
  ] as const) {
    it(`D37: that only claims to be ${claimed} is refused, and leaves nothing`, async () => {
      const { person, applicationId } = await applicant()
      const upload = await requestUpload(person, applicationId, sent, { contentType: claimed })
      expect(await put(upload, sent)).toBe(200)
      const { code, extensions } = await person.refusal(documentOperations.complete, { uploadId: upload.id })
      expect(code).toBe('BAD_USER_INPUT')
      expect(extensions.fields).toEqual([{ path: 'contentType', message: expect.stringContaining(claimed) }])
      expect(await leftOf(person, applicationId)).toEqual(nothing)
    })
  }

  it('D37: cannot be stored under another type than the one that was declared', async () => {
    const { person, applicationId } = await applicant()
    const upload = await requestUpload(person, applicationId, bytes)
    expect(await put(upload, bytes, { headers: { 'content-type': 'text/html' } })).toBe(403)
    expect(await leftOf(person, applicationId)).toEqual(nothing)
  })

  it('D39: is nothing before it is completed, and cannot be completed before it was put', async () => {
    const { person, applicationId } = await applicant()
    const upload = await requestUpload(person, applicationId, bytes)
    const early = await person.refusal(documentOperations.complete, { uploadId: upload.id })
    expect(early).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('Nothing was uploaded') })
    expect(await put(upload, bytes)).toBe(200)
    expect((await documentsOf(person, applicationId)).documents).toEqual([])
    expect(await complete(person, upload.id)).toMatchObject({ sha256: sha256(bytes) })
  })

  it('completed twenty times at once is one document, one event, one version in the store', async () => {
    const { person, applicationId } = await applicant()
    const { version } = await documentsOf(person, applicationId)
    const upload = await requestUpload(person, applicationId, bytes)
    await put(upload, bytes)
    const completed = await Promise.all(Array.from({ length: 20 }, () => complete(person, upload.id)))
    const [document] = completed
    expect(new Set(completed.map(({ id }) => id))).toEqual(new Set([document!.id]))
    expect((await documentsOf(person, applicationId)).version).toBe(version + 1)
    expect(await typesOf(applicationId)).toEqual(['document.upload_requested', 'document.added'])
    expect(await leftOf(person, applicationId)).toEqual({
      uploads: [],
      documents: [`${applicationId}/id_front/${document!.id}`],
    })
    const { requestKycDocumentDownload } = await person.get(documentOperations.download, { id: document!.id })
    expect((await fetch(requestKycDocumentDownload.download.url)).status).toBe(200)
  })

  it('completed after the submission is refused, and leaves nothing of itself', async () => {
    const person = await seed.investor()
    const applicationId = await completeApplication(person)
    const before = await leftOf(person, applicationId)
    const upload = await requestUpload(person, applicationId, bytes)
    await put(upload, bytes)
    await person.get(kycOperations.submit, { id: applicationId })
    const refusal = await person.refusal(documentOperations.complete, { uploadId: upload.id })
    expect(refusal).toMatchObject({ code: 'CONFLICT', extensions: { status: 'SUBMITTED' } })
    expect((await eventsOf(applicationId)).at(-1)).toMatchObject({
      type: 'document.upload_refused',
      payload: { uploadId: upload.id, reason: 'closed' },
    })
    expect((await documentsOf(person, applicationId)).documents).toHaveLength(3)
    expect(await leftOf(person, applicationId)).toEqual(before)
  })

  it('completed while the application is being submitted is in it or nowhere', async () => {
    const person = await seed.investor()
    const applicationId = await completeApplication(person)
    const uploads = await Promise.all(
      Array.from({ length: 8 }, (_, index) => requestUpload(person, applicationId, jpeg(`late ${index}`))),
    )
    await Promise.all(uploads.map((upload, index) => put(upload, jpeg(`late ${index}`))))
    const completing = uploads.map(({ id }) => person.ask(documentOperations.complete, { uploadId: id }))
    const [submission, ...completions] = await Promise.all([
      person.ask(kycOperations.submit, { id: applicationId }),
      ...completing,
    ])
    expect(submission.errors).toEqual([])
    const codes = completions.flatMap(({ errors }) => errors.map(({ extensions }) => extensions?.code))
    expect(codes).toEqual(codes.map(() => 'CONFLICT'))
    const { documents } = await documentsOf(person, applicationId)
    expect(documents).toHaveLength(3 + uploads.length - codes.length)
    const left = await leftOf(person, applicationId)
    expect(left.uploads).toEqual([])
    expect(left.documents.map((key) => key.split('/').at(-1)).toSorted()).toEqual(
      documents.map(({ id }) => id).toSorted(),
    )
  })

  it('with an altered URL is refused by the store', async () => {
    const { person, applicationId } = await applicant()
    const upload = await requestUpload(person, applicationId, bytes)
    const other = await requestUpload(person, applicationId, bytes)
    const alterations = [
      upload.url.replace(upload.id, other.id),
      upload.url.replace('user-uploads', 'kyc-documents'),
      upload.url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=86400'),
      upload.url.replace(/X-Amz-Date=\d+/, (date) => date.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))),
      upload.url.replace('%3Bif-none-match', ''),
      upload.url.replace(/X-Amz-Signature=./, (start) => start.replace(/.$/, (c) => (c === '0' ? '1' : '0'))),
      upload.url.split('?')[0]!,
    ]
    for (const url of alterations) {
      expect(url).not.toBe(upload.url)
      expect([400, 403]).toContain(await put(upload, bytes, { url }))
    }
    expect(await leftOf(person, applicationId)).toEqual(nothing)
  })

  it('with an expired URL is refused by the store, and cannot be completed', async () => {
    const hasty = await (await stackForTest()).startGateway({ PRESIGNED_URL_SECONDS: '1' })
    const person = await people(hasty).investor()
    const applicationId = await draft(person)
    const upload = await requestUpload(person, applicationId, bytes)
    const expired = Date.parse(upload.expiresAt) + 1_000
    while (Date.now() <= expired) await new Promise((resolve) => setTimeout(resolve, expired - Date.now() + 1))
    expect(await put(upload, bytes)).toBe(403)
    expect(await person.refusal(documentOperations.complete, { uploadId: upload.id })).toMatchObject({
      code: 'CONFLICT',
    })
  })

  it('that arrived in time may be completed a while later, but not for ever', async () => {
    const { person, applicationId } = await applicant()
    const expire = (id: string, minutes: number) =>
      gateway.services.pool.query(`update uploads set expires_at = now() - make_interval(mins => $2) where id = $1`, [
        id,
        minutes,
      ])
    const late = await requestUpload(person, applicationId, bytes)
    await put(late, bytes)
    await expire(late.id, 5)
    expect(await complete(person, late.id)).toMatchObject({ sha256: sha256(bytes) })
    const tooLate = await requestUpload(person, applicationId, bytes)
    await put(tooLate, bytes)
    await expire(tooLate.id, 60)
    const refusal = await person.refusal(documentOperations.complete, { uploadId: tooLate.id })
    expect(refusal).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('expired') })
  })
})

describe('what is announced', () => {
  const bytes = jpeg('announced')
  const faultsOf = async (person: Person, input: ReturnType<typeof declaration>) => {
    const { code, extensions } = await person.refusal(documentOperations.request, { input })
    expect(code).toBe('BAD_USER_INPUT')
    return (extensions.fields as { path: string }[]).map(({ path }) => path)
  }

  it('is told every fault at once', async () => {
    const { person, applicationId } = await applicant()
    const change = { fileName: '', contentType: 'text/html', size: 0, sha256: 'abc' }
    const paths = await faultsOf(person, declaration(applicationId, bytes, change))
    expect(paths.toSorted()).toEqual(['contentType', 'fileName', 'sha256', 'size'])
  })

  it('D38: has 1 byte to 10 MiB', async () => {
    const { person, applicationId } = await applicant()
    const limit = 10 * 1024 * 1024
    for (const size of [-1, 0, limit + 1, 2 ** 31 - 1]) {
      expect(await faultsOf(person, declaration(applicationId, bytes, { size }))).toEqual(['size'])
    }
    await requestUpload(person, applicationId, bytes, { size: limit })
  })

  it('D35: has a name, and no name gets anywhere near a key', async () => {
    const { person, applicationId } = await applicant()
    const refused = [
      '',
      ' ',
      '\t',
      '.',
      '..',
      '../passport.jpg',
      '../../kyc/victim/passport/x.jpg',
      '/etc/passwd',
      'a/b.jpg',
      'a\\b.jpg',
      '..\\..\\x.jpg',
      'C:\\x.jpg',
      'nul\u0000.jpg',
      'line\nbreak.jpg',
      'return\r.jpg',
      'tab\t.jpg',
      'bell\u0007.jpg',
      'escape\u001b[31m.jpg',
      'delete\u007f.jpg',
      'c1\u0085.jpg',
      'rtl\u202egpj.exe',
      'ltr\u202d.jpg',
      'isolate\u2066x\u2069.jpg',
      'mark\u200e.jpg',
      'arabic\u061c.jpg',
      'zero\u200b.jpg',
      'join\u200d.jpg',
      'bom\ufeff.jpg',
      'soft\u00ad.jpg',
      'line\u2028.jpg',
      'paragraph\u2029.jpg',
      'filler\u3164.jpg',
      'tag\u{e0041}.jpg',
      'private\ue000.jpg',
      'x'.repeat(256),
    ]
    const accepted = [
      'passport.jpg',
      'Pässe 2026 (1).jpg',
      '护照.jpg',
      'паспорт.pdf',
      'جواز.jpg',
      'id "front".png',
      "d'identité.png",
      '100% real & <b>bold; x=1?.jpg',
      '-rf.jpg',
      '.hidden',
      '...',
      'CON.jpg',
      '🛂.jpg',
      'x'.repeat(255),
      '%2e%2e%2f.jpg',
    ]
    for (const fileName of refused) {
      expect([fileName, await faultsOf(person, declaration(applicationId, bytes, { fileName }))]).toEqual([
        fileName,
        ['fileName'],
      ])
    }
    for (const fileName of accepted) {
      const { id, url } = await requestUpload(person, applicationId, bytes, { fileName })
      expect(new URL(url).pathname).toBe(`/user-uploads/${person.id}/temp/${id}`)
    }
  })

  it('D35: a lone half of a character is no name', async () => {
    const { person, applicationId } = await applicant()
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
      body: `{"query":"mutation($i: RequestKycDocumentUploadInput!) { requestKycDocumentUpload(input: $i) { upload { id } } }","variables":{"i":${JSON.stringify(declaration(applicationId, bytes, { fileName: 'half' })).replace('half', 'half\\\\ud800')}}}`,
    })
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  it('D34: is for the applicant, while the application is in their hands', async () => {
    const { person, applicationId } = await applicant()
    const other = await seed.investor()
    const input = declaration(applicationId, bytes)
    const asked = { input }
    expect((await seed.anonymous().refusal(documentOperations.request, asked)).code).toBe('UNAUTHENTICATED')
    const foreign = await other.refusal(documentOperations.request, asked)
    const missing = await other.refusal(documentOperations.request, {
      input: { ...input, applicationId: 'kyc_00000000000000000000000000' },
    })
    expect(foreign).toMatchObject({ code: 'NOT_FOUND' })
    expect(foreign.message).toBe(missing.message)
    // A draft is nobody's business but the applicant's; what was submitted is seen by a reviewer, and theirs alone still.
    expect((await reviewer.refusal(documentOperations.request, asked)).code).toBe('NOT_FOUND')
    const second = await seed.investor()
    const applied = await submitted(second)
    const later = { input: declaration(applied, bytes) }
    expect((await reviewer.refusal(documentOperations.request, later)).code).toBe('FORBIDDEN')
    expect(await second.refusal(documentOperations.request, later)).toMatchObject({
      code: 'CONFLICT',
      extensions: { status: 'SUBMITTED' },
    })
    await requestUpload(person, applicationId, bytes)
  })

  it('D34: another’s upload cannot be completed: it is not there', async () => {
    const { person, applicationId } = await applicant()
    const upload = await requestUpload(person, applicationId, bytes)
    await put(upload, bytes)
    const other = await seed.investor()
    const foreign = await other.refusal(documentOperations.complete, { uploadId: upload.id })
    const missing = await other.refusal(documentOperations.complete, { uploadId: 'upload_00000000000000000000000000' })
    expect(foreign).toMatchObject({ code: 'NOT_FOUND' })
    expect(foreign.message).toBe(missing.message)
    expect((await reviewer.refusal(documentOperations.complete, { uploadId: upload.id })).code).toBe('NOT_FOUND')
    await complete(person, upload.id)
  })

  it('D34: is at most twenty files, however many ask at once', async () => {
    const { person, applicationId } = await applicant()
    await addDocument(person, applicationId, 'the first')
    const asked = await Promise.all(
      Array.from({ length: 25 }, () =>
        person.ask(documentOperations.request, { input: declaration(applicationId, bytes) }),
      ),
    )
    const refused = asked.flatMap(({ errors }) => errors)
    expect(refused).toHaveLength(6)
    for (const { message, extensions } of refused) {
      expect([extensions?.code, message]).toEqual(['CONFLICT', expect.stringContaining('at most 20 documents')])
    }
  })

  it('D34: is at most 50 MiB together', async () => {
    const { person, applicationId } = await applicant()
    const size = 10 * 1024 * 1024
    for (let count = 0; count < 5; count++) await requestUpload(person, applicationId, bytes, { size })
    const refusal = await person.refusal(documentOperations.request, {
      input: declaration(applicationId, bytes, { size: 1 }),
    })
    expect(refusal).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('bytes together') })
  })
})

describe('a download', () => {
  it('D41: is for whoever sees the application; missing and foreign are the same', async () => {
    const { person, applicationId } = await applicant()
    const { id } = await addDocument(person, applicationId, 'mine')
    const stranger = await seed.investor()
    const ask = (whom: Pick<Person, 'refusal'>, documentId: string) =>
      whom.refusal(documentOperations.download, { id: documentId })

    expect((await ask(seed.anonymous(), id)).code).toBe('UNAUTHENTICATED')
    const foreign = await ask(stranger, id)
    const missing = await ask(stranger, 'kycdoc_00000000000000000000000000')
    expect([foreign.code, foreign.message]).toEqual(['NOT_FOUND', missing.message])
    expect((await ask(reviewer, id)).code).toBe('NOT_FOUND')
    expect((await ask(person, 'undefined')).code).toBe('NOT_FOUND')
    expect(await typesOf(applicationId)).toEqual(['document.upload_requested', 'document.added'])

    const applied = await seed.investor()
    const submittedId = await submitted(applied)
    const [document] = (await documentsOf(applied, submittedId)).documents
    for (const whom of [applied, reviewer, await seed.admin()]) {
      const { requestKycDocumentDownload } = await whom.get(documentOperations.download, { id: document!.id })
      expect((await fetch(requestKycDocumentDownload.download.url)).status).toBe(200)
    }
    expect((await ask(stranger, document!.id)).code).toBe('NOT_FOUND')
  })

  it('D42: is an event that says who, what, and until when', async () => {
    const person = await seed.investor()
    const applicationId = await submitted(person)
    const [document] = (await documentsOf(person, applicationId)).documents
    const { version } = await documentsOf(person, applicationId)
    const { requestKycDocumentDownload } = await reviewer.get(documentOperations.download, { id: document!.id })
    const event = (await eventsOf(applicationId)).at(-1)
    expect(event).toMatchObject({
      type: 'document.downloaded',
      actorId: reviewer.id,
      payload: {
        documentId: document!.id,
        sha256: document!.sha256,
        expiresAt: requestKycDocumentDownload.download.expiresAt,
        version,
      },
    })
    expect((await documentsOf(person, applicationId)).version).toBe(version)
  })
})

describe('a deletion', () => {
  it('D43: takes the row at once and every version of the object after it, and says so', async () => {
    const { person, applicationId } = await applicant()
    const kept = await addDocument(person, applicationId, 'kept')
    const { id, sha256: digest } = await addDocument(person, applicationId, 'given up')
    const { version } = await documentsOf(person, applicationId)
    const { deleteKycDocument } = await person.get(documentOperations.remove, { id })
    expect(deleteKycDocument).toEqual({
      deletedDocumentId: id,
      application: { id: applicationId, version: version + 1, documents: [{ id: kept.id }] },
    })
    expect(await leftOf(person, applicationId)).toEqual({
      uploads: [],
      documents: [`${applicationId}/id_front/${kept.id}`],
    })
    const { rows } = await gateway.services.pool.query('select * from object_deletions where document_id = $1', [id])
    expect(rows).toEqual([
      expect.objectContaining({
        bucket: 'kyc-documents',
        storage_key: `${applicationId}/id_front/${id}`,
        requested_by_id: person.id,
        deleted_at: expect.any(Date),
        deleted_versions: 1,
      }),
    ])
    expect((await eventsOf(applicationId)).at(-1)).toMatchObject({
      type: 'document.deleted',
      actorId: person.id,
      payload: { documentId: id, sha256: digest, version: version + 1 },
    })
    expect((await person.refusal(documentOperations.download, { id })).code).toBe('NOT_FOUND')
    expect((await person.refusal(documentOperations.remove, { id })).code).toBe('NOT_FOUND')
  })

  it('of the document of an upload cannot be undone by completing the upload again', async () => {
    const { person, applicationId } = await applicant()
    const { id, uploadId } = await addDocument(person, applicationId, 'given up')
    await person.get(documentOperations.remove, { id })
    const refusal = await person.refusal(documentOperations.complete, { uploadId })
    expect(refusal).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('was deleted') })
    expect(await leftOf(person, applicationId)).toEqual(nothing)
  })

  it('D43: is the applicant’s alone, and never of what a review may rest on', async () => {
    const person = await seed.investor()
    const applicationId = await submitted(person)
    const { documents } = await documentsOf(person, applicationId)
    const id = documents[0]!.id
    const before = await leftOf(person, applicationId)
    expect((await seed.anonymous().refusal(documentOperations.remove, { id })).code).toBe('UNAUTHENTICATED')
    expect((await (await seed.investor()).refusal(documentOperations.remove, { id })).code).toBe('NOT_FOUND')
    expect((await reviewer.refusal(documentOperations.remove, { id })).code).toBe('FORBIDDEN')
    expect(await person.refusal(documentOperations.remove, { id })).toMatchObject({
      code: 'CONFLICT',
      extensions: { status: 'SUBMITTED' },
    })
    const bySql = gateway.services.pool.query('delete from kyc_documents where id = $1', [id])
    await expect(bySql).rejects.toMatchObject({ constraint: 'kyc_documents_application_open' })
    expect(await leftOf(person, applicationId)).toEqual(before)
  })

  it('asked for ten times at once happens once', async () => {
    const { person, applicationId } = await applicant()
    const { id } = await addDocument(person, applicationId, 'given up')
    const answers = await Promise.all(Array.from({ length: 10 }, () => person.ask(documentOperations.remove, { id })))
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions?.code))
    expect(codes).toEqual(Array(9).fill('NOT_FOUND'))
    expect(await typesOf(applicationId)).toEqual(['document.upload_requested', 'document.added', 'document.deleted'])
  })
})
