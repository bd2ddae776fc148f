import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'
import { type Context, createContext } from '../context.ts'
import type { UserRole } from '../db/schema/auth.ts'
import type { KycDocumentType } from '../db/schema/document.ts'
import type { KycStatus } from '../db/schema/kyc.ts'
import { AppError } from '../errors.ts'
import { completeKycDocumentUpload } from '../resolvers/document/complete-upload.ts'
import { requestKycDocumentUpload } from '../resolvers/document/request-upload.ts'
import { createKycApplication } from '../resolvers/kyc/create.ts'
import { submitKycApplication } from '../resolvers/kyc/submit.ts'
import { setUserRoleByEmail } from '../resolvers/user.ts'
import type { Services } from '../services.ts'

type DemoPerson = { name: string; email: string; password: string; role: UserRole; label: string }

const person = (name: string, role: UserRole, label: string): DemoPerson => ({
  name,
  email: `${name.split(' ')[0]!.toLowerCase()}@demo.example`,
  password: 'gatehouse demo',
  role,
  label: `${name}, ${label}`,
})

/** People for trying it out: their sign-ins are printed at the start and offered above GraphiQL. */
export const demoPeople = [
  person('Ines Investor', 'investor', 'has not applied yet'),
  person('Noor Newcomer', 'investor', 'waits for a review'),
  person('Cora Compliance', 'compliance', 'reviews'),
  person('Ada Admin', 'admin', 'administers'),
]

/** Once for a DATA_DIR, by the same use cases that everybody goes through. A start that was killed is gone on with. */
export async function seedDemo(services: Services) {
  for (const person of demoPeople) {
    const id = (await findPerson(services, person)) ?? (await signUp(services, person))
    if (person.name === 'Noor Newcomer') await seedApplication(services, id)
  }
}

/** Whoever signed up and did not get to their role is an investor still; another role was given by somebody since. */
async function findPerson(services: Services, { email, role }: DemoPerson) {
  const query = 'select id, role from users where email = $1'
  const { rows } = await services.pool.query<{ id: string; role: UserRole }>(query, [email])
  if (rows[0]?.role === 'investor') await setUserRoleByEmail({ services }, { email, role })
  return rows[0]?.id
}

async function signUp(services: Services, { name, email, password, role }: DemoPerson) {
  const { user } = await services.auth.api.signUpEmail({ body: { name, email, password } })
  // Nobody reads the mails of demo.example.
  await services.pool.query('update users set email_verified = true where id = $1', [user.id])
  await setUserRoleByEmail({ services }, { email, role })
  return user.id
}

async function seedApplication(services: Services, userId: string) {
  const viewer = {
    kind: 'user',
    id: userId,
    role: 'investor',
    sessionId: '',
    expiresAt: Infinity,
    steppedUpUntil: null,
  } as const
  const ctx = createContext({ services, viewer, requestId: 'demo', credential: null })
  const query = 'select id, status from kyc_applications where user_id = $1 order by created_at limit 1'
  const { rows } = await services.pool.query<{ id: string; status: KycStatus }>(query, [userId])
  const begun = rows[0]
  if (!begun) {
    const { id } = await createKycApplication(ctx, { details: details() })
    await completeApplication(ctx, id)
  } else if (begun.status === 'draft') {
    try {
      await completeApplication(ctx, begun.id)
    } catch (error) {
      // Somebody has made it theirs meanwhile: it need not be complete any more.
      if (!(error instanceof AppError)) throw error
      services.logger.warn({ err: error }, "the demo's application stays a draft")
    }
  }
}

const details = () => ({
  firstName: 'Noor',
  lastName: 'Newcomer',
  dateOfBirth: '1991-04-17',
  nationality: 'NL',
  residenceCountry: 'NL',
  residenceAddress: {
    street: 'Keizersgracht 1',
    city: 'Amsterdam',
    state: null,
    postalCode: '1015 CJ',
    country: 'NL',
  },
  idDocumentType: 'passport' as const,
  idDocumentNumber: 'NX4711082',
  idDocumentExpiry: `${new Date().getUTCFullYear() + 4}-06-30`,
})

async function completeApplication(ctx: Context, applicationId: string) {
  const query = 'select document_type as type from kyc_documents where application_id = $1'
  const { rows } = await ctx.services.pool.query<{ type: KycDocumentType }>(query, [applicationId])
  const documents = [
    ['id_front', 'image/png', picture([32, 96, 160])],
    ['selfie', 'image/png', picture([200, 140, 60])],
    ['proof_of_address', 'application/pdf', page('Proof of address')],
  ] as const
  for (const [documentType, contentType, bytes] of documents) {
    if (!rows.some(({ type }) => type === documentType)) {
      await upload(ctx, applicationId, documentType, contentType, bytes)
    }
  }
  await submitKycApplication(ctx, { applicationId, expectedVersion: null })
}

async function upload(
  ctx: Context,
  applicationId: string,
  documentType: KycDocumentType,
  contentType: string,
  bytes: Buffer,
) {
  const requested = await requestKycDocumentUpload(ctx, {
    applicationId,
    documentType,
    fileName: `${documentType}.${contentType.split('/')[1]}`,
    contentType,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  const headers = Object.fromEntries(requested.headers.map(({ name, value }) => [name, value]))
  const response = await fetch(requested.url, { method: requested.method, headers, body: bytes as BodyInit })
  if (!response.ok) throw new Error(`The object store refused a demo document: ${response.status}`)
  await completeKycDocumentUpload(ctx, { uploadId: requested.id })
}

/** A plain picture, as PNG (ISO/IEC 15948). */
function picture([red, green, blue]: [number, number, number]): Buffer {
  const [width, height] = [320, 200]
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.of(red, green, blue))])
  const rows = Buffer.concat(Array.from({ length: height }, () => row))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** One page with one line, as PDF (ISO 32000). */
function page(text: string): Buffer {
  const content = `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  return Buffer.from(
    `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
  )
}
