import { kycDocumentType } from '../db/schema/document.ts'
import { completeKycDocumentUpload } from '../resolvers/document/complete-upload.ts'
import { deleteKycDocument } from '../resolvers/document/delete.ts'
import { requestKycDocumentDownload } from '../resolvers/document/request-download.ts'
import { requestKycDocumentUpload } from '../resolvers/document/request-upload.ts'
import type { KycDocument as KycDocumentRow } from '../resolvers/document/upload.ts'
import type { KycApplication as KycApplicationRow } from '../resolvers/kyc/application.ts'
import { builder } from './builder.ts'
import { enumValuesOf } from './enums.ts'
import { KycApplication } from './kyc.ts'
import { needs } from './permission.ts'
import { own, reads } from './tags.ts'
import { PresignedUpload } from './upload.ts'

const KycDocumentType = builder.enumType('KycDocumentType', {
  description: 'What a document shows. To be submitted an application needs ID_FRONT, SELFIE and PROOF_OF_ADDRESS.',
  values: {
    ...enumValuesOf(kycDocumentType.enumValues),
    ID_BACK: { value: 'id_back', description: 'Required for other than a passport.' },
  },
})

const KycDocument = builder.drizzleNode('kycDocuments', {
  name: 'KycDocument',
  description: 'A file of an application, as it was checked and stored. It never changes.',
  id: { column: (document) => document.id },
  select: {},
  extensions: reads('kyc'),
  fields: (t) => ({
    application: t.relation('application', { extensions: own, description: 'Whose document it is.' }),
    documentType: t.expose('documentType', { type: KycDocumentType, description: 'What it shows.' }),
    fileName: t.exposeString('fileName', { description: 'As the applicant named it.' }),
    contentType: t.exposeString('contentType', { description: 'What the bytes are, not what the client claimed.' }),
    size: t.exposeInt('size', { description: 'Bytes.' }),
    sha256: t.exposeString('sha256', { description: 'Digest of the bytes, lower-case hexadecimal.' }),
    uploadedAt: t.expose('uploadedAt', { type: 'DateTime', description: 'When its upload was completed.' }),
  }),
})

const PresignedDownload = builder
  .objectRef<Awaited<ReturnType<typeof requestKycDocumentDownload>>>('PresignedDownload')
  .implement({
    description: 'Where a file can be fetched by GET. Whoever has the address may fetch it.',
    fields: (t) => ({
      url: t.expose('url', { type: 'URL', description: 'Answers with the file as an attachment.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the address stops working.' }),
    }),
  })

const RequestUploadInput = builder.inputType('RequestKycDocumentUploadInput', {
  description: 'What will be sent. Anything else is refused when the upload is completed.',
  fields: (t) => ({
    applicationId: t.id({ required: true, description: 'One’s own, in DRAFT or ADDITIONAL_INFO_REQUIRED.' }),
    documentType: t.field({ type: KycDocumentType, required: true, description: 'What the document shows.' }),
    fileName: t.string({
      required: true,
      description: '1 to 255 characters, no path, no control or invisible characters.',
    }),
    contentType: t.string({
      required: true,
      description: 'image/jpeg, image/png, image/webp, image/heic or application/pdf.',
    }),
    size: t.int({ required: true, description: 'Bytes, at most 10 MiB.' }),
    sha256: t.string({ required: true, description: 'Digest of the bytes that will be sent, hexadecimal.' }),
  }),
})
const CompleteUploadInput = builder.inputType('CompleteKycDocumentUploadInput', {
  fields: (t) => ({ uploadId: t.id({ required: true, description: 'As it was answered by the request.' }) }),
})
const RequestDownloadInput = builder.inputType('RequestKycDocumentDownloadInput', {
  fields: (t) => ({ documentId: t.id({ required: true, description: 'The document to fetch.' }) }),
})
const DeleteInput = builder.inputType('DeleteKycDocumentInput', {
  fields: (t) => ({ documentId: t.id({ required: true, description: 'The document to delete.' }) }),
})

const RequestUploadPayload = builder
  .objectRef<{ upload: typeof PresignedUpload.$inferType }>('RequestKycDocumentUploadPayload')
  .implement({
    fields: (t) => ({
      upload: t.expose('upload', { type: PresignedUpload, description: 'The request to send.' }),
    }),
  })
const CompleteUploadPayload = builder
  .objectRef<{ document: KycDocumentRow }>('CompleteKycDocumentUploadPayload')
  .implement({
    fields: (t) => ({
      document: t.field({
        type: KycDocument,
        description: 'What the upload has become.',
        resolve: (payload) => payload.document as never,
      }),
    }),
  })
const RequestDownloadPayload = builder
  .objectRef<{ download: Awaited<ReturnType<typeof requestKycDocumentDownload>> }>('RequestKycDocumentDownloadPayload')
  .implement({
    fields: (t) => ({
      download: t.expose('download', { type: PresignedDownload, description: 'Where to fetch the file.' }),
    }),
  })
const DeletePayload = builder
  .objectRef<{ deletedDocumentId: string; application: KycApplicationRow }>('DeleteKycDocumentPayload')
  .implement({
    fields: (t) => ({
      deletedDocumentId: t.exposeID('deletedDocumentId', { description: 'The document that is no more.' }),
      application: t.field({
        type: KycApplication,
        description: 'As it is after the change.',
        resolve: (payload) => payload.application as never,
      }),
    }),
  })

builder.mutationFields((t) => ({
  requestKycDocumentUpload: t.field({
    type: RequestUploadPayload,
    ...needs('kyc:apply'),
    description:
      'Announces a file and answers with the request that uploads it. CONFLICT while the application may not change, or when it has 20 documents or 50 MiB.',
    args: { input: t.arg({ type: RequestUploadInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ upload: await requestKycDocumentUpload(ctx, input) }),
  }),
  completeKycDocumentUpload: t.field({
    type: CompleteUploadPayload,
    ...needs('kyc:apply'),
    description:
      'Checks what was uploaded and makes it a document; again for the same upload, the same document. CONFLICT when nothing was uploaded yet; BAD_USER_INPUT, and the upload is closed, when it is not what was announced.',
    args: { input: t.arg({ type: CompleteUploadInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ document: await completeKycDocumentUpload(ctx, input) }),
  }),
  requestKycDocumentDownload: t.field({
    type: RequestDownloadPayload,
    ...needs('document:read'),
    description: 'The address of a file, for a while. Each is an entry of the audit trail.',
    args: { input: t.arg({ type: RequestDownloadInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ download: await requestKycDocumentDownload(ctx, input) }),
  }),
  deleteKycDocument: t.field({
    type: DeletePayload,
    ...needs('kyc:apply'),
    description:
      'Deletes a document of one’s own application in DRAFT or ADDITIONAL_INFO_REQUIRED, and its file for good.',
    args: { input: t.arg({ type: DeleteInput, required: true }) },
    resolve: (_root, { input }, ctx) => deleteKycDocument(ctx, input),
  }),
}))
