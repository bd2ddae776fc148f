import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { refusal, useObjectStore } from './setup.ts'

const world = useObjectStore()
const Bucket = 'documents'
const keys = ['a', 'a/1', 'a/2', 'a/b/1', 'a/b/2', 'b', 'c/1', 'c/2', 'd', 'd/', 'é', '文']

beforeAll(async () => {
  for (const key of keys.toReversed()) await world.put(key, key)
})

async function list(input: Partial<ListObjectsV2CommandInput>) {
  const answer = await world.s3.send(new ListObjectsV2Command({ Bucket, ...input }))
  const names = [
    ...(answer.Contents ?? []).map(({ Key }) => Key),
    ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
  ]
  return { ...answer, names }
}

async function listPages(input: Partial<ListObjectsV2CommandInput>, pageSize: number) {
  const pages: string[][] = []
  for await (const page of paginateListObjectsV2({ client: world.s3, pageSize }, { Bucket, ...input })) {
    pages.push([
      ...(page.Contents ?? []).map(({ Key }) => Key!),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    ])
    expect(page.KeyCount).toBe(pages.at(-1)!.length)
  }
  return pages
}

describe('a listing', () => {
  it('has each key once, in the order of the bytes, whatever the size of its pages', async () => {
    for (const pageSize of [1, 2, 5, 11, 12, 1000]) {
      const pages = await listPages({}, pageSize)
      expect(pages.flat()).toEqual(keys)
      expect(pages).toHaveLength(Math.ceil(keys.length / pageSize))
    }
  })

  it('has keys that share a prefix up to the delimiter once, across pages too', async () => {
    const expected = ['a', 'a/', 'b', 'c/', 'd', 'd/', 'é', '文'].toSorted()
    for (const pageSize of [1, 2, 3, 1000]) {
      expect((await listPages({ Delimiter: '/' }, pageSize)).flat().toSorted()).toEqual(expected)
    }
    expect((await list({ Prefix: 'a/', Delimiter: '/' })).names).toEqual(['a/1', 'a/2', 'a/b/'])
    expect((await list({ Prefix: 'c' })).names).toEqual(['c/1', 'c/2'])
    expect((await list({ Prefix: 'none' })).names).toEqual([])
  })

  it('begins behind a given key', async () => {
    expect((await list({ StartAfter: 'c/1' })).names).toEqual(['c/2', 'd', 'd/', 'é', '文'])
    expect((await list({ StartAfter: 'c/1x', MaxKeys: 1 })).names).toEqual(['c/2'])
    expect((await list({ MaxKeys: 0 })).IsTruncated).toBe(false)
    expect((await list({ EncodingType: 'url', Prefix: '文' })).names).toEqual(['%E6%96%87'])
    expect((await list({ Prefix: 'b', FetchOwner: true })).Contents).toMatchObject([
      { Size: 1, Owner: { ID: 'gatehouse' } },
    ])
  })

  it('is refused with a token or a size that makes no sense', async () => {
    expect(await refusal(list({ ContinuationToken: 'x' }))).toBe('InvalidArgument')
    expect(await refusal(list({ MaxKeys: -1 }))).toBe('InvalidArgument')
    expect(await refusal(list({ Bucket: 'absent' }))).toBe('NoSuchBucket')
  })

  it('of versions has each once across pages, and leaves out nothing that the current listing hides', async () => {
    await world.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    for (const key of ['v/1', 'v/2', 'v/3']) for (const body of ['x', 'xx', 'xxx']) await world.put(key, body)
    for (const MaxKeys of [1, 2, 4, 1000]) {
      const seen: string[] = []
      let markers: { KeyMarker?: string; VersionIdMarker?: string } = {}
      for (;;) {
        const page = await world.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v/', MaxKeys, ...markers }))
        for (const { Key, Size, IsLatest } of page.Versions ?? []) seen.push(`${Key} ${Size} ${IsLatest}`)
        if (!page.IsTruncated) break
        markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      }
      expect(seen).toEqual(
        ['v/1', 'v/2', 'v/3'].flatMap((key) => [`${key} 3 true`, `${key} 2 false`, `${key} 1 false`]),
      )
    }
    const folded = await world.s3.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }))
    expect(folded.CommonPrefixes).toEqual([{ Prefix: 'a/' }])
    expect(folded.NextKeyMarker).toBe('a/')
    const next = { Bucket, Delimiter: '/', MaxKeys: 2, KeyMarker: 'a/' }
    const rest = await world.s3.send(new ListObjectVersionsCommand(next))
    expect(rest.Versions?.map(({ Key }) => Key)).toEqual(['b'])
    expect(rest.CommonPrefixes).toEqual([{ Prefix: 'c/' }])
  })
})
