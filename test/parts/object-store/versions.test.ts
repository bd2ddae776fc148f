import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { minuteMs, refusal, useObjectStore } from './setup.ts'

const world = useObjectStore()
const Bucket = 'documents'

beforeAll(() => setVersioning('Enabled'))

function setVersioning(Status: 'Enabled' | 'Suspended') {
  return world.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
}

async function remove(Key: string, VersionId?: string) {
  const { DeleteMarker, VersionId: id } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))
  return { DeleteMarker, VersionId: id }
}

/** Versions and markers of a key, as the listing has them. */
async function history(Prefix: string) {
  const { Versions = [], DeleteMarkers = [] } = await world.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }))
  const entries = [...Versions, ...DeleteMarkers].map(({ VersionId, IsLatest }) => [VersionId, IsLatest])
  return Object.fromEntries(entries) as Record<string, boolean>
}

describe('a bucket with versioning', () => {
  it('keeps every version, and the newest is what a plain read sees', async () => {
    const first = await world.put('kept', 'first')
    const second = await world.put('kept', 'second')
    expect(first.VersionId).not.toBe(second.VersionId)
    expect(await world.get('kept')).toBe('second')
    expect(await world.get('kept', { VersionId: first.VersionId })).toBe('first')
    expect(await history('kept')).toEqual({ [first.VersionId!]: false, [second.VersionId!]: true })
    const CopySource = `${Bucket}/kept?versionId=${first.VersionId}`
    const copy = await world.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy-of-first', CopySource }))
    expect(copy.CopySourceVersionId).toBe(first.VersionId)
    expect(await world.get('copy-of-first')).toBe('first')
  })

  it('marks what is deleted; taking the marker away brings it back', async () => {
    const { VersionId } = await world.put('marked', 'bytes')
    const marker = await remove('marked')
    expect(marker).toEqual({ DeleteMarker: true, VersionId: expect.any(String) })
    expect(await refusal(world.get('marked'))).toBe('NoSuchKey')
    expect(await refusal(world.get('marked', { VersionId: marker.VersionId }))).toBe('MethodNotAllowed')
    expect(await world.get('marked', { VersionId })).toBe('bytes')
    expect(await history('marked')).toEqual({ [VersionId!]: false, [marker.VersionId!]: true })

    expect(await remove('marked', marker.VersionId)).toEqual(marker)
    expect(await world.get('marked')).toBe('bytes')
  })

  it('takes a new object where the key is only marked', async () => {
    await world.put('again', 'first', { IfNoneMatch: '*' })
    expect(await refusal(world.put('again', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed')
    await remove('again')
    await world.put('again', 'second', { IfNoneMatch: '*' })
    expect(await world.get('again')).toBe('second')
  })

  it('removes a version for good, with its bytes; the one before it is the newest again', async () => {
    const first = await world.put('removed', 'first')
    const before = await world.storedFiles()
    const second = await world.put('removed', 'second')
    await remove('removed', second.VersionId)
    expect(await world.get('removed')).toBe('first')
    expect(await world.storedFiles()).toEqual(before)
    expect(await refusal(world.get('removed', { VersionId: second.VersionId }))).toBe('NoSuchVersion')
    expect(await remove('removed', second.VersionId)).toMatchObject({ DeleteMarker: undefined })
    await remove('removed', first.VersionId)
    expect(await history('removed')).toEqual({})
  })

  it('deletes many at once, and what it may not delete keeps nothing else', async () => {
    const { VersionId } = await world.put('many/1', 'bytes')
    await world.put('many/2', 'bytes')
    const Objects = [{ Key: 'many/1', VersionId }, { Key: 'many/2' }, { Key: 'x'.repeat(1025) }]
    const answer = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(answer.Deleted).toEqual([
      { Key: 'many/1', VersionId },
      { Key: 'many/2', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    ])
    expect(answer.Errors).toMatchObject([{ Code: 'KeyTooLongError' }])
    expect(Object.values(await history('many/'))).toEqual([false, true])
    const quiet = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'many/2' }], Quiet: true } })
    expect((await world.s3.send(quiet)).Deleted).toBeUndefined()
  })

  it('when suspended writes one version that has no id, and keeps those that have', async () => {
    const { VersionId } = await world.put('suspended', 'with id')
    await setVersioning('Suspended')
    expect((await world.put('suspended', 'without')).VersionId).toBe('null')
    await world.put('suspended', 'without, again')
    expect(await history('suspended')).toEqual({ [VersionId!]: false, null: true })
    expect(await remove('suspended')).toEqual({ DeleteMarker: true, VersionId: 'null' })
    expect(await history('suspended')).toEqual({ [VersionId!]: false, null: true })
    await remove('suspended', 'null')
    expect(await world.get('suspended')).toBe('with id')
    await setVersioning('Enabled')
  })
})

describe('a bucket with object lock', () => {
  const locked = { Bucket: 'locked' }

  beforeAll(async () => {
    await world.s3.send(new CreateBucketCommand({ ...locked, ObjectLockEnabledForBucket: true }))
  })

  it('keeps a version for as long as its default says', async () => {
    const DefaultRetention = { Mode: 'COMPLIANCE' as const, Days: 1 }
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } }
    await world.s3.send(new PutObjectLockConfigurationCommand({ ...locked, ObjectLockConfiguration }))
    const stored = await world.s3.send(new GetObjectLockConfigurationCommand(locked))
    expect(stored.ObjectLockConfiguration).toEqual(ObjectLockConfiguration)

    const { VersionId } = await world.s3.send(new PutObjectCommand({ ...locked, Key: 'k', Body: 'bytes' }))
    const deletion = { ...locked, Key: 'k', VersionId, BypassGovernanceRetention: true }
    expect(await refusal(world.s3.send(new DeleteObjectCommand(deletion)))).toBe('AccessDenied')
    await world.s3.send(new DeleteObjectCommand({ ...locked, Key: 'k' }))
    const { Body } = await world.s3.send(new GetObjectCommand({ ...locked, Key: 'k', VersionId }))
    expect(await Body!.transformToString()).toBe('bytes')

    world.skewMs = 24 * 60 * minuteMs + minuteMs
    const later = new DeleteObjectCommand(deletion)
    world.s3.config.systemClockOffset = world.skewMs
    expect(await refusal(world.s3.send(later))).toBe('no refusal')
    world.s3.config.systemClockOffset = 0
    world.skewMs = 0
  })

  it('lets only who asks for it by name go past the governance form', async () => {
    const until = new Date(Date.now() + 60 * minuteMs)
    const retention = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: until }
    const put = new PutObjectCommand({ ...locked, Key: 'governed', Body: 'bytes', ...retention })
    const { VersionId } = await world.s3.send(put)
    const head = await world.s3.send(new HeadObjectCommand({ ...locked, Key: 'governed' }))
    expect(head.ObjectLockMode).toBe('GOVERNANCE')
    const deletion = { ...locked, Key: 'governed', VersionId }
    expect(await refusal(world.s3.send(new DeleteObjectCommand(deletion)))).toBe('AccessDenied')
    await world.s3.send(new DeleteObjectCommand({ ...deletion, BypassGovernanceRetention: true }))
    expect(await refusal(world.put('elsewhere', 'bytes', retention))).toBe('InvalidRequest')
  })

  it('keeps a version that is held from everybody, over a restart as well, until the hold is lifted', async () => {
    const bucket = { Bucket: 'with-holds' }
    await world.s3.send(new CreateBucketCommand({ ...bucket, ObjectLockEnabledForBucket: true }))
    const { VersionId } = await world.s3.send(new PutObjectCommand({ ...bucket, Key: 'held', Body: 'bytes' }))
    const version = { ...bucket, Key: 'held', VersionId }
    const hold = (Status: 'ON' | 'OFF') =>
      world.s3.send(new PutObjectLegalHoldCommand({ ...version, LegalHold: { Status } }))
    const status = async () => (await world.s3.send(new GetObjectLegalHoldCommand(version))).LegalHold?.Status
    const removal = () =>
      refusal(world.s3.send(new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true })))
    expect(await status()).toBe('OFF')
    await hold('ON')
    await hold('ON')
    await world.restart()
    expect(await status()).toBe('ON')
    expect((await world.s3.send(new HeadObjectCommand(version))).ObjectLockLegalHoldStatus).toBe('ON')
    expect(await removal()).toBe('AccessDenied')
    const Delete = { Objects: [{ Key: 'held', VersionId }] }
    const { Errors } = await world.s3.send(new DeleteObjectsCommand({ ...bucket, Delete }))
    expect(Errors?.map(({ Code }) => Code)).toEqual(['AccessDenied'])

    // What is put over it, or marks it as deleted, does not touch it.
    await world.s3.send(new PutObjectCommand({ ...bucket, Key: 'held', Body: 'others' }))
    await world.s3.send(new DeleteObjectCommand({ ...bucket, Key: 'held' }))
    const { Body } = await world.s3.send(new GetObjectCommand(version))
    expect(await Body!.transformToString()).toBe('bytes')
    await hold('OFF')
    expect(await removal()).toBe('no refusal')
    expect(await refusal(hold('ON'))).toBe('NoSuchVersion')
  })

  it('is the only one in which a version can be held', async () => {
    await world.put('free', 'bytes')
    const LegalHold = { Status: 'ON' as const }
    const elsewhere = new PutObjectLegalHoldCommand({ Bucket: 'documents', Key: 'free', LegalHold })
    expect(await refusal(world.s3.send(elsewhere))).toBe('InvalidRequest')
    expect(await refusal(world.s3.send(new PutObjectLegalHoldCommand({ ...locked, Key: 'k', LegalHold: {} })))).toBe(
      'MalformedXML',
    )
  })

  it('cannot have its versioning suspended', async () => {
    const suspension = new PutBucketVersioningCommand({ ...locked, VersioningConfiguration: { Status: 'Suspended' } })
    expect(await refusal(world.s3.send(suspension))).toBe('InvalidBucketState')
  })
})
