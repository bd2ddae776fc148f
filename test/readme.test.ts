import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getOperationAST, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { submitted } from './harness/kyc.ts'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')
const readme = read('README.md')
const samples = [...readme.matchAll(/^```graphql\n(.*?)^```/gms)].map(([, source]) => parse(source!))

const sample = (name: string) => samples.find((found) => getOperationAST(found)?.name?.value === name) as never

let stack: Stack
let gateway: TestGateway
let person: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  person = await people(gateway).investor()
})
afterAll(() => stack.stop())

describe('D54: whatever the README shows works', () => {
  it('a subscription goes on exactly where the query was', async () => {
    const state = (await person.get(sample('StateAndItsCursor'))) as {
      eventCursor: string
      kycApplications: { nodes: object[] }
    }
    expect(state.kycApplications.nodes).toEqual([])
    const subscription = person.subscribe(sample('WhatCameAfter'), { after: state.eventCursor } as never)
    const id = await submitted(person)
    const steps = [await subscription.next(), await subscription.next()] as { kycStatusChanges: object }[]
    expect(steps.map((step) => step.kycStatusChanges)).toMatchObject([
      { change: { toStatus: 'DRAFT' }, application: { id } },
      { change: { toStatus: 'SUBMITTED' }, application: { id, status: 'SUBMITTED' } },
    ])
    await person.close()
  })

  it('its other operations answer', async () => {
    expect(await person.get(sample('Rates'))).toMatchObject({ exchangeRates: [{ quote: 'EUR' }, { quote: 'USD' }] })
    expect(await person.get(sample('Settings'))).toMatchObject({
      updateUserSettings: { settings: { locale: 'nl-NL', currency: 'EUR' } },
      updateNotificationSettings: { notificationSettings: { preferences: expect.any(Array) } },
    })
    expect(samples.length).toBe(4)
  })

  it('its request of a partner answers', async () => {
    const [, body] = /-d '(.+)'$/m.exec(readme)!
    const owner = await people(gateway).admin()
    const { key } = await people(gateway).key({ owner, scopes: ['kyc:read'] })
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: body!,
    })
    expect(await response.json()).toMatchObject({ data: { kycApplications: { nodes: expect.any(Array) } } })
  })

  it('its scripts and commands exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...readme.matchAll(/npm (?:run )?(?!install)([a-z:]+)/g)].map(([, name]) => name!)
    expect(named.filter((name) => name !== 'run' && !(name in scripts))).toEqual([])
    const used = [...readme.matchAll(/npm run gatehouse -- ([a-z]+(?: [a-z]+)?)/g)].map(([, words]) => words!)
    const known = commands.map((command) => command.name.join(' '))
    expect(used.filter((words) => !known.some((name) => words === name || words.startsWith(`${name} `)))).toEqual([])
  })

  it('its variables are read, and its rooms and links are there', () => {
    const config = read('src/config.ts')
    const variables = [...readme.matchAll(/`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)`/g)].map(([, name]) => name!)
    expect(variables.filter((name) => !config.includes(`${name}:`) && !['AES256'].includes(name))).toEqual([])
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path!)
    expect(links.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
    const tree = readme.slice(readme.indexOf('    src/\n'), readme.indexOf('## Tests'))
    const rooms = [...tree.matchAll(/^ {6}(\S+\/) /gm)].map(([, name]) => `src/${name}`)
    const tops = [...tree.matchAll(/^ {4}(\S+?)\s/gm)].map(([, name]) => name!)
    expect([...rooms, ...tops].filter((path) => !existsSync(new URL(path, root)))).toEqual([])
  })
})
