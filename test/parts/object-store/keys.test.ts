import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { refusal, useObjectStore } from './setup.ts'

const world = useObjectStore()

const hostile = [
  '../../etc/passwd',
  '..',
  '.',
  './a',
  'a/../b',
  'a/./b',
  '/etc/passwd',
  '//double//slashes//',
  'ends/',
  '%2e%2e/%2e%2e/etc',
  '%00',
  '%',
  '%zz',
  '..\\..\\windows',
  'C:\\boot.ini',
  'con',
  'nul.txt',
  'a',
  'a/b',
  'a/b/c',
  'A',
  'Case',
  'case',
  'trailing.',
  'trailing space ',
  ' leading space',
  'a+b',
  'a b',
  'a&b=c?d#e',
  '<Key>&amp;</Key>',
  `quotes'"`,
  'semi;colon,comma',
  'line\nbreak',
  'carriage\r\nreturn',
  'tab\tand \u0001\u001f control',
  'right\u202Eto left',
  'e\u0301 and \u00e9',
  '身分証明書',
  '😀\uFFFD\uE000',
  '__proto__',
  'constructor',
  '-rf *',
  '~/.ssh/id',
  '$(id) `id` $HOME',
  'x'.repeat(1024),
  '文'.repeat(341),
]

describe('object keys', () => {
  it('any name comes back with its own bytes, and none becomes a path', async () => {
    for (const key of hostile) await world.put(key, `bytes of ${key}`)
    for (const key of hostile) expect(await world.get(key)).toBe(`bytes of ${key}`)

    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket: 'documents' }))
    const inByteOrder = hostile.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(Contents?.map(({ Key }) => Key)).toEqual(inByteOrder)

    for (const file of await world.storedFiles()) expect(file).toMatch(/^[0-9a-f]{32}$/)
    expect(await readdir(join(world.root, 'store'))).toEqual([
      'journal',
      'key-fingerprint',
      'objects',
      'served-by.json',
    ])
    expect(await readdir(world.root)).toEqual(['store', 'store.key'])

    const Objects = hostile.map((Key) => ({ Key }))
    const { Errors } = await world.s3.send(new DeleteObjectsCommand({ Bucket: 'documents', Delete: { Objects } }))
    expect(Errors).toBeUndefined()
    expect(await world.storedFiles()).toEqual([])
  })

  it('a name with NUL, too long, or not UTF-8 is refused', async () => {
    expect(await refusal(world.put('a\0b', 'x'))).toBe('InvalidURI')
    expect(await refusal(world.put('x'.repeat(1025), 'x'))).toBe('KeyTooLongError')
    expect(await refusal(world.put('文'.repeat(342), 'x'))).toBe('KeyTooLongError')
    expect(await world.send('GET', '/documents/%ff')).toBe('400 InvalidURI')
    expect(await world.send('GET', '/documents/%C0%AE%C0%AE')).toBe('400 InvalidURI')
    expect(await world.send('GET', '//evil/x')).toBe('400 InvalidURI')
  })
})
