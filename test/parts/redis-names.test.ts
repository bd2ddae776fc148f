import { hash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readSoftware, redisNames } from '../../src/cache/names.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

it('D17: names in Redis are made in one place', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const naming = files.filter((name) => /['"`]gatehouse:/.test(readFileSync(join(source, name), 'utf8')))
  expect(naming).toEqual([join('cache', 'names.ts')])
})

it('D22: nothing that a client sends reaches a name as it is, and two things never have the same', () => {
  const hostile = [
    '*',
    '?',
    '[a-z]',
    'a]',
    '\\',
    ':',
    'a:b',
    '\r\n',
    '\r\nFLUSHALL\r\n',
    '',
    ' ',
    '{x}',
    '"',
    '\0',
    'ü',
  ]
  const names = hostile.flatMap((text) => [
    redisNames.limit(text),
    redisNames.answer('log', text),
    redisNames.answer(text, 'key'),
    redisNames.viewer('log', text),
  ])
  for (const name of names) expect(name).toMatch(/^gatehouse:(limit:\{[\w-]{43}\}|(answer|viewer):[\w-]{43})$/)
  expect(new Set(names).size).toBe(names.length)
  expect(redisNames.answer('a', 'b","c')).not.toBe(redisNames.answer('a","b', 'c'))
})

it('what another version of the software has made has another name', () => {
  const software = readSoftware()
  expect(software).toMatch(/^[\w-]{43}$/)
  const nameUnder = (kind: string, version: string) =>
    `gatehouse:${kind}:${hash('sha256', JSON.stringify([version, 'log', 'key']), 'base64url')}`
  expect(redisNames.answer('log', 'key')).toBe(nameUnder('answer', software))
  expect(redisNames.viewer('log', 'key')).toBe(nameUnder('viewer', software))
})

it('another version is one whose files say something else, wherever they lie', async () => {
  const softwareWith = async (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'cache'))
    cpSync(join(source, 'cache', 'names.ts'), join(folder, 'cache', 'names.ts'))
    writeFileSync(join(folder, 'permissions.ts'), text)
    const copy = (await import(join(folder, 'cache', 'names.ts'))) as { readSoftware: typeof readSoftware }
    return copy.readSoftware()
  }
  const one = await softwareWith('export const all = true')
  expect(await softwareWith('export const all = true')).toBe(one)
  expect(await softwareWith('export const all = false')).not.toBe(one)
})
