import { S3Error } from './errors.ts'
import type { S3Request } from './request.ts'

/** What a request says of its own signature, in its headers or in its address (presigned). Nothing of it is proved yet. */
export type Claim = {
  presigned: boolean
  accessKeyId: string
  scope: string
  signedHeaders: readonly string[]
  signature: string
  /** As it was signed: 20260131T235959Z. */
  timestamp: string
  expiresSeconds: number
}

const algorithm = 'AWS4-HMAC-SHA256'
const headerForm = new RegExp(
  `^${algorithm} Credential=([^,\\s]+), ?SignedHeaders=([^,\\s]+), ?Signature=([0-9a-f]{64})$`,
)
const parameterNames = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-Expires',
] as const

export function readClaim(request: S3Request): Claim | undefined {
  const { headers, query } = request
  const presigned = parameterNames.some((name) => query.has(name))
  if (headers.authorization === undefined && !presigned) return undefined
  if (headers.authorization !== undefined && presigned) {
    throw new S3Error('InvalidArgument', 'Only one way of signing a request is allowed')
  }
  if ('x-amz-security-token' in headers || query.has('X-Amz-Security-Token')) throw new S3Error('InvalidToken')
  return presigned ? readParameters(query) : readHeaders(headers)
}

function readHeaders(headers: S3Request['headers']): Claim {
  const [whole, credential, signedHeaders, signature] = headerForm.exec(headers.authorization ?? '') ?? []
  if (whole === undefined) throw new S3Error('AuthorizationHeaderMalformed')
  if (headers['x-amz-content-sha256'] === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  return {
    presigned: false,
    ...splitCredential(credential!),
    signedHeaders: signedHeaders!.split(';'),
    signature: signature!,
    timestamp: headers['x-amz-date'] ?? '',
    expiresSeconds: 0,
  }
}

function readParameters(query: S3Request['query']): Claim {
  const [given, credential, signedHeaders, signature, timestamp, expires] = parameterNames.map((name) =>
    query.get(name),
  )
  if (given !== algorithm || !credential || !signedHeaders || !signature || !timestamp || !expires) {
    throw new S3Error('AuthorizationQueryParametersError')
  }
  if (!/^[1-9][0-9]{0,5}$/.test(expires) || Number(expires) > 604_800) {
    throw new S3Error('AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds')
  }
  return {
    presigned: true,
    ...splitCredential(credential),
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
    expiresSeconds: Number(expires),
  }
}

function splitCredential(credential: string) {
  const slash = credential.indexOf('/')
  return { accessKeyId: credential.slice(0, slash), scope: credential.slice(slash + 1) }
}
