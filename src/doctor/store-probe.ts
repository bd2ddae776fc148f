import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { bucketName, type ObjectPlace } from '../storage/buckets.ts'
import type { Storage } from '../storage/index.ts'
import { deleteObject, putObject } from '../storage/objects.ts'
import { presignedLife, presignUpload } from '../storage/presign.ts'
import { reasonOf } from '../storage/reason.ts'
import { type Finding, failed, ok, warning } from './check.ts'

const probeMs = 5_000
const contentType = 'application/octet-stream'

type Probe = {
  what: string
  /** Whether the store refused what it should. */
  isRefused(place: ObjectPlace): Promise<boolean>
  /** When it did not: what makes up for it, or what must be done. */
  otherwise: (what: string) => Finding
}

/** What the store does with what it should not take, tried on objects of our own that are gone afterwards. */
export async function probeStore(storage: Storage): Promise<Finding[]> {
  const places: ObjectPlace[] = []
  const newPlace = () => {
    const place: ObjectPlace = { bucket: 'user-uploads', key: `doctor/${randomUUID()}` }
    places.push(place)
    return place
  }
  const enforced: string[] = []
  const findings: Finding[] = []
  try {
    findings.push(await encryptionFinding(storage, newPlace()))
    for (const { what, isRefused, otherwise } of probesOf(storage)) {
      if (await isRefused(newPlace())) enforced.push(what)
      else findings.push(otherwise(what))
    }
    return [ok(`refuses ${enforced.join(', ')}`), ...findings]
  } catch (error) {
    return [...findings, failed(`a trial failed: ${reasonOf(error)}`, 'let this key write and delete in user-uploads')]
  } finally {
    for (const place of places) await deleteObject(storage, place).catch(() => 0)
  }
}

const madeUpFor = (what: string) =>
  ok(`takes ${what}; the gateway reads and checks every upload itself before it counts`)
const open = (advice: string) => (what: string) => failed(`takes ${what}`, advice)

function probesOf(storage: Storage): Probe[] {
  const presigned = (place: ObjectPlace, change: Change) => presignedPut(storage, place, change)
  const isRefusal = (status: number) => status >= 400 && status < 500
  const doesNotSign = open('it does not check signatures: use another store')
  return [
    {
      what: 'requests that nobody signed',
      async isRefused(place) {
        await put(storage, place, randomBytes(8))
        const response = await fetch(urlOf(storage, place), { signal: AbortSignal.timeout(probeMs) })
        await response.body?.cancel()
        return isRefusal(response.status)
      },
      otherwise: open(
        'close user-uploads to the public: run `gatehouse storage apply`, and see the rights of the bucket',
      ),
    },
    {
      what: 'addresses that have expired',
      isRefused: async (place) => isRefusal(await presigned(place, { ageMs: 3_600_000 })),
      otherwise: doesNotSign,
    },
    {
      what: 'uploads of another type',
      isRefused: async (place) => isRefusal(await presigned(place, { contentType: 'text/html' })),
      otherwise: doesNotSign,
    },
    {
      what: 'uploads of another length',
      isRefused: async (place) => isRefusal(await presigned(place, { body: randomBytes(17) })),
      otherwise: madeUpFor,
    },
    {
      what: 'uploads of other bytes',
      isRefused: async (place) => isRefusal(await presigned(place, { body: randomBytes(16) })),
      otherwise: madeUpFor,
    },
    {
      what: 'uploads over what is there',
      async isRefused(place) {
        await put(storage, place, randomBytes(8))
        return isRefusal(await presigned(place, {}))
      },
      otherwise: madeUpFor,
    },
  ]
}

const put = (storage: Storage, place: ObjectPlace, bytes: Buffer) => putObject(storage, place, { bytes, contentType })

const urlOf = (storage: Storage, { bucket, key }: ObjectPlace) =>
  `${storage.endpoint.replace(/\/+$/, '')}/${bucketName(storage, bucket)}/${key}`

type Change = { ageMs?: number; contentType?: string; body?: Buffer }

/** An upload that was declared in one way and is sent in another. By the address that this process uses. */
async function presignedPut(storage: Storage, place: ObjectPlace, change: Change) {
  const bytes = randomBytes(16)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { signedAt, expiresAt } = presignedLife(storage)
  const ageMs = change.ageMs ?? 0
  const life = {
    signedAt: new Date(signedAt.getTime() - ageMs),
    expiresAt: ageMs > 0 ? new Date(signedAt.getTime() - ageMs + 60_000) : expiresAt,
  }
  const upload = await presignUpload(
    { ...storage, publicClient: storage.client },
    place,
    { contentType, size: bytes.length, sha256 },
    life,
  )
  const headers = Object.fromEntries(upload.headers.map(({ name, value }) => [name, value]))
  const response = await fetch(upload.url, {
    method: upload.method,
    headers: { ...headers, ...(change.contentType && { 'content-type': change.contentType }) },
    body: (change.body ?? bytes) as Buffer<ArrayBuffer>,
    signal: AbortSignal.timeout(probeMs),
  })
  await response.body?.cancel()
  return response.status
}

async function encryptionFinding(storage: Storage, place: ObjectPlace): Promise<Finding> {
  const { sse } = storage.settings
  await put(storage, place, randomBytes(8))
  const command = new HeadObjectCommand({ Bucket: bucketName(storage, place.bucket), Key: place.key })
  const head = await storage.client.send(command, { abortSignal: AbortSignal.timeout(probeMs) })
  if (sse === 'off') return ok('is asked for no encryption (S3_SSE=off)')
  if (head.ServerSideEncryption === sse) return ok(`says that it encrypts (${sse})`)
  const advice = 'encrypt its disks, set S3_SSE to what it can, or to off so that it is asked no more'
  return warning(`does not say that it encrypts, though it was asked to (${sse})`, advice)
}
