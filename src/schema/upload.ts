import { requestUpload } from '../resolvers/upload/request-upload.ts'
import { builder } from './builder.ts'
import { needs } from './permission.ts'

type UploadRequest = Awaited<ReturnType<typeof requestUpload>>

const HttpHeader = builder.objectRef<UploadRequest['headers'][number]>('HttpHeader').implement({
  description: 'A header of an HTTP request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'In lower case.' }),
    value: t.exposeString('value', { description: 'To be sent as it stands.' }),
  }),
})

export const PresignedUpload = builder.objectRef<UploadRequest>('PresignedUpload').implement({
  description:
    'An HTTP request to send as it stands: these bytes, this method, exactly these headers, before expiresAt.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Of the upload, for whatever takes it over.' }),
    url: t.expose('url', { type: 'URL', description: 'Where the bytes go. Whoever has it may write there: keep it.' }),
    method: t.exposeString('method', { description: 'PUT.' }),
    headers: t.expose('headers', {
      type: [HttpHeader],
      description: 'All of them are signed. The length of the body is signed too, and sent by every client by itself.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'The request must have begun by then.' }),
  }),
})

const RequestUploadInput = builder.inputType('RequestUploadInput', {
  description: 'What will be sent. Anything else is refused by the store, or when the upload is used.',
  fields: (t) => ({
    fileName: t.string({
      required: true,
      description: '1 to 255 characters, no path, no control or invisible characters. Shown to nobody.',
    }),
    contentType: t.string({
      required: true,
      description: 'image/jpeg, image/png or image/webp. Not SVG, which can run scripts in whoever looks at it.',
    }),
    size: t.int({ required: true, description: 'Bytes, at most 2 MiB.' }),
    sha256: t.string({ required: true, description: 'Digest of the bytes that will be sent, hexadecimal.' }),
  }),
})

const RequestUploadPayload = builder.objectRef<{ upload: UploadRequest }>('RequestUploadPayload').implement({
  fields: (t) => ({
    upload: t.expose('upload', { type: PresignedUpload, description: 'The request to send.' }),
  }),
})

builder.mutationField('requestUpload', (t) =>
  t.field({
    type: RequestUploadPayload,
    ...needs('upload:request'),
    description:
      'Announces a picture of one’s own, a token logo or an avatar, and answers with the request that uploads it. Private, and gone after 7 days unless something takes it over, which happens once and publishes it byte for byte. CONFLICT with 20 uploads that nothing has used.',
    args: { input: t.arg({ type: RequestUploadInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ upload: await requestUpload(ctx, input) }),
  }),
)
