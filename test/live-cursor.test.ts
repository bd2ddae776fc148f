import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { credentialOf } from '../src/auth/credential.ts'
import { createContext } from '../src/context.ts'
import { raiseAlert } from '../src/resolvers/alert.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { retractTokenTransfers } from '../src/resolvers/transfer/retract.ts'
import { schema } from '../src/schema/index.ts'
import { createLive } from '../src/server/live/index.ts'
import { postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { alertsQuery, openLive } from './harness/live.ts'
import { eventually } from './harness/log.ts'
import { address, indexerOn, log } from './harness/transfer.ts'

let stack: Stack
let gateways: TestGateway[]
let person: Person
let credential: { authorization: string }

beforeAll(async () => {
  stack = await startStack()
  gateways = [await stack.startGateway(), await stack.startGateway()]
  person = await people(gateways[0]!).investor()
  credential = { authorization: `Bearer ${person.token}` }
})
afterAll(() => stack.stop())

const alertOn = ({ services }: TestGateway, message: string) => raiseAlert({ services }, { severity: 'info', message })

describe('from now on', () => {
  it('begins with the very moment in which a subscription is accepted, whoever writes', async () => {
    const { services } = gateways[0]!
    const live = createLive(services)
    const ours = credentialOf(credential, services.authSecret)
    const viewer = await services.viewers.resolve(ours!.token)
    for (let round = 0; round < 80; round++) {
      const contextValue = createContext({ services, viewer, requestId: 'test', credential: ours })
      const accepted = await live.subscribe({ schema, document: parse(alertsQuery), contextValue }, null)
      if (!(Symbol.asyncIterator in accepted)) throw new Error(JSON.stringify(accepted))
      // Asked at once, or only when everything has happened.
      const early = round % 3 === 0 ? accepted.next() : null
      // Without Redis one hears of the other's within a second.
      await alertOn(gateways[round % 20 === 7 ? 1 : 0]!, `round ${round}`)
      const { value } = await (early ?? accepted.next())
      expect(value).toMatchObject({ data: { systemAlerts: { alert: { message: `round ${round}` } } } })
      await accepted.return?.()
    }
  })

  it('has everything from the first thing that one sees, whenever one subscribed', async () => {
    const said: string[] = []
    let busy = true
    const writing = (async () => {
      while (busy) {
        const message = `number ${said.length}`
        said.push(message)
        await alertOn(gateways[said.length % 2]!, message)
      }
    })()
    const subscribers = []
    for (let count = 0; count < 5; count++) {
      subscribers.push(await openLive({ url: gateways[0]!.url, credential }))
      subscribers.push(await openLive({ url: gateways[1]!.url, credential }))
      await sleep(count * 7)
    }
    for (const { seen } of subscribers) await eventually(() => seen().length).toBeGreaterThan(3)
    busy = false
    await writing
    for (const { seen } of subscribers) {
      await eventually(() => seen().at(-1)).toBe(said.at(-1))
      expect(seen()).toEqual(said.slice(said.indexOf(seen()[0]!)))
    }
  })
})

describe('a state and its eventCursor, read in one query under writes', () => {
  const read = `query($token: EvmAddress) {
    tokenTransfers(first: 100, filter: { token: $token }) { nodes { id retracted } }
    eventCursor
  }`
  const follow = `subscription($token: EvmAddress, $after: String) {
    tokenTransfers(filter: { token: $token }, after: $after) { kind transfer { id } }
  }`
  type Shown = { tokenTransfers: { nodes: { id: string; retracted: boolean }[] }; eventCursor: string }
  type Told = { tokenTransfers: { kind: 'RECORDED' | 'RETRACTED'; transfer: { id: string } } }

  it('and the events after it make the final state, every time', async () => {
    const token = address()
    const readAt = async (gateway: TestGateway) => {
      const { body } = await postGraphQL(gateway, { query: read, variables: { token } }, credential)
      return body.data as Shown
    }
    let busy = true
    const blocks = Array.from({ length: 80 }, () => log({ token }))
    const write = async (index: number) => {
      const ctx = indexerOn(gateways[index % 2]!.services)
      for (let turn = index; busy; turn += 2) {
        const transfer = blocks[turn % blocks.length]!
        await recordTokenTransfers(ctx, { transfers: [transfer] })
        if (turn % 3 === 0) await retractTokenTransfers(ctx, { chainId: 1, blockHashes: [transfer.blockHash] })
      }
    }
    const writing = [write(0), write(1)]
    const rounds = []
    for (let round = 0; round < 24; round++) {
      const state = await readAt(gateways[round % 2]!)
      const variables = { token, after: state.eventCursor }
      // One session has five sockets at a process: these take turns with what they have seen so far.
      const { url } = gateways[Math.floor(round / 2) % 2]!
      const subscriber = await openLive({ url, credential, query: follow, variables })
      await eventually(() => subscriber.data().length).toBeGreaterThan(round % 5)
      rounds.push({ state, subscriber, variables })
      if (round % 4 === 3) {
        busy = false
        await Promise.all(writing.splice(0))
        const final = stateOf((await readAt(gateways[0]!)).tokenTransfers.nodes)
        for (const { state, subscriber } of rounds.splice(0)) {
          await eventually(() => after(state, subscriber.data<Told>())).toEqual(final)
          subscriber.socket.close()
          await subscriber.closed
        }
        busy = true
        writing.push(write(0), write(1))
      }
    }
    busy = false
    await Promise.all(writing)
  })

  const stateOf = (nodes: Shown['tokenTransfers']['nodes']) =>
    Object.fromEntries(nodes.map(({ id, retracted }) => [id, !retracted]))

  /** Every event changes the state: one that came twice, or that the state knew already, would not. */
  function after({ tokenTransfers }: Shown, told: Told[]) {
    const state: Record<string, boolean> = stateOf(tokenTransfers.nodes)
    for (const { kind, transfer } of told.map((event) => event.tokenTransfers)) {
      const isThere = kind === 'RECORDED'
      if (Boolean(state[transfer.id]) === isThere) return `${kind} ${transfer.id} a second time`
      state[transfer.id] = isThere
    }
    return state
  }
})
