import { files } from '../fixtures/files.ts'
import { graphql } from '../graphql/index.ts'
import { put, sha256 } from './document.ts'
import type { Person } from './people.ts'

const request = graphql(`
  mutation RequestUpload($input: RequestUploadInput!) {
    requestUpload(input: $input) { upload { id url method headers { name value } expiresAt } }
  }
`)
export const uploadOperations = { request }

type ImageType = 'image/png' | 'image/jpeg' | 'image/webp'
type Change = Partial<{ fileName: string; contentType: string; size: number; sha256: string }>

/** What a client says of these bytes; whatever is changed is a lie. */
export const declared = (bytes: Buffer, change: Change = {}) => ({
  fileName: 'picture.png',
  contentType: 'image/png',
  size: bytes.length,
  sha256: sha256(bytes),
  ...change,
})

export async function requestUpload(person: Person, bytes: Buffer, change: Change = {}) {
  const { requestUpload } = await person.get(request, { input: declared(bytes, change) })
  return requestUpload.upload
}

/** A picture that lies in the store, for whatever takes it over. */
export async function uploadImage(person: Person, mark: string, contentType: ImageType = 'image/png') {
  const bytes = files[contentType](mark)
  const upload = await requestUpload(person, bytes, { contentType })
  const status = await put(upload, bytes)
  if (status !== 200) throw new Error(`the store refused the upload: ${status}`)
  return { id: upload.id, bytes, upload }
}
