import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createBlockStore } from '../src/chain/store.ts'
import { readConfig } from '../src/config.ts'
import { chainCheck } from '../src/doctor/chain.ts'
import { openParts } from '../src/embedded/command.ts'
import type { LoggedEvent } from '../src/log/event.ts'
import { createLogger } from '../src/logger.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { type Chain, startChain } from './harness/chain.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { compareWithLog, keepLedger, nothingWrong } from './harness/ledger.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'
import { type Call, startNodeProxy } from './harness/node-proxy.ts'
import { processEnvironment } from './harness/process-environment.ts'
import { indexerOn, log } from './harness/transfer.ts'

let stack: Stack
/** Where people read: no watcher runs in it. */
let gateway: TestGateway
let reader: Person
let chainIds = 100

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  reader = await people(gateway).investor()
})
afterAll(() => stack.stop())

async function chainForTest() {
  const chain = await startChain({ chainId: ++chainIds })
  onTestFinished(() => chain.stop())
  return chain
}

/** A way to a node that ends with the test. */
async function nodeProxyForTest(url: string) {
  const node = await startNodeProxy(url)
  onTestFinished(() => node.stop())
  return node
}

const settings = (chain: Chain, more: Record<string, string> = {}) => ({
  CHAIN_RPC_URL: chain.url,
  CHAIN_TOKENS: chain.token,
  CHAIN_FROM_BLOCK: '0',
  CHAIN_CONFIRMATIONS: '0',
  CHAIN_POLL_MS: '50',
  CHAIN_TIMEOUT_MS: '2000',
  ...more,
})

async function watch(chain: Chain, more: Record<string, string> = {}) {
  const watching = await stack.startGateway(settings(chain, more))
  onTestFinished(() => watching.close())
  return watching
}

const eventsOf = async ({ chainId }: Chain) =>
  (await logOf(gateway.services, 'transfers')).filter((event) => event.payload.chainId === chainId)

/** What is left when recording and retracting are done one after the other, in the order of the log. */
function stateAfter(events: LoggedEvent[]) {
  const left = new Map<string, LoggedEvent>()
  for (const event of events) {
    const id = event.subjectId!
    const isNews = event.type === 'transfer.recorded' ? !left.has(id) : left.has(id)
    if (!isNews) throw new Error(`${event.type} of ${id} a second time`)
    if (event.type === 'transfer.recorded') left.set(id, event)
    else left.delete(id)
  }
  return [...left.values()].map(({ payload }) => ({
    from: payload.from,
    to: payload.to,
    amount: payload.amount,
    blockHash: payload.blockHash,
    logIndex: payload.logIndex,
  }))
}

/** Soon what was recorded is what the chain says, in its order, each once. */
const agree = async (chain: Chain) => {
  const expected = await chain.transfers()
  await eventually(async () => stateAfter(await eventsOf(chain))).toEqual(expected)
  return expected
}

const ledgerOf = (chain: Chain) =>
  keepLedger({
    urls: () => [gateway.url],
    credential: { authorization: `Bearer ${reader.token}` },
    filter: { chainId: chain.chainId },
  })

/** What a subscriber saw is what the log says. */
async function assertSaw(book: Awaited<ReturnType<typeof ledgerOf>>, chain: Chain) {
  const events = await eventsOf(chain)
  if (events.length > 0) await book.hasSeen(events.at(-1)!.position)
  expect(compareWithLog(book.entries, events)).toEqual(nothingWrong)
  return events.map(({ type, payload }) => `${type.slice(9)} ${payload.kind} ${payload.amount}`)
}

describe('a chain', () => {
  it('appears as it is: mint, transfer and burn, in order, once, to the last digit', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const book = await ledgerOf(chain)
    const watching = await watch(chain)
    const most = 2n ** 256n - 1n
    await chain.mint(owner, most)
    await chain.mine()
    await chain.transfer(other, 5n)
    await chain.transfer(owner, 0n)
    await chain.mine()
    await chain.burn(most - 5n)
    await chain.mine(2)
    await agree(chain)
    expect(await assertSaw(book, chain)).toEqual([
      `recorded mint ${most}`,
      'recorded transfer 5',
      'recorded transfer 0',
      `recorded burn ${most - 5n}`,
    ])
    const { timestamp } = await chain.client.getBlock({ blockNumber: 2n })
    const [first] = await eventsOf(chain)
    expect(first).toMatchObject({ actorId: null, payload: { blockNumber: '2', timestamp: Number(timestamp) * 1000 } })
    expect(watching.watcher?.state()).toMatchObject({ chainId: chain.chainId, role: 'watching', failure: null })
  })

  it('is read from the block that it is told, or from where it stands', async () => {
    const chain = await chainForTest()
    const [owner] = chain.accounts as [Address]
    for (const amount of [1n, 2n, 3n]) {
      await chain.mint(owner, amount)
      await chain.mine()
    }
    const early = await watch(chain, { CHAIN_FROM_BLOCK: '3' })
    await eventually(async () => (await eventsOf(chain)).map(({ payload }) => payload.amount)).toEqual(['2', '3'])
    await early.close()

    const another = await chainForTest()
    await another.mint(owner, 1n)
    await another.mine()
    const late = await watch(another, { CHAIN_FROM_BLOCK: '' })
    await eventually(() => late.watcher?.state().head).toBe(2n)
    await another.mint(owner, 2n)
    await another.mine()
    await eventually(async () => (await eventsOf(another)).map(({ payload }) => payload.amount)).toEqual(['2'])
  })

  it('of hundreds of blocks is read in ranges, and a block of hundreds of transfers at once', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const node = await nodeProxyForTest(chain.url)
    await chain.mint(owner, 10n ** 24n)
    await chain.mine(150)
    for (let n = 0; n < 6; n++) await chain.scatter(other, 100)
    await chain.mine(50)
    for (let n = 1; n <= 20; n++) {
      await chain.transfer(other, BigInt(n))
      await chain.mine(4)
    }
    const book = await ledgerOf(chain)
    await watch(chain, { CHAIN_RPC_URL: node.url })
    expect(await agree(chain)).toHaveLength(621)
    await assertSaw(book, chain)
    const ranges = node.calls.filter(
      ({ method, params }) => method === 'eth_getLogs' && 'fromBlock' in (params[0] as object),
    )
    expect(ranges.length).toBeLessThan(10)
    const { rows } = await gateway.services.pool.query(
      `select count(*)::int as transfers, count(distinct xmin::text)::int as commits from token_transfers
         where chain_id = $1 and block_number = 152`,
      [chain.chainId],
    )
    expect(rows).toEqual([{ transfers: 600, commits: 1 }])
  })

  it('waits for as many confirmations as it is told', async () => {
    const chain = await chainForTest()
    const [owner] = chain.accounts as [Address]
    const watching = await watch(chain, { CHAIN_CONFIRMATIONS: '3' })
    await chain.mint(owner, 1n)
    await chain.mine(3)
    await eventually(() => watching.watcher?.state().head).toBe(4n)
    expect(await eventsOf(chain)).toEqual([])
    await chain.mine()
    await agree(chain)
  })

  it('with tokens of another kind, ERC-721, is read past those', async () => {
    const chain = await chainForTest()
    const [owner] = chain.accounts as [Address]
    const deed = await chain.deploy('Deed')
    await watch(chain, { CHAIN_TOKENS: `${chain.token.toUpperCase().replace('0X', '0x')}, ${deed}` })
    await chain.mintDeed(deed, owner, 7)
    await chain.mint(owner, 1n)
    await chain.mine()
    await agree(chain)
    expect(await eventsOf(chain)).toHaveLength(1)
  })
})

describe('a reorganisation', () => {
  it('retracts what left, and records what was mined again in another block as another transfer', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const book = await ledgerOf(chain)
    await watch(chain)
    await chain.mint(owner, 100n)
    await chain.mine()
    const again = await chain.transfer(other, 1n)
    await chain.mine()
    await chain.transfer(other, 2n)
    await chain.mine()
    await agree(chain)
    const raw = await chain.rawTransaction(again)
    const before = await chain.receipt(again)

    await chain.reorganise(2, [[raw, 1]])
    const after = await chain.receipt(again)
    expect(after.blockHash).not.toBe(before.blockHash)
    await chain.mine()
    const left = await agree(chain)
    expect(left.map(({ amount }) => amount)).toEqual(['100', '1'])
    expect(await assertSaw(book, chain)).toEqual([
      'recorded mint 100',
      'recorded transfer 1',
      'recorded transfer 2',
      'retracted transfer 1',
      'retracted transfer 2',
      'recorded transfer 1',
    ])
    const [first, second] = (await eventsOf(chain)).filter(({ payload }) => payload.transactionHash === again)
    expect(first!.payload.transactionHash).toBe(second!.payload.transactionHash)
  })

  it('that goes deeper than what was read, and many of them, end where the chain ends', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    await chain.mint(owner, 1_000n)
    await chain.mine(40)
    const book = await ledgerOf(chain)
    const watching = await watch(chain, { CHAIN_FROM_BLOCK: '' })
    await eventually(() => watching.watcher?.state().head).toBe(41n)
    // Below the block that it began after.
    await chain.reorganise(5)
    for (const [n, depth] of [3, 1, 6, 2, 9, 4].entries()) {
      for (let k = 0; k < 3; k++) {
        await chain.transfer(other, BigInt(10 * n + k))
        await chain.mine()
      }
      await chain.reorganise(depth)
      await chain.transfer(other, BigInt(100 + n))
      await chain.mine()
    }
    const expected = (await chain.transfers()).filter(({ amount }) => amount !== '1000')
    await eventually(async () => stateAfter(await eventsOf(chain))).toEqual(expected)
    await assertSaw(book, chain)
  })

  it('while nobody watched is found by whoever comes next', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const first = await watch(chain)
    await chain.mint(owner, 9n)
    await chain.mine()
    await chain.transfer(other, 1n)
    await chain.mine()
    await agree(chain)
    await first.close()
    await chain.reorganise(1)
    await chain.transfer(other, 2n)
    await chain.mine()
    await watch(chain)
    await agree(chain)
    const book = (await eventsOf(chain)).map(({ type, payload }) => `${type} ${payload.amount}`)
    expect(book.slice(1)).toEqual(['transfer.recorded 1', 'transfer.retracted 1', 'transfer.recorded 2'])
  })
})

describe('a node that', () => {
  let chain: Chain
  let node: Awaited<ReturnType<typeof startNodeProxy>>
  let watching: TestGateway
  let other: Address

  /** A watcher behind a node that misbehaves, on a chain with something in it. */
  beforeAll(async () => {
    chain = await startChain({ chainId: ++chainIds })
    node = await startNodeProxy(chain.url)
    watching = await stack.startGateway(settings(chain, { CHAIN_RPC_URL: node.url, CHAIN_TIMEOUT_MS: '300' }))
    other = chain.accounts[1]!
    await chain.mint(chain.accounts[0]!, 1_000n)
    await chain.mine()
  })
  afterAll(async () => {
    await watching.close()
    await node.stop()
    await chain.stop()
  })

  const fails = () => eventually(() => watching.watcher?.state().failure)
  const go = async () => {
    await chain.transfer(other, 1n)
    await chain.mine()
  }
  /** What a subscriber saw through the trouble is what there was. */
  async function through(trouble: () => Promise<void>) {
    await agree(chain)
    const book = await ledgerOf(chain)
    const before = (await eventsOf(chain)).length
    await trouble()
    node.mend()
    await agree(chain)
    await fails().toBeNull()
    const events = (await eventsOf(chain)).slice(before)
    if (events.length > 0) await book.hasSeen(events.at(-1)!.position)
    expect(compareWithLog(book.entries, events)).toEqual(nothingWrong)
    await book.stop()
  }

  it.each<[string, object, RegExp]>([
    ['answers with an error', { status: 503, body: 'overloaded' }, /eth_blockNumber/],
    ['refuses', { error: { code: -32_005, message: 'rate exceeded' } }, /rate exceeded/],
    ['answers HTML', { body: '<html>login</html>' }, /eth_blockNumber/],
    ['answers nothing', { body: '' }, /eth_blockNumber/],
    ['answers null', { result: null }, /not what a node answers/],
    ['answers another thing', { result: { a: 1 } }, /not what a node answers/],
    ['hangs up', { hangUp: true }, /eth_blockNumber/],
    ['is silent', { delayMs: 100_000 }, /took too long/],
  ])('%s is asked again, and its address is not told', (_name, behaviour, said) =>
    through(async () => {
      node.behave(() => behaviour)
      await go()
      await fails().toMatch(said)
      expect(watching.watcher?.state().failure).not.toContain(new URL(node.url).host)
    }),
  )

  it('lags, and goes back and forth, loses nothing and repeats nothing', () =>
    through(async () => {
      for (const _ of [1, 2, 3, 4, 5]) await go()
      await agree(chain)
      const count = (await eventsOf(chain)).length
      let asked = 0
      let isBehind = false
      // One of two nodes behind one address: it does not know what the other one knows.
      node.behave(({ method, params }) => {
        if (method === 'eth_blockNumber') isBehind = asked++ % 2 === 1 || asked > 10
        if (isBehind && method === 'eth_blockNumber') return { result: '0x2' }
        return isBehind && BigInt(params[0] as string) > 2n ? { result: null } : null
      })
      await eventually(() => asked).toBeGreaterThan(20)
      // It is no trouble, and nobody is told of any.
      expect(watching.watcher?.state().failure).toBeNull()
      expect(await eventsOf(chain)).toHaveLength(count)
      await go()
    }))

  it('knows of a block but has not got it yet, is waited for', () =>
    through(async () => {
      const hidden = `0x${((await chain.client.getBlockNumber()) + 1n).toString(16)}`
      node.behave(({ method, params }) =>
        method === 'eth_getBlockByNumber' && params[0] === hidden ? { result: null } : null,
      )
      await go()
      await fails().toContain('there is no block')
    }))

  it('answers from two forks is not believed', () =>
    through(async () => {
      const count = (await eventsOf(chain)).length
      const head = await chain.client.getBlockNumber()
      const ofAnotherFork = (found: unknown) =>
        (found as { blockHash: string }[]).map((one) => ({ ...one, blockHash: `0x${'ab'.repeat(32)}` }))
      node.behave(async ({ method }, ask) => (method === 'eth_getLogs' ? { result: ofAnotherFork(await ask()) } : null))
      await go()
      await fails().toContain('logs of another block')
      // A block that does not follow the one before it.
      node.behave(async ({ method, params }, ask) => {
        const isNext = method === 'eth_getBlockByNumber' && BigInt(params[0] as string) > head
        return isNext ? { result: { ...((await ask()) as object), parentHash: `0x${'cd'.repeat(32)}` } } : null
      })
      await fails().toContain('does not follow')
      expect(await eventsOf(chain)).toHaveLength(count)
    }))

  it('answers with logs that nobody asked for is not believed', () =>
    through(async () => {
      const count = (await eventsOf(chain)).length
      const ofAnother = (found: unknown) =>
        (found as object[]).map((one) => ({ ...one, address: `0x${'12'.repeat(20)}` }))
      node.behave(async ({ method }, ask) => (method === 'eth_getLogs' ? { result: ofAnother(await ask()) } : null))
      await go()
      await fails().toContain('not asked for')
      expect(await eventsOf(chain)).toHaveLength(count)
    }))

  it('limits ranges, in whatever words, is asked for less', async () => {
    const chain = await chainForTest()
    const [owner] = chain.accounts as [Address]
    for (let n = 1; n <= 20; n++) {
      await chain.mint(owner, BigInt(n))
      await chain.mine(10)
    }
    const node = await nodeProxyForTest(chain.url)
    const sizeOf = ({ params }: Call) => {
      const { fromBlock, toBlock } = params[0] as { fromBlock?: string; toBlock?: string }
      return fromBlock === undefined ? 1 : Number(BigInt(toBlock!) - BigInt(fromBlock)) + 1
    }
    const words = [
      'query returned more than 10000 results',
      'block range is too wide',
      'eth_getLogs is limited to a 5 block range',
      'Log response size exceeded',
    ]
    let refused = 0
    node.behave((call) => {
      const isTooLarge = call.method === 'eth_getLogs' && sizeOf(call) > 5
      return isTooLarge ? { error: { code: -32_602, message: words[refused++ % words.length]! } } : null
    })
    const watching = await watch(chain, { CHAIN_RPC_URL: node.url })
    await agree(chain)
    expect(refused).toBeGreaterThanOrEqual(words.length)
    expect(watching.watcher?.state().failure).toBeNull()
  })

  it('is another chain than the one before is not followed', () =>
    through(async () => {
      const count = (await eventsOf(chain)).length
      const another = await chainForTest()
      await another.mine(Number(await chain.client.getBlockNumber()) + 5)
      node.behave(async ({ method, params }) => {
        const isAsked = method === 'eth_getBlockByNumber' || method === 'eth_blockNumber'
        return isAsked ? { result: await another.client.request({ method, params } as never) } : null
      })
      await fails().toContain('is it another chain')
      expect(await eventsOf(chain)).toHaveLength(count)
    }))
})

it('what somebody has sent in the name of a block does not end the rest', async () => {
  const chain = await chainForTest()
  const [owner, other] = chain.accounts as [Address, Address]
  await chain.mint(owner, 10n)
  await chain.mine()
  const [real] = await chain.transfers()
  const lie = log({ ...real!, chainId: chain.chainId, token: chain.token, blockNumber: '2', amount: '999' })
  await recordTokenTransfers(indexerOn(gateway.services), { transfers: [lie] })
  await watch(chain)
  await chain.transfer(other, 1n)
  await chain.mine()
  await eventually(async () => (await eventsOf(chain)).map(({ payload }) => payload.amount)).toEqual(['999', '1'])
})

it('the doctor says what the node answers and how far it was read, and never its address', async () => {
  const chain = await chainForTest()
  await chain.mint(chain.accounts[0]!, 10n)
  await chain.mine()
  const logger = createLogger('silent')
  const examined = async (variables: Record<string, string>) => {
    const config = readConfig({ ...stack.environment, ...settings(chain, variables) })
    const parts = openParts({ config, logger, waitMs: 1_000 })
    try {
      return await chainCheck({ config, parts, logger }).run()
    } finally {
      await parts[Symbol.asyncDispose]()
    }
  }
  const answers = { state: 'ok', found: `the node answers: chain ${chain.chainId}, block 2, 1 tokens` }
  expect(await examined({})).toEqual([answers, expect.objectContaining({ state: 'warning' })])
  await watch(chain)
  await agree(chain)
  expect(await examined({})).toEqual([answers, { state: 'ok', found: expect.stringMatching(/^block 2 is stored/) }])
  const [, missing] = await examined({ CHAIN_TOKENS: chain.accounts[1]! })
  expect(missing).toMatchObject({ state: 'warning', found: `there is no contract at ${chain.accounts[1]}` })
  const [gone] = await examined({ CHAIN_RPC_URL: 'http://127.0.0.1:1/secret' })
  expect(gone).toMatchObject({ state: 'failed' })
  expect(JSON.stringify(gone)).not.toContain('secret')
})

describe('of many processes', () => {
  /** A gateway as a process of its own, which can be killed and frozen. */
  async function startProcess(variables: Record<string, string>) {
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
    chmodSync(dataDir, 0o711)
    const env = {
      ...processEnvironment,
      ...stack.environment,
      DATABASE_POOL_MAX: '5',
      DATA_DIR: dataDir,
      ...variables,
    }
    const child = spawn(process.execPath, ['src/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const exited = once(child, 'exit')
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exited
      rmSync(dataDir, { recursive: true, force: true })
    })
    let said = ''
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (part) => {
        said += part
      })
    }
    await eventually(() => said).toContain('ready at')
    return { child, exited }
  }

  /** Who holds the lease of the chain, as PostgreSQL sees it. */
  async function holders(chain: Chain) {
    const client = await connectForTest(stack.database.superuserUrl)
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and classid = 723554 and objid::bigint = hashtext($1)::bigint & 4294967295
         and database = (select oid from pg_database where datname = current_database()) and granted`,
      [String(chain.chainId)],
    )
    await client.end()
    return rows.map(({ pid }) => pid)
  }

  it('one watches; when it is killed, again and again, the other goes on within seconds, and nothing is lost or doubled', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const book = await ledgerOf(chain)
    await chain.mint(owner, 10_000n)
    await chain.mine()
    let watching = await startProcess(settings(chain))
    await eventually(() => holders(chain)).toHaveLength(1)
    let amount = 0n
    for (const round of [1, 2]) {
      const next = await startProcess(settings(chain))
      expect(await holders(chain)).toHaveLength(1)
      for (let n = 0; n < 10; n++) {
        await chain.transfer(other, ++amount)
        await chain.mine()
        if (n === 3 + round) watching.child.kill('SIGKILL')
        if (n === 5) await chain.reorganise(2)
      }
      await watching.exited
      await agree(chain)
      expect(await holders(chain)).toHaveLength(1)
      watching = next
    }
    await assertSaw(book, chain)
  })

  it('one that has not seen the other go on is refused, and changes nothing', async () => {
    const { services } = gateway
    const store = createBlockStore({ writer: { services }, chainId: ++chainIds })
    const blocks = ['a', 'b', 'c'].map((digit, n) => {
      const transfer = log({ chainId: chainIds, blockNumber: String(n + 1), blockHash: `0x${digit.repeat(64)}` })
      const number = BigInt(n + 1)
      return { block: { number, hash: transfer.blockHash, parentHash: '', timestamp: 0n }, transfers: [transfer] }
    })
    const [first, second, third] = blocks.map(({ block }) => block)
    await store.append(null, blocks.slice(0, 1))
    await store.append(first!, blocks.slice(1, 2))
    const refused = 'another watcher of this chain has gone on meanwhile'
    await expect(store.append(null, blocks.slice(2))).rejects.toThrow(refused)
    await expect(store.append(first!, blocks.slice(2))).rejects.toThrow(refused)
    await expect(store.leave(first!, first!)).rejects.toThrow(refused)
    await expect(store.append(third!, blocks.slice(2))).rejects.toThrow(refused)
    const events = (await logOf(services, 'transfers')).filter(({ payload }) => payload.chainId === chainIds)
    expect(events.map(({ type, payload }) => `${type} ${payload.blockNumber}`)).toEqual([
      'transfer.recorded 1',
      'transfer.recorded 2',
    ])
    expect(await store.readLast()).toEqual({ number: 2n, hash: second!.hash })
  })

  it('one that is frozen loses its place, and does no harm when it thaws', async () => {
    const chain = await chainForTest()
    const [owner, other] = chain.accounts as [Address, Address]
    const frozen = await startProcess(settings(chain))
    await chain.mint(owner, 10_000n)
    await chain.mine()
    await agree(chain)
    const [first] = await holders(chain)
    frozen.child.kill('SIGSTOP')
    await watch(chain)
    await chain.transfer(other, 1n)
    await chain.mine()
    await agree(chain)
    const [second] = await holders(chain)
    expect(second).not.toBe(first)
    frozen.child.kill('SIGCONT')
    for (let n = 2n; n < 10n; n++) {
      await chain.transfer(other, n)
      await chain.mine()
    }
    await agree(chain)
    expect(await holders(chain)).toEqual([second])
  })

  it('one whose connection PostgreSQL ends goes on with another', async () => {
    const chain = await chainForTest()
    const [owner] = chain.accounts as [Address]
    const book = await ledgerOf(chain)
    await watch(chain)
    await eventually(() => holders(chain)).toHaveLength(1)
    const client = await connectForTest(stack.database.superuserUrl)
    for (let n = 1n; n <= 5n; n++) {
      await chain.mint(owner, n)
      await chain.mine()
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name in ('gatehouse chain', 'gatehouse gateway')`,
      )
    }
    await agree(chain)
    await assertSaw(book, chain)
  })
})
