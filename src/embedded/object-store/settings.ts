import { type Answer, xmlAnswer } from './answer.ts'
import { readDocument } from './body.ts'
import { parseCors } from './cors.ts'
import { S3Error, type S3ErrorCode } from './errors.ts'
import { assertObjectLock } from './object-lock.ts'
import type { VerifiedRequest } from './request.ts'
import type { Bucket } from './state.ts'
import { findBucket, type Store } from './store.ts'
import { childrenOf, element, parseXml, s3Document, text, textAt } from './xml.ts'

type Setting = {
  name: string
  check: (document: string, bucket: Bucket) => void
  /** What a bucket that has none answers: a document, or this refusal. */
  missing: S3ErrorCode | { document: string }
  canDelete: boolean
}

const defaultEncryption = s3Document('ServerSideEncryptionConfiguration', [
  element('Rule', [element('ApplyServerSideEncryptionByDefault', [text('SSEAlgorithm', 'AES256')])]),
])

/** Documents about a bucket, kept and given back as they came. Those that have no effect say so. */
const settings: Setting[] = [
  // Access goes by signature and `publicBuckets` alone: a policy is kept to be read back, not evaluated.
  { name: 'policy', check: assertPolicy, missing: 'NoSuchBucketPolicy', canDelete: true },
  {
    // Nothing expires by itself here: the gateway's own jobs delete.
    name: 'lifecycle',
    check: (document) => rootNamed(document, 'LifecycleConfiguration'),
    missing: 'NoSuchLifecycleConfiguration',
    canDelete: true,
  },
  { name: 'cors', check: parseCors, missing: 'NoSuchCORSConfiguration', canDelete: true },
  { name: 'encryption', check: assertEncryption, missing: { document: defaultEncryption }, canDelete: true },
  {
    name: 'publicAccessBlock',
    check: (document) => rootNamed(document, 'PublicAccessBlockConfiguration'),
    missing: 'NoSuchPublicAccessBlockConfiguration',
    canDelete: true,
  },
  {
    name: 'object-lock',
    check: (document, bucket) => {
      assertObjectLock(document)
      if (bucket.settings.get('versioning') !== 'Enabled') throw new S3Error('InvalidBucketState')
    },
    missing: 'ObjectLockConfigurationNotFoundError',
    canDelete: false,
  },
]

export const settingNames = settings.map(({ name }) => name)

export const deletableSettingNames = settings.filter(({ canDelete }) => canDelete).map(({ name }) => name)

export function getSetting(name: string) {
  const { missing } = settingNamed(name)
  const contentType = name === 'policy' ? 'application/json' : 'application/xml'
  return async (store: Store, request: VerifiedRequest): Promise<Answer> => {
    await readDocument(request)
    const stored = findBucket(store, request.bucket).settings.get(name)
    if (stored === undefined && typeof missing === 'string') throw new S3Error(missing)
    const body = stored ?? (missing as { document: string }).document
    return { status: 200, headers: { 'content-type': contentType }, body }
  }
}

export function putSetting(name: string) {
  const setting = settingNamed(name)
  return async (store: Store, request: VerifiedRequest): Promise<Answer> => {
    const value = await readDocument(request)
    return store.commit(() => {
      const bucket = findBucket(store, request.bucket)
      setting.check(value, bucket)
      const status = name === 'policy' ? 204 : 200
      return { changes: [{ type: 'bucket-configured', bucket: bucket.name, setting: name, value }], result: { status } }
    })
  }
}

export function deleteSetting(name: string) {
  return async (store: Store, request: VerifiedRequest): Promise<Answer> => {
    await readDocument(request)
    return store.commit(() => {
      const bucket = findBucket(store, request.bucket)
      const change = { type: 'bucket-configured', bucket: bucket.name, setting: name, value: null } as const
      return { changes: bucket.settings.has(name) ? [change] : [], result: { status: 204 } }
    })
  }
}

export async function getVersioning(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const status = findBucket(store, request.bucket).settings.get('versioning')
  return xmlAnswer(s3Document('VersioningConfiguration', [text('Status', status)]))
}

export async function putVersioning(store: Store, request: VerifiedRequest): Promise<Answer> {
  const root = rootNamed(await readDocument(request), 'VersioningConfiguration')
  const value = textAt(root, 'Status')
  if (value !== 'Enabled' && value !== 'Suspended') throw new S3Error('MalformedXML')
  if (textAt(root, 'MfaDelete') === 'Enabled') throw new S3Error('NotImplemented', 'MFA delete is not implemented')
  return store.commit(() => {
    const bucket = findBucket(store, request.bucket)
    if (value === 'Suspended' && bucket.settings.has('object-lock')) throw new S3Error('InvalidBucketState')
    const change = { type: 'bucket-configured', bucket: bucket.name, setting: 'versioning', value } as const
    return { changes: [change], result: { status: 200 } }
  })
}

function settingNamed(name: string) {
  const setting = settings.find((candidate) => candidate.name === name)
  if (!setting) throw new Error(`There is no bucket setting ${name}`)
  return setting
}

function rootNamed(document: string, name: string) {
  const root = parseXml(document)
  if (root?.name !== name) throw new S3Error('MalformedXML')
  return root
}

function assertPolicy(document: string) {
  try {
    if (Array.isArray(JSON.parse(document).Statement)) return
  } catch {}
  throw new S3Error('MalformedPolicy')
}

function assertEncryption(document: string) {
  const root = rootNamed(document, 'ServerSideEncryptionConfiguration')
  const algorithms = childrenOf(root, 'Rule').map((rule) =>
    textAt(rule, 'ApplyServerSideEncryptionByDefault', 'SSEAlgorithm'),
  )
  if (algorithms.length === 0) throw new S3Error('MalformedXML')
  if (algorithms.some((algorithm) => algorithm !== 'AES256')) {
    throw new S3Error('NotImplemented', 'Of the encryptions only AES256 is implemented')
  }
}
