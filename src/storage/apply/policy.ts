import { DeleteObjectCommand, GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import { statusOf } from '../reason.ts'
import { type Bounded, NotKeptError, type Setting } from './setting.ts'

export type Statement = {
  Sid: string
  Effect: 'Allow' | 'Deny'
  Principal: '*'
  Action: string
  Resource: string
  Condition?: Record<string, Record<string, string | string[]>>
}
type Options = { what: string; needed: boolean; statements: (objects: string) => Statement[] }

/** Only about objects: a policy that is wrong can be replaced. */
export function policy(storage: Storage, Bucket: string, { what, needed, statements }: Options): Setting {
  const { client } = storage
  const objects = `arn:aws:s3:::${Bucket}/*`
  const secured = isSecure(storage) ? [onlyOverTls(objects)] : []
  const wanted = [...statements(objects), ...secured]

  const put = (Statement: Statement[], options: Bounded) =>
    client.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
      options,
    )

  /**
   * A store behind a proxy where TLS ends may take every request for one in the clear: the condition would shut everybody
   * out. So it is tried on a key that nobody uses, by a request that would change nothing.
   */
  async function seesTls(options: Bounded) {
    const triedKey = 'gatehouse/tls'
    await put([...statements(objects), onlyOverTls(`arn:aws:s3:::${Bucket}/${triedKey}`)], options)
    const statusFor = (Key: string) =>
      client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: 'null' }), options).then(() => 204, statusOf)
    return (await statusFor(triedKey)) === (await statusFor('gatehouse/other'))
  }

  return {
    what,
    needed,
    want: wanted.map(canonical).toSorted(bySid),
    async read(options) {
      const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }), options)
      return (JSON.parse(Policy ?? '{}') as { Statement?: Statement[] }).Statement?.map(canonical).toSorted(bySid)
    },
    async write(options) {
      if (secured.length === 0 || (await seesTls(options))) return put(wanted, options)
      await put(statements(objects), options)
      throw new NotKeptError(
        'it has the policy but for "only over TLS": the store takes our TLS requests for plain ones, so TLS ends before it and it does not trust the header of the proxy',
      )
    },
  }
}

/** What the gateway itself uses in the clear cannot be forbidden. */
const isSecure = ({ endpoint, publicEndpoint }: Storage) =>
  [endpoint, publicEndpoint].every((url) => url.startsWith('https:'))

const onlyOverTls = (Resource: string): Statement => ({
  Sid: 'OnlyOverTls',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource,
  // Ceph has this key only for requests over TLS.
  Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } },
})

const refuse = (Sid: string, header: string, values: string[]) => (Resource: string) => ({
  Sid,
  Effect: 'Deny' as const,
  Principal: '*' as const,
  Action: 's3:PutObject',
  Resource,
  Condition: { StringLike: { [`s3:${header}`]: values } },
})

/** Nobody publishes an object by an ACL, where a store minds them. */
export const noGrants = refuse('NoGrants', 'x-amz-acl', ['public-*', 'authenticated-*'])

/** The holder of a presigned PUT can add headers that were not signed where a store does not mind (Ceph). */
export const noCopies = refuse('NoCopies', 'x-amz-copy-source', ['*'])

/** Objects by name, for everybody; a listing of them for nobody. */
export const publicReads = (Resource: string): Statement => ({
  Sid: 'PublicReads',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource,
})

/** Stores give back one value or a list of one, and everybody as `*` or as `{ AWS: "*" }`. */
function canonical({ Sid, Effect, Principal, Action, Resource, Condition }: Statement) {
  const conditions = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => [operator, key, ...listOf(values)]),
  )
  return {
    Sid,
    Effect,
    principals: listOf(typeof Principal === 'object' ? ((Principal as { AWS?: string }).AWS ?? '') : Principal),
    actions: listOf(Action),
    resources: listOf(Resource),
    conditions: conditions.toSorted(),
  }
}

const listOf = (value: string | string[]) => [value].flat().map(String).toSorted()
const bySid = (a: { Sid: string }, b: { Sid: string }) => (a.Sid < b.Sid ? -1 : 1)
