import { createHash } from 'node:crypto'
import { files } from '../fixtures/files.ts'
import type { KycDocumentType } from '../graphql/graphql.ts'
import { graphql } from '../graphql/index.ts'
import { kycOperations } from './kyc.ts'
import type { Person } from './people.ts'

const read = graphql(`
  query ReadDocument($id: ID!) {
    node(id: $id) {
      id
      ... on KycDocument {
        application { id } documentType fileName contentType size sha256 uploadedAt
      }
    }
  }
`)
const download = graphql(`
  mutation RequestDownload($id: ID!) {
    requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } }
  }
`)
const remove = graphql(`
  mutation DeleteDocument($id: ID!) {
    deleteKycDocument(input: { documentId: $id }) {
      deletedDocumentId application { id version documents { id } }
    }
  }
`)
const documentsOf = graphql(`
  query DocumentsOf($id: ID!) { kycApplication(id: $id) { version documents { id fileName contentType size sha256 } } }
`)
export const documentOperations = {
  request: kycOperations.requestUpload,
  complete: kycOperations.completeUpload,
  read,
  download,
  remove,
  documentsOf,
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

type Change = Partial<{
  documentType: KycDocumentType
  fileName: string
  contentType: string
  size: number
  sha256: string
}>

/** What a client says of these bytes; whatever is changed is a lie. */
export const declaration = (applicationId: string, bytes: Buffer, change: Change = {}) => ({
  applicationId,
  documentType: 'ID_FRONT' as const,
  fileName: 'passport.jpg',
  contentType: 'image/jpeg',
  size: bytes.length,
  sha256: sha256(bytes),
  ...change,
})

export async function requestUpload(person: Person, applicationId: string, bytes: Buffer, change: Change = {}) {
  const { requestKycDocumentUpload } = await person.get(documentOperations.request, {
    input: declaration(applicationId, bytes, change),
  })
  return requestKycDocumentUpload.upload
}
export type Upload = Awaited<ReturnType<typeof requestUpload>>

/** Sends the request as it stands, unless told otherwise, and answers with the status. */
export async function put(
  upload: Upload,
  body: Buffer,
  change: { url?: string; headers?: Record<string, string> } = {},
) {
  const headers = Object.fromEntries(upload.headers.map(({ name, value }) => [name, value]))
  const response = await fetch(change.url ?? upload.url, {
    method: upload.method,
    headers: { ...headers, ...change.headers },
    body: body as Buffer<ArrayBuffer>,
  })
  await response.arrayBuffer()
  return response.status
}

export async function complete(person: Person, uploadId: string) {
  const { completeKycDocumentUpload } = await person.get(documentOperations.complete, { uploadId })
  return completeKycDocumentUpload.document
}

/** A document that is there. */
export async function addDocument(person: Person, applicationId: string, mark: string, change: Change = {}) {
  const bytes = files['image/jpeg'](mark)
  const upload = await requestUpload(person, applicationId, bytes, change)
  const status = await put(upload, bytes)
  if (status !== 200) throw new Error(`the store refused the upload: ${status}`)
  return { ...(await complete(person, upload.id)), bytes, uploadId: upload.id }
}
