import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const contract = buildSchema(read('./contract.graphql'))

/** Every name that clients may rely on, with its type as it is written: nullability and defaults included. */
function lines(source: GraphQLSchema): Map<string, string> {
  const found = new Map<string, string>()
  const argument = (at: string, { name, type, defaultValue }: GraphQLArgument) =>
    found.set(`${at}.${name}`, `${type}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`)
  const describe = (type: GraphQLNamedType) => {
    found.set(type.name, type.constructor.name)
    if (isEnumType(type)) for (const value of type.getValues()) found.set(`${type.name}.${value.name}`, 'value')
    if (isObjectType(type))
      for (const { name } of type.getInterfaces()) found.set(`${type.name} implements ${name}`, 'interface')
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) argument(type.name, field)
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        found.set(`${type.name}.${field.name}`, String(field.type))
        for (const each of field.args) argument(`${type.name}.${field.name}`, each)
      }
    }
  }
  for (const type of Object.values(source.getTypeMap())) if (!type.name.startsWith('__')) describe(type)
  return found
}

const promised = lines(contract)
const given = lines(schema)

it('whatever the contract names and the schema has is written the same, nullability and defaults included', () => {
  const different = [...promised]
    .filter(([name, type]) => given.has(name) && given.get(name) !== type)
    .map(([name, type]) => `${name}: ${given.get(name)} instead of ${type}`)
  expect(different).toEqual([])
})

it('an argument or input field that the contract does not have is optional', () => {
  const inputs = [...given].filter(
    ([name]) => !promised.has(name) && promised.has(name.slice(0, name.lastIndexOf('.'))),
  )
  const required = inputs.filter(([name, type]) => type.endsWith('!') && /Input\.|\.\w+\.\w+$/.test(name))
  expect(required).toEqual([])
})

it('what is still to come is known by name', () => {
  const ofKnownType = (name: string) => given.has(name.split(/[. ]/)[0]!)
  const missing = [...promised.keys()].filter((name) => !given.has(name))
  const types = missing.filter((name) => !/[. ]/.test(name) && !/(Input|Payload|Edge|Connection|Filter)$/.test(name))
  const members = missing.filter((name) => /[. ]/.test(name) && ofKnownType(name) && name.split('.').length < 3)
  expect({ types: types.sort(), members: members.sort() }).toMatchInlineSnapshot(`
    {
      "members": [],
      "types": [],
    }
  `)
})

it('schema.graphql is what the code says', () => {
  expect(read('../../schema.graphql')).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`)
})

it('every type, field and argument that we name is described', () => {
  const bare: string[] = []
  const introduced = (name: string) => !/Input$|Payload$|Edge$|Connection$|PageInfo|^__/.test(name)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !introduced(type.name)) continue
    for (const field of Object.values(type.getFields())) {
      if (!field.description && field.name !== 'id') bare.push(`${type.name}.${field.name}`)
    }
  }
  expect(bare).toEqual([])
})
