import type { Logger } from '../logger.ts'
import { type Block, type Node, NodeError } from './node.ts'
import type { BlockStore, StoredBlock } from './store.ts'
import { type BlockOfTransfers, transfersOf } from './transfers.ts'

/** So near to the head each block is read by its hash: nodes behind one address may not have it yet, or have another. */
const nearBlocks = 64n
const nearAtOnce = 16
const transfersAtOnce = 500
/** How far below the place where it begins blocks are noted, should a reorganisation reach below it. */
const anchors = [0n, 1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n, 256n, 512n, 1_024n]

type Options = {
  node: Node
  store: BlockStore
  chainId: number
  confirmations: number
  /** Null: from where the chain is when it is first looked at. */
  fromBlock: number | null
  maxRange: number
  logger: Logger
}

/** Brings what is stored of a chain a step nearer to what the node says of it. It keeps nothing but how much it asks for. */
export function createSync({ node, store, chainId, confirmations, fromBlock, maxRange, logger }: Options) {
  let range = BigInt(Math.min(maxRange, 128))
  let head = 0n

  /** False when there is nothing more to do until the chain has grown. */
  async function step(): Promise<boolean> {
    head = await node.head()
    const confirmed = head - BigInt(confirmations)
    const last = await store.readLast()
    if (!last) return begin(confirmed)
    // A node that lags, or that sits on a fork that lost: the chain itself only grows.
    if (head < last.number) return false
    const found = await node.block(last.number)
    if (found.hash !== last.hash) return leaveFork(last)
    if (confirmed <= last.number) return false
    const far = head - nearBlocks
    if (last.number < far) await readFar(last, far < confirmed ? far : confirmed)
    else await readNear(last, confirmed)
    return true
  }

  async function begin(confirmed: bigint): Promise<boolean> {
    const below = fromBlock === null ? confirmed : BigInt(fromBlock) - 1n
    if (confirmed < 0n || below > confirmed) return false
    const numbers = anchors.map((depth) => below - depth).filter((number) => number >= 0n)
    // Before the first block of a chain there is none to begin after.
    const blocks = await blocksAt(numbers.length > 0 ? numbers.reverse() : [0n])
    await store.append(
      null,
      numbers.length > 0 ? withoutTransfers(blocks) : [transfersOf(chainId, blocks[0]!, await node.logsOf(blocks[0]!))],
    )
    logger.info({ chainId, block: String(blocks.at(-1)!.number) }, 'the watcher of the chain begins after this block')
    return true
  }

  /** Blocks that follow each other, and nothing in them that the node did not say of this very block. */
  async function readNear(last: StoredBlock, to: bigint) {
    const blocks = await blocksAt(numbersFrom(last.number + 1n, to, nearAtOnce))
    for (const [index, { number, parentHash }] of blocks.entries()) {
      const before = index === 0 ? last : blocks[index - 1]!
      if (parentHash !== before.hash) throw new NodeError(`the block ${number} does not follow the one before it`)
    }
    const logs = await Promise.all(blocks.map((block) => node.logsOf(block)))
    await append(
      last,
      blocks.map((block, index) => transfersOf(chainId, block, logs[index]!)),
    )
  }

  /** So many blocks at once as the node can take: fewer when it says so, more again when it could. */
  async function readFar(last: StoredBlock, confirmed: bigint) {
    const from = last.number + 1n
    for (;;) {
      const to = from + range - 1n < confirmed ? from + range - 1n : confirmed
      try {
        const logs = await node.logsIn(from, to)
        if (logs.some(({ blockNumber }) => blockNumber < from || blockNumber > to)) {
          throw new NodeError('eth_getLogs: logs of blocks that were not asked for')
        }
        const numbers = [...new Set([...logs.map(({ blockNumber }) => blockNumber), to])]
        const blocks = await blocksAt(numbers.sort((one, other) => (one < other ? -1 : 1)))
        await append(
          last,
          blocks.map((block) =>
            transfersOf(
              chainId,
              block,
              logs.filter(({ blockNumber }) => blockNumber === block.number),
            ),
          ),
        )
        range = range * 2n < BigInt(maxRange) ? range * 2n : BigInt(maxRange)
        return
      } catch (error) {
        if (!(error instanceof NodeError && error.isTooMuch) || range === 1n) throw error
        range /= 2n
        logger.debug({ chainId, range: Number(range), reason: error.message }, 'the node is asked for fewer blocks')
      }
    }
  }

  /** Each commit ends with a whole block, so that the next one goes on after it. */
  async function append(last: StoredBlock, blocks: BlockOfTransfers[]) {
    let from = last
    let batch: BlockOfTransfers[] = []
    let transfers = 0
    for (const [index, block] of blocks.entries()) {
      batch.push(block)
      transfers += block.transfers.length
      if (transfers < transfersAtOnce && index < blocks.length - 1) continue
      await store.append(from, batch)
      from = block.block
      batch = []
      transfers = 0
    }
  }

  /** The blocks that are stored and not of the chain any more go, and their transfers are retracted. */
  async function leaveFork(last: StoredBlock): Promise<boolean> {
    const fork = await findFork()
    for (let from: StoredBlock | null = last; from && from.number > fork.number; from = await store.readLast()) {
      const left = await store.leave(from, fork)
      logger.warn({ chainId, fork: String(fork.number), ...left }, 'the chain was reorganised')
    }
    return true
  }

  async function findFork(): Promise<StoredBlock> {
    for (const stored of await store.readAll()) {
      if ((await node.block(stored.number)).hash === stored.hash) return stored
    }
    throw new NodeError('none of the blocks that are stored is on the chain of this node: is it another chain?')
  }

  async function blocksAt(numbers: readonly bigint[]): Promise<Block[]> {
    const blocks: Block[] = []
    for (let index = 0; index < numbers.length; index += nearAtOnce) {
      blocks.push(...(await Promise.all(numbers.slice(index, index + nearAtOnce).map((number) => node.block(number)))))
    }
    return blocks
  }

  return {
    step,
    /** What the node said last. */
    get head() {
      return head
    },
  }
}

const withoutTransfers = (blocks: Block[]) => blocks.map((block) => ({ block, transfers: [] }))

function numbersFrom(from: bigint, to: bigint, limit: number): bigint[] {
  const length = Math.min(limit, Number(to - from) + 1)
  return Array.from({ length }, (_, index) => from + BigInt(index))
}
