import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const textOf = new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]))

/** What a file imports: packages by name, our own files by their path from src/. */
const importsOf = (file: string) =>
  [...textOf.get(file)!.matchAll(/(?:from|import)\s*\(?['"]([^'"]+)['"]/g)].map(([, name]) =>
    name!.startsWith('.')
      ? relative(source, join(source, dirname(file), name!))
          .split(sep)
          .join('/')
      : name!,
  )
const inRoom = (...rooms: string[]) => files.filter((file) => rooms.some((room) => file.startsWith(`${room}/`)))
const offenders = (found: string[], isOffence: (imported: string, file: string) => boolean) =>
  found.flatMap((file) =>
    importsOf(file)
      .filter((name) => isOffence(name, file))
      .map((name) => `${file} imports ${name}`),
  )

it('use cases, database and log know nothing of GraphQL', () => {
  const isGraphql = (name: string) =>
    /^(graphql|graphql-yoga|graphql-ws|graphql-scalars|@pothos\/.*)$/.test(name) || /^(schema|server)\//.test(name)
  expect(offenders(inRoom('resolvers', 'db', 'log', 'jobs', 'storage', 'auth', 'loaders'), isGraphql)).toEqual([])
})

it('the schema never touches the pool or the driver', () => {
  expect(offenders(inRoom('schema'), (name) => name === 'pg' || name.startsWith('drizzle-orm/node-postgres'))).toEqual(
    [],
  )
  const touching = inRoom('schema').filter((file) => /services\.(pool|tailPool|redis)/.test(textOf.get(file)!))
  expect(touching).toEqual([])
})

it('only config.ts reads the environment', () => {
  expect(files.filter((file) => file !== 'config.ts' && textOf.get(file)!.includes('process.env'))).toEqual([])
})

it('the two entries are imported by nobody', () => {
  expect(offenders(files, (name) => name === 'main.ts' || name === 'cli.ts')).toEqual([])
})

it('no client is made at import time', () => {
  const atTopLevel =
    /^(?:export )?(?:const|let) \w+(?:: [^=]+)? = (?:await )?(?:new (?:pg\.Pool|Pool|Client|Redis|S3Client|RedisPubSub)|create(?:Pool|Db|Services|Auth|Storage|Tails)\()/m
  expect(files.filter((file) => atTopLevel.test(textOf.get(file)!))).toEqual([])
})

it('the builder defines no types', () => {
  expect(textOf.get('schema/builder.ts')).not.toMatch(
    /builder\.(drizzleNode|drizzleObject|objectRef|inputType|enumType)/,
  )
})
