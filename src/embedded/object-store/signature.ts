import { type BinaryLike, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Claim, readClaim } from './claim.ts'
import { S3Error } from './errors.ts'
import type { S3Request, VerifiedRequest } from './request.ts'

export type Credentials = { accessKeyId: string; secretAccessKey: string }

const maxSkewMs = 15 * 60_000
const maxAheadMs = 5 * 60_000

/**
 * Recomputes each signature over exactly the headers that it names, and refuses what a holder could add beside it:
 * a host that was not signed, or an `x-amz-*` header that was not (a copy source, say).
 */
export function createVerifier(options: { credentials: Credentials; region: string; now: () => number }) {
  const { credentials, region, now } = options
  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  })

  return async function verify(request: S3Request): Promise<VerifiedRequest> {
    const claim = readClaim(request)
    if (!claim) return { ...request, anonymous: true }
    if (claim.accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId')
    assertScope(claim, region)
    const signingDate = dateOf(claim)
    assertInTime(claim, signingDate.getTime(), now())
    assertSigned(claim, request)
    const expected = await recompute(signer, request, claim, signingDate)
    if (!isSame(claim.signature, expected)) throw new S3Error('SignatureDoesNotMatch')
    return { ...request, headers: { ...request.headers, ...hoistedHeaders(request, claim) }, anonymous: false }
  }
}

function malformed(claim: Claim, message: string) {
  return new S3Error(claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message)
}

function assertScope(claim: Claim, region: string) {
  const scope = `${claim.timestamp.slice(0, 8)}/${region}/s3/aws4_request`
  if (claim.scope !== scope) throw malformed(claim, `The credential scope is wrong; expecting '${scope}'`)
}

function dateOf(claim: Claim) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.timestamp)
  const date = new Date(parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z` : Number.NaN)
  if (Number.isNaN(date.getTime())) throw malformed(claim, 'X-Amz-Date must be in the ISO8601 form yyyyMMddTHHmmssZ')
  return date
}

function assertInTime(claim: Claim, signedAt: number, now: number) {
  if (!claim.presigned) {
    if (Math.abs(now - signedAt) > maxSkewMs) throw new S3Error('RequestTimeTooSkewed')
    return
  }
  if (signedAt > now + maxAheadMs) throw new S3Error('AccessDenied', 'Request is not valid yet')
  if (now > signedAt + claim.expiresSeconds * 1000) throw new S3Error('AccessDenied', 'Request has expired')
}

function assertSigned({ signedHeaders }: Claim, { headers }: S3Request) {
  if (!signedHeaders.includes('host')) throw new S3Error('AccessDenied', 'The host header must be signed')
  for (const name of signedHeaders) {
    if (!Object.hasOwn(headers, name))
      throw new S3Error('SignatureDoesNotMatch', `The signed header ${name} is missing`)
  }
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) {
      throw new S3Error('AccessDenied', `There were headers present in the request which were not signed: ${name}`)
    }
  }
}

async function recompute(signer: SignatureV4, request: S3Request, claim: Claim, signingDate: Date) {
  const signed = new Set(claim.signedHeaders)
  const headers = Object.fromEntries(claim.signedHeaders.map((name) => [name, request.headers[name]!]))
  const target = { method: request.method, protocol: 'http:', path: request.path }
  if (!claim.presigned) {
    const query = Object.fromEntries(request.query)
    const { 'x-amz-date': _, ...rest } = headers
    const answer = await signer.sign(new HttpRequest({ ...target, query, headers: rest }), {
      signingDate,
      signableHeaders: signed,
      unsignableHeaders: new Set(),
    })
    return answer.headers.authorization!.split('Signature=')[1]!
  }
  const query = Object.fromEntries([...request.query].filter(([name]) => !isRebuilt(name)))
  const payloadHash = request.query.get('X-Amz-Content-Sha256')
  // The signer hoists this header into the query as it is written. Without one S3 signs the word, outside the query.
  const payload: Record<string, string> = payloadHash
    ? { 'X-Amz-Content-Sha256': payloadHash }
    : { 'x-amz-content-sha256': headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD' }
  const answer = await signer.presign(new HttpRequest({ ...target, query, headers: { ...headers, ...payload } }), {
    signingDate,
    expiresIn: claim.expiresSeconds,
    signableHeaders: signed,
    unhoistableHeaders: payloadHash ? signed : new Set([...signed, 'x-amz-content-sha256']),
    unsignableHeaders: new Set(['x-amz-content-sha256']),
  })
  return String(answer.query?.['X-Amz-Signature'])
}

/** The parameters that the signer writes itself. */
function isRebuilt(name: string) {
  return /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256)$/.test(name)
}

/** A presigned address may carry `x-amz-*` headers as parameters; they count as if they had been sent. */
function hoistedHeaders({ headers, query }: S3Request, claim: Claim) {
  const hoisted: Record<string, string> = {}
  if (!claim.presigned) return hoisted
  for (const [name, value] of query) {
    const header = name.toLowerCase()
    if (!header.startsWith('x-amz-') || (isRebuilt(name) && header !== 'x-amz-content-sha256')) continue
    if (Object.hasOwn(headers, header)) throw new S3Error('InvalidArgument', `${header} was given twice`)
    hoisted[header] = value
  }
  return hoisted
}

function isSame(given: string, expected: string) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The signer's hash interface over node:crypto. */
class Sha256 {
  readonly #secret: BinaryLike | undefined
  #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret instanceof ArrayBuffer ? new Uint8Array(secret) : (secret as BinaryLike | undefined)
    this.#hash = this.#begin()
  }

  #begin() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret)
  }

  update(chunk: Uint8Array) {
    this.#hash.update(chunk)
  }

  async digest() {
    return new Uint8Array(this.#hash.digest())
  }

  reset() {
    this.#hash = this.#begin()
  }
}
