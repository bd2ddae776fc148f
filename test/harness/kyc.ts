import { createHash } from 'node:crypto'
import type { KycDocumentType } from '../graphql/graphql.ts'
import { graphql } from '../graphql/index.ts'
import type { Person } from './people.ts'

const day = 86_400_000
const dateIn = (days: number) => new Date(Date.now() + days * day).toISOString().slice(0, 10)

/** What a complete application says. */
export const details = {
  firstName: 'Ines',
  lastName: 'Investor',
  dateOfBirth: '1990-02-28',
  nationality: 'PT',
  residenceCountry: 'BE',
  residenceAddress: { street: 'Rue Neuve 1', city: 'Brussels', postalCode: '1000', country: 'BE' },
  idDocumentType: 'PASSPORT',
  idDocumentNumber: 'P1234567',
  idDocumentExpiry: dateIn(800),
} as const

/** The least that a JPEG must have to be recognised as one; `mark` makes one unlike the other. */
const jpeg = (mark: string) =>
  Buffer.concat([
    Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
    Buffer.from(mark),
    Buffer.from('ffd9', 'hex'),
  ])

const create = graphql(`
  mutation CreateApplication($details: KycDetailsInput) {
    createKycApplication(input: { details: $details }) { application { id version status } }
  }
`)
const requestUpload = graphql(`
  mutation RequestDocumentUpload($input: RequestKycDocumentUploadInput!) {
    requestKycDocumentUpload(input: $input) { upload { id url method headers { name value } expiresAt } }
  }
`)
const completeUpload = graphql(`
  mutation CompleteDocumentUpload($uploadId: ID!) {
    completeKycDocumentUpload(input: { uploadId: $uploadId }) { document { id documentType contentType size sha256 } }
  }
`)
const submit = graphql(`
  mutation SubmitApplication($id: ID!) {
    submitKycApplication(input: { applicationId: $id }) { application { id version status submittedAt } }
  }
`)
const approve = graphql(`
  mutation ApproveApplication($id: ID!, $expectedVersion: Int) {
    approveKycApplication(input: { applicationId: $id, expectedVersion: $expectedVersion }) {
      application { id version status expiresAt reviewedAt }
    }
  }
`)
export const kycOperations = { create, requestUpload, completeUpload, submit, approve }

/** Request, PUT, complete: as a frontend does it. */
export async function uploadDocument(
  person: Person,
  applicationId: string,
  documentType: KycDocumentType,
  bytes = jpeg(documentType),
) {
  const { requestKycDocumentUpload } = await person.get(requestUpload, {
    input: {
      applicationId,
      documentType,
      fileName: `${documentType.toLowerCase()}.jpg`,
      contentType: 'image/jpeg',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  })
  const { upload } = requestKycDocumentUpload
  const response = await fetch(upload.url, {
    method: upload.method,
    headers: Object.fromEntries(upload.headers.map(({ name, value }) => [name, value])),
    body: bytes,
  })
  if (!response.ok) throw new Error(`the store refused the upload: ${response.status} ${await response.text()}`)
  const { completeKycDocumentUpload } = await person.get(completeUpload, { uploadId: upload.id })
  return completeKycDocumentUpload.document
}

export async function draft(person: Person): Promise<string> {
  const { createKycApplication } = await person.get(create, { details })
  return createKycApplication.application.id
}

export async function complete(person: Person): Promise<string> {
  const id = await draft(person)
  for (const type of ['ID_FRONT', 'SELFIE', 'PROOF_OF_ADDRESS'] as const) await uploadDocument(person, id, type)
  return id
}

export async function submitted(person: Person): Promise<string> {
  const id = await complete(person)
  await person.get(submit, { id })
  return id
}

export async function approved(person: Person, reviewer: Person): Promise<string> {
  const id = await submitted(person)
  await reviewer.get(approve, { id })
  return id
}
