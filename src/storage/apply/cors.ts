import { type CORSRule, GetBucketCorsCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import type { Setting } from './setting.ts'

const maxAgeSeconds = 600

type Options = { method: 'GET' | 'PUT'; origins: readonly string[]; needed: boolean }

/** What pages of these origins may send, and read of the answer. Where no origin is known it stays as it is. */
export function allowPages({ client }: Storage, Bucket: string, { method, origins, needed }: Options): Setting[] {
  if (origins.length === 0) return []
  const rule: CORSRule = {
    AllowedOrigins: [...new Set(origins)],
    AllowedMethods: [method],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: maxAgeSeconds,
  }
  const setting: Setting = {
    what: `requests of pages (CORS, ${method})`,
    needed,
    want: [canonical(rule)],
    async read(options) {
      const { CORSRules } = await client.send(new GetBucketCorsCommand({ Bucket }), options)
      return CORSRules?.map(canonical) ?? null
    },
    write: (options) =>
      client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }), options),
  }
  return [setting]
}

/** Some stores keep the lists as sets, in an order of their own, and header names in lower case. */
const canonical = (rule: CORSRule) => ({
  origins: rule.AllowedOrigins?.toSorted() ?? [],
  methods: rule.AllowedMethods?.toSorted() ?? [],
  headers: rule.AllowedHeaders?.toSorted() ?? [],
  exposed: rule.ExposeHeaders?.map((name) => name.toLowerCase()).toSorted() ?? [],
  maxAgeSeconds: rule.MaxAgeSeconds ?? null,
})
