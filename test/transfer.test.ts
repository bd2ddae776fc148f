import { print } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { encodeCursor } from '../src/log/cursor.ts'
import type { LoggedEvent } from '../src/log/event.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import type { TransferLog } from '../src/resolvers/transfer/transfer.ts'
import type { TokenTransferInput, TransfersQuery, TransfersQueryVariables } from './graphql/graphql.ts'
import { type Person, people, type Stack, startStack, type TestClient, type TestGateway } from './harness/index.ts'
import { compareWithLog, keepLedger, nothingWrong } from './harness/ledger.ts'
import { openLive } from './harness/live.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'
import { address, block, hash, indexerOn, log, transferOperations, zero } from './harness/transfer.ts'

const { record, retract, list, follow } = transferOperations
let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let reader: Person
let indexer: TestClient
let indexerId: string

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  reader = await seed.investor()
  const key = await seed.key({ owner: await seed.admin(), scopes: ['transfers:write'] })
  indexer = key
  indexerId = key.id
})
afterAll(() => stack.stop())

const inputOf = (given: TransferLog) => ({ ...given, timestamp: given.timestamp.toISOString() }) as TokenTransferInput
const send = async (...transfers: TransferLog[]) =>
  (await indexer.get(record, { transfers: transfers.map(inputOf) })).recordTokenTransfers
const refuse = (...transfers: TransferLog[]) => indexer.refusal(record, { transfers: transfers.map(inputOf) })
const takeBack = async (chainId: number, ...blockHashes: string[]) =>
  (await indexer.get(retract, { chainId, blockHashes })).retractTokenTransfers
const pageOf = async (variables: TransfersQueryVariables): Promise<TransfersQuery['tokenTransfers']> =>
  (await reader.get(list, variables)).tokenTransfers
const shown = async (filter: object) => (await pageOf({ first: 100, filter })).nodes
const lower = (text: unknown) => String(text).toLowerCase()

/** The events of a token, and those of the log in all. */
const eventsOf = async (token: string) =>
  (await logOf(gateway.services, 'transfers')).filter((event) => event.payload.token === token)
const summaries = (events: LoggedEvent[]) =>
  events.map(({ type, payload }) => `${type} ${payload.blockNumber}/${payload.logIndex}`)
const cursorOf = (event: LoggedEvent) => encodeCursor({ transfers: event })
const before = ({ position, previousHash }: LoggedEvent) => ({ position: position - 1, hash: previousHash })

describe('recordTokenTransfers', () => {
  it('records what an indexer saw, shows it to whoever is signed in, and leaves an event with all of it', async () => {
    const sent = log({ amount: (2n ** 256n - 1n).toString(), blockNumber: (2n ** 63n - 1n).toString(), logIndex: 7 })
    const { recorded, duplicates, eventCursor } = await send(sent)
    expect({ recorded, duplicates }).toEqual({ recorded: 1, duplicates: 0 })
    const [found, ...others] = await shown({ token: sent.token })
    expect(others).toEqual([])
    const { id, ...rest } = found!
    expect({ ...rest, token: lower(rest.token), from: lower(rest.from), to: lower(rest.to) }).toEqual({
      ...inputOf(sent),
      kind: 'TRANSFER',
      retracted: false,
    })
    // EIP-55: shown with its checksum, whatever was sent.
    expect(found!.token).toMatch(/^0x(?=.*[A-F])/)
    const [event] = await eventsOf(sent.token)
    expect(event).toMatchObject({
      type: 'transfer.recorded',
      subjectId: id,
      actorId: indexerId,
      tags: ['transfers', `transfers:1:${sent.token}`],
      payload: { ...sent, kind: 'transfer', timestamp: sent.timestamp.getTime() },
    })
    expect(eventCursor).toBe(cursorOf(event!))
  })

  it('knows a mint and a burn by the zero address, and refuses what is both', async () => {
    const [mint, burn, transfer] = block(3, { token: address() })
    await send({ ...mint!, from: zero }, { ...burn!, to: zero }, transfer!)
    expect((await shown({ token: mint!.token })).map(({ kind }) => kind)).toEqual(['TRANSFER', 'BURN', 'MINT'])
    const { code, extensions } = await refuse(log(), log({ from: zero, to: zero }))
    expect(code).toBe('BAD_USER_INPUT')
    expect(extensions.fields).toMatchObject([{ path: 'transfers.1.to' }])
  })

  it('is idempotent: the same again changes nothing, in the same call or in another, in any case of letters', async () => {
    const [one, two] = block(2, { token: address() })
    expect(await send(one!, two!, one!)).toMatchObject({ recorded: 2, duplicates: 1 })
    const upper = (text: string) => `0x${text.slice(2).toUpperCase()}`
    const again = { ...one!, blockHash: upper(one!.blockHash), from: upper(one!.from), to: upper(one!.to) }
    const before = await logOf(gateway.services, 'transfers')
    const answer = await send(two!, again)
    expect(answer).toEqual({ recorded: 0, duplicates: 2, eventCursor: cursorOf(before.at(-1)!) })
    expect(await logOf(gateway.services, 'transfers')).toHaveLength(before.length)
    expect(await shown({ token: one!.token })).toHaveLength(2)
  })

  it('takes the same log index of another block, another chain or another index for another transfer', async () => {
    const one = log()
    const others = [
      { ...one, blockHash: hash() },
      { ...one, chainId: 2 },
      { ...one, logIndex: 1 },
    ]
    expect(await send(one, ...others)).toMatchObject({ recorded: 4, duplicates: 0 })
  })

  it.each<[string, Partial<TransferLog>]>([
    ['token', { token: address() }],
    ['sender', { from: address() }],
    ['receiver', { to: address() }],
    ['amount', { amount: '1' }],
    ['height', { blockNumber: '9' }],
    ['transaction', { transactionHash: hash() }],
    ['time', { timestamp: new Date(0) }],
  ])('refuses another %s in the place of what is stored, and records nothing of the call', async (_name, change) => {
    const stored = log()
    const fresh = log()
    await send(stored)
    const { code, message, extensions } = await refuse(fresh, { ...stored, ...change })
    expect({ code, fields: extensions.fields }).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'transfers.1' }],
    })
    expect(message).toContain('transfers.1')
    expect(await shown({ token: fresh.token })).toEqual([])
    expect(await eventsOf(fresh.token)).toEqual([])
    expect(await eventsOf(stored.token)).toHaveLength(1)
  })

  it('refuses two logs in the same place of one call', async () => {
    const one = log()
    const { code, extensions } = await refuse(log(), one, { ...one, amount: '7' })
    expect(code).toBe('BAD_USER_INPUT')
    expect(extensions.fields).toMatchObject([{ path: 'transfers.2' }])
    expect(await shown({ token: one.token })).toEqual([])
  })

  it('takes 500 at a time and not one more', async () => {
    const many = block(501, { token: address() })
    expect(await refuse(...many)).toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(await shown({ token: many[0]!.token })).toEqual([])
    expect(await send(...many.slice(1))).toMatchObject({ recorded: 500 })
    expect(await send()).toMatchObject({ recorded: 0, duplicates: 0 })
  })

  it('takes 500 of the longest values there are', async () => {
    const longest = {
      chainId: Number.MAX_SAFE_INTEGER,
      amount: (2n ** 256n - 1n).toString(),
      blockNumber: (2n ** 63n - 1n).toString(),
    }
    const logs = block(500, longest).map((one, index) => ({ ...one, logIndex: 2 ** 31 - 1 - index }))
    const transfers = logs.map((one) => {
      const input = inputOf(one)
      return { ...input, timestamp: String(input.timestamp).replace('Z', '000000+00:00') as never }
    })
    expect(JSON.stringify(transfers).length).toBeGreaterThan(256 * 1024)
    expect((await indexer.get(record, { transfers })).recordTokenTransfers).toMatchObject({ recorded: 500 })
  })

  it('names every fault at once', async () => {
    const { extensions } = await refuse(
      log({ blockNumber: (2n ** 63n).toString() }),
      log({ logIndex: -1 }),
      log({ timestamp: new Date(Date.now() + 16 * 60_000) }),
      log({ timestamp: new Date(-1) }),
      log({ timestamp: new Date(Date.now() + 14 * 60_000) }),
    )
    const paths = (extensions.fields as { path: string }[]).map(({ path }) => path)
    expect(paths).toEqual([
      'transfers.0.blockNumber',
      'transfers.1.logIndex',
      'transfers.2.timestamp',
      'transfers.3.timestamp',
    ])
  })

  it('leaves its events in the order of the chain, however they were sent', async () => {
    const token = address()
    const [first, second] = [block(2, { token }), block(2, { token })]
    const elsewhere = log({ token, chainId: 7, blockNumber: '1' })
    const sent = [second[1]!, elsewhere, first[1]!, second[0]!, first[0]!]
    await send(...sent)
    const numbers = [first, second].flatMap((logs) => logs.map((one) => `${one.blockNumber}/${one.logIndex}`))
    expect(summaries(await eventsOf(token))).toEqual([...numbers, '1/0'].map((place) => `transfer.recorded ${place}`))
  })

  it('records each once when ten indexers send the same at once', async () => {
    const token = address()
    const blocks = [block(20, { token }), block(20, { token }), block(20, { token })]
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => send(...(n % 2 ? blocks.flat() : blocks.flat().reverse()))),
    )
    expect(answers.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(60)
    expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(540)
    expect(await eventsOf(token)).toHaveLength(60)
    // The cursor of each covers all that was there when it was answered.
    const log = await logOf(gateway.services, 'transfers')
    const last = (await eventsOf(token)).at(-1)!
    for (const { eventCursor } of answers) {
      const place = log.findIndex((event) => cursorOf(event) === eventCursor)
      expect(place).toBeGreaterThanOrEqual(log.indexOf(last))
    }
  })
})

describe('retractTokenTransfers', () => {
  it('retracts every transfer of the blocks, in the order of the chain, once', async () => {
    const token = address()
    const [one, two, kept] = [block(2, { token }), block(1, { token }), block(1, { token })]
    await send(...one, ...two, ...kept)
    const hashes = [two, one].map(([first]) => first!.blockHash)
    expect(await takeBack(1, ...hashes, hash())).toMatchObject({ retracted: 3 })
    const found = await shown({ token })
    expect(found.map(({ retracted }) => retracted)).toEqual([false, true, true, true])
    const events = (await eventsOf(token)).slice(4)
    const numbers = [...one, ...two].map(({ blockNumber, logIndex }) => `${blockNumber}/${logIndex}`)
    expect(summaries(events)).toEqual(numbers.map((place) => `transfer.retracted ${place}`))
    const again = await takeBack(1, ...hashes)
    expect(again).toMatchObject({ retracted: 0 })
    expect(await eventsOf(token)).toHaveLength(7)
  })

  it('leaves the same block hash of another chain alone', async () => {
    const one = log()
    await send(one, { ...one, chainId: 2 })
    expect(await takeBack(2, one.blockHash)).toMatchObject({ retracted: 1 })
    expect((await shown({ token: one.token, chainId: 1 }))[0]!.retracted).toBe(false)
  })

  it('takes 500 blocks at a time and not one more', async () => {
    const blockHashes = Array.from({ length: 501 }, hash)
    const { code } = await indexer.refusal(retract, { chainId: 1, blockHashes })
    expect(code).toBe('BAD_USER_INPUT')
    expect(await takeBack(1, ...blockHashes.slice(1))).toMatchObject({ retracted: 0 })
  })

  it('is undone by recording the same block again: an event each, the same transfers', async () => {
    const [one, two] = block(2, { token: address() })
    await send(one!, two!)
    const before = await shown({ token: one!.token })
    await takeBack(1, one!.blockHash)
    expect(await send(two!, one!)).toMatchObject({ recorded: 2, duplicates: 0 })
    expect(await send(two!, one!)).toMatchObject({ recorded: 0, duplicates: 2 })
    expect(await shown({ token: one!.token })).toEqual(before)
    const events = await eventsOf(one!.token)
    expect(events.map(({ type }) => type.slice(9))).toEqual([
      'recorded',
      'recorded',
      'retracted',
      'retracted',
      'recorded',
      'recorded',
    ])
    expect(new Set(events.map(({ subjectId }) => subjectId)).size).toBe(2)
    // What left and what came back does not differ from what is stored either.
    await takeBack(1, one!.blockHash)
    expect(await refuse({ ...one!, amount: '5' })).toMatchObject({ code: 'CONFLICT' })
  })

  it('and recording, again and again at once: events take turns, and the last one is the state', async () => {
    const logs = block(10, { token: address() })
    await send(...logs)
    const work = Array.from({ length: 30 }, (_, n) => (n % 2 ? send(...logs) : takeBack(1, logs[0]!.blockHash)))
    await Promise.all(work)
    const found = new Map((await shown({ token: logs[0]!.token })).map(({ id, retracted }) => [id, retracted]))
    const events = await eventsOf(logs[0]!.token)
    for (const [id, retracted] of found) {
      const types = events.filter(({ subjectId }) => subjectId === id).map(({ type }) => type)
      expect(types).toEqual(types.map((_, n) => (n % 2 ? 'transfer.retracted' : 'transfer.recorded')))
      expect(types.at(-1)).toBe(retracted ? 'transfer.retracted' : 'transfer.recorded')
    }
  })
})

it('the database lets nobody change or remove a transfer', async () => {
  const one = log()
  await send(one)
  for (const url of [stack.database.url, stack.database.ownerUrl]) {
    const client = await connectForTest(url)
    for (const statement of [
      'delete from token_transfers',
      'truncate token_transfers',
      'update token_transfers set amount = 1',
    ]) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
    }
  }
  const owner = await connectForTest(stack.database.ownerUrl)
  const minted = `insert into token_transfers (id, chain_id, token, kind, "from", "to", amount, block_number, block_hash, transaction_hash, log_index, timestamp)
    values ('x', 1, 't', 'mint', 'a', 'b', 1, 1, 'h', 't', 0, now())`
  await expect(owner.query(minted)).rejects.toMatchObject({ constraint: 'token_transfers_kind' })
})

describe('Query.tokenTransfers', () => {
  it('goes through all, newest first, page by page in both directions, whatever is recorded meanwhile', async () => {
    const token = address()
    const blocks = Array.from({ length: 5 }, () => block(5, { token }))
    await send(...blocks.flat())
    const expected = blocks
      .flat()
      .map(({ blockHash, logIndex }) => `${blockHash} ${logIndex}`)
      .reverse()
    const keyOf = (node: { blockHash: unknown; logIndex: number }) => `${node.blockHash} ${node.logIndex}`
    const forward: string[] = []
    let after: string | null = null
    do {
      const { nodes, pageInfo } = await pageOf({ first: 4, after, filter: { token } })
      forward.push(...nodes.map(keyOf))
      after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null
      await send(log({ token }))
    } while (after)
    expect(forward).toEqual(expected)
    const backward: string[] = []
    let before: string | null = null
    while (backward.length < 25) {
      const { nodes, pageInfo } = await pageOf({ last: 7, before, filter: { token } })
      backward.unshift(...nodes.map(keyOf))
      before = pageInfo.startCursor ?? null
    }
    expect(backward.slice(-25)).toEqual(expected)
  })

  it('finds by chain, token, and account as sender or receiver; all that are given must hold', async () => {
    const [token, account] = [address(), address()]
    const sent = log({ token, from: account })
    const received = log({ token, to: account, chainId: 5 })
    const toSelf = log({ token, from: account, to: account })
    const ofOther = log({ from: account })
    await send(sent, received, toSelf, ofOther, log({ token }))
    const found = async (filter: object) => (await shown(filter)).map(({ blockHash }) => blockHash)
    const hashes = (...logs: TransferLog[]) =>
      logs.toSorted((one, other) => other.timestamp.getTime() - one.timestamp.getTime()).map((one) => one.blockHash)
    expect(await found({ account })).toEqual(hashes(sent, received, toSelf, ofOther))
    expect(await found({ account, token })).toEqual(hashes(sent, received, toSelf))
    expect(await found({ account, token, chainId: 5 })).toEqual(hashes(received))
    expect(await found({ token, chainId: 1 })).toHaveLength(3)
    expect(await found({ account: address() })).toEqual([])
    expect(await found({ account, token: null, chainId: null })).toHaveLength(4)
    const pages = []
    let after: string | null = null
    for (let n = 0; n < 4; n++) {
      const { nodes, pageInfo } = await pageOf({ first: 1, after, filter: { account } })
      pages.push(nodes[0]!.blockHash)
      after = pageInfo.endCursor ?? null
      expect(pageInfo.hasNextPage).toBe(n < 3)
    }
    expect(pages).toEqual(await found({ account }))
  })

  it('refuses a cursor that is none, and a page of no size', async () => {
    for (const variables of [{ after: 'x' }, { before: 'x' }, { first: 0 }, { last: 101 }, { first: 1, last: 1 }]) {
      expect(await reader.refusal(list, variables)).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })

  it('and node(id) show a transfer to those who may read transfers', async () => {
    const one = log()
    await send(one)
    const [{ id } = { id: '' }] = await shown({ token: one.token })
    const query = `{ node(id: "${id}") { __typename id ... on TokenTransfer { blockHash } } }`
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      })
      const { data, errors } = (await response.json()) as never as {
        data: { node: object | null } | null
        errors?: { extensions: { code: string } }[]
      }
      return data?.node ?? errors?.[0]?.extensions.code
    }
    const key = await seed.key({ owner: reader, scopes: ['transfers:read'] })
    const seen = { __typename: 'TokenTransfer', id, blockHash: one.blockHash }
    expect(await ask({ authorization: `Bearer ${reader.token}` })).toEqual(seen)
    expect(await ask({ 'x-api-key': key.key })).toEqual(seen)
    expect(await ask({})).toBe('NOT_FOUND')
  })
})

describe('Subscription.tokenTransfers', () => {
  const credentialOf = (person: Person) => ({ authorization: `Bearer ${person.token}` })
  const ledger = (options: object = {}) =>
    keepLedger({ urls: () => [gateway.url], credential: credentialOf(reader), ...options })

  it('shows what is recorded and retracted, in order, once, whatever happens to the socket', async () => {
    const token = address()
    const book = await ledger({ filter: { token } })
    const blocks: TransferLog[][] = []
    for (let n = 0; n < 20; n++) {
      blocks.push(block(3, { token }))
      await send(...blocks.at(-1)!, log())
      if (n % 3 === 0) await takeBack(1, blocks.at(-1)![0]!.blockHash)
      if (n % 4 === 0) book.cut()
    }
    const events = await eventsOf(token)
    await book.hasSeen(events.at(-1)!.position)
    expect(compareWithLog(book.entries, events)).toEqual(nothingWrong)
    expect(book.refusals).toEqual([])
    expect(book.subscriptions).toBeGreaterThan(1)
  })

  it('filters like the list: chain, token, account as sender or receiver', async () => {
    const [token, account] = [address(), address()]
    const filters = [{}, { token }, { account }, { chainId: 9 }, { token, account, chainId: 9 }]
    const books = await Promise.all(filters.map((filter) => ledger({ filter })))
    const logs = [
      log({ token, from: account, chainId: 9 }),
      log({ token, to: account }),
      log({ token, from: account, to: account }),
      log({ from: account }),
      log({ chainId: 9 }),
      log({ token }),
    ]
    await send(...logs)
    await books[0]!.hasSeen((await logOf(gateway.services, 'transfers')).at(-1)!.position)
    await eventually(() => books.map(({ entries }) => entries.length)).toEqual([6, 4, 4, 2, 1])
  })

  it('shows the transfer as it is now: one that was recorded and retracted since says so, in a replay and live', async () => {
    const [one, two] = [log(), log()]
    const { eventCursor } = await send(log())
    await send(one, two)
    await takeBack(1, one.blockHash)
    const early = await ledger({ after: eventCursor })
    await eventually(() => early.entries.map(({ kind, retracted }) => [kind, retracted])).toEqual([
      ['RECORDED', true],
      ['RECORDED', false],
      ['RETRACTED', true],
    ])
    await send(one)
    await takeBack(1, two.blockHash)
    // Whoever asks for the same within a second is shown the same: this one asks for something else.
    const late = await ledger({ after: eventCursor, filter: { chainId: 1 } })
    const now = [
      ['RECORDED', false],
      ['RECORDED', true],
      ['RETRACTED', false],
      ['RECORDED', false],
      ['RETRACTED', true],
    ]
    await eventually(() => late.entries.map(({ kind, retracted }) => [kind, retracted])).toEqual(now)
    // A gateway that was not there then reads it from the table.
    const fresh = await stack.startGateway()
    const elsewhere = await keepLedger({
      urls: () => [fresh.url],
      credential: credentialOf(reader),
      after: eventCursor,
    })
    await eventually(() => elsewhere.entries.map(({ kind, retracted }) => [kind, retracted])).toEqual(now)
    await elsewhere.stop()
    await fresh.close()
  })

  it('asks nothing of PostgreSQL for an event that this process has followed', async () => {
    const statements: string[] = []
    const own = await stack.startGateway({}, { onQuery: (sql) => statements.push(sql) })
    const book = await keepLedger({ urls: () => [own.url], credential: credentialOf(reader) })
    const one = log()
    await send(one)
    await eventually(() => book.entries.length).toBe(1)
    statements.length = 0
    await takeBack(1, one.blockHash)
    await send(one, ...block(20))
    await eventually(() => book.entries.length).toBe(23)
    expect(statements.filter((sql) => sql.includes('token_transfers'))).toEqual([])
    expect(book.entries.at(1)).toMatchObject({ kind: 'RETRACTED' })
    await book.stop()
    await own.close()
  })

  it('shows the tenth event as it shows the first one, when it has compiled the operation', async () => {
    const token = address()
    const query = `subscription Alike($after: String, $token: EvmAddress!, $brief: Boolean!) {
        shown: tokenTransfers(after: $after, filter: { token: $token }) {
          __typename cursor kind ...Told transfer { id @skip(if: $brief) same: id ... on Node { __typename } }
        }
      }
      fragment Told on TokenTransferEvent {
        transfer { chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }
      }`
    const live = (text: string, after: string) =>
      openLive({
        url: gateway.url,
        credential: credentialOf(reader),
        query: text,
        variables: { after, token, brief: true },
      })
    const { eventCursor } = await send(log())
    const all = await live(query, eventCursor)
    const sent = Array.from({ length: 10 }, () => log({ token }))
    for (const one of sent) await send(one)
    await takeBack(1, sent[0]!.blockHash)
    await eventually(() => all.data().length).toBe(11)
    // An operation that nobody has asked for before is not compiled.
    const firsts: unknown[] = []
    for (const [index, event] of (await eventsOf(token)).entries()) {
      const one = await live(
        `${query} # ${index}`,
        index === 0 ? eventCursor : cursorOf({ ...event, ...before(event) }),
      )
      await eventually(() => one.data().length).toBeGreaterThan(0)
      firsts.push(one.data()[0])
      one.socket.terminate()
    }
    expect(all.data().slice(1)).toEqual(firsts.slice(1))
    expect(
      firsts.map((first) => Object.keys((first as { shown: { transfer: object } }).shown.transfer).length),
    ).toEqual(firsts.map(() => 14))
  })

  it('ends for somebody who is banned, with the next event', async () => {
    const [victim, admin] = [await seed.investor(), await seed.admin()]
    const subscription = victim.subscribe(follow, {})
    const first = subscription.nextResult()
    await eventually(() => gateway.services.tails.of('transfers').waiting).toBeGreaterThan(0)
    await send(log())
    expect((await first)?.data).toMatchObject({ tokenTransfers: { kind: 'RECORDED' } })
    const ban = `mutation { banUser(input: { userId: "${victim.id}", reason: "x" }) { user { id } } }`
    await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ query: ban }),
    })
    await send(log())
    const last = await subscription.nextResult().catch(() => null)
    expect(last?.data ?? null).toBeNull()
  })

  it.each([
    ['its scope is taken away', `update api_keys set permissions = '{"rates":["read"]}' where id = $1`],
    ['it is switched off', 'update api_keys set enabled = false where id = $1'],
    ['it has expired', `update api_keys set expires_at = now() where id = $1`],
    [
      'its owner is banned',
      'update users set banned = true where id = (select reference_id from api_keys where id = $1)',
    ],
  ])('of a key shows no event that came after %s, however many share what is compiled', async (_what, change) => {
    const token = address()
    const [victim, other] = await Promise.all(
      [1, 2].map(async () => seed.key({ owner: await seed.investor(), scopes: ['transfers:read'] })),
    )
    const { eventCursor } = await send(log())
    const variables = { after: eventCursor, filter: { token } }
    const [ending, going] = await Promise.all(
      [victim!, other!].map(({ key }) =>
        openLive({ url: gateway.url, credential: { 'x-api-key': key }, query: print(follow), variables }),
      ),
    )
    for (let count = 1; count <= 5; count++) {
      await send(log({ token }))
      for (const { data } of [ending!, going!]) await eventually(() => data().length).toBe(count)
    }
    // On the database itself: no process knows of it before it looks.
    await gateway.services.pool.query(change, [victim!.id])
    await send(log({ token }))
    await eventually(() => going!.data().length).toBe(6)
    const isTold = () => ending!.socket.readyState !== WebSocket.OPEN || ending!.messages.at(-1)?.type === 'complete'
    await eventually(isTold).toBe(true)
    expect(ending!.messages.filter(({ payload }) => payload?.data)).toHaveLength(5)
  })

  it('is refused with a cursor of another stream', async () => {
    const after = encodeCursor({ kyc: { position: 1, hash: '0'.repeat(16) } })
    const subscription = reader.subscribe(follow, { after })
    const errors = await subscription.nextResult().then(
      (result) => result?.errors,
      (thrown) => thrown,
    )
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

it('below HTTP nobody but a key with the scope may write', () => {
  const { services } = gateway
  const indexing = indexerOn(services)
  const without = { ...indexing, viewer: { ...indexing.viewer, scopes: ['transfers:read'] } } as typeof indexing
  expect(() => recordTokenTransfers(without, { transfers: [] })).toThrow('transfers:write')
})
