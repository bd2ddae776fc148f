import { createHash, createHmac } from 'node:crypto'
import { credentials } from './setup.ts'

/** Presigns a PUT as the specification says, with nothing of the SDK: the payload hash stays out of the address. */
export function presignAlone(
  endpoint: string,
  path: string,
  headers: Record<string, string> = { host: new URL(endpoint).host },
) {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request`
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${credentials.accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${timestamp}`,
    'X-Amz-Expires=900',
    `X-Amz-SignedHeaders=${Object.keys(headers).join('%3B')}`,
  ].join('&')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`)
  const names = Object.keys(headers).join(';')
  const canonical = ['PUT', path, query, ...lines, '', names, 'UNSIGNED-PAYLOAD'].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    )
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', timestamp, scope, hash].join('\n'))
    .digest('hex')
  return `${endpoint}${path}?${query}&X-Amz-Signature=${signature}`
}
