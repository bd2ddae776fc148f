import { zeroAddress } from '../db/schema/transfer.ts'
import type { TransferLog } from '../resolvers/transfer/transfer.ts'
import { type Block, type Log, NodeError } from './node.ts'

/** A block with what was transferred in it. */
export type BlockOfTransfers = { block: Block; transfers: TransferLog[] }

/** NodeError when the node answered from two forks: a log that is of another block than the one at its height. */
export function transfersOf(chainId: number, block: Block, logs: readonly Log[]): BlockOfTransfers {
  const own = logs.every((log) => log.blockHash === block.hash && log.blockNumber === block.number)
  if (!own) throw new NodeError(`eth_getLogs: logs of another block ${block.number} than the chain has`)
  return { block, transfers: logs.filter(isTransfer).map((log) => transferOf(chainId, block, log)) }
}

/** ERC-20: both addresses are indexed, the amount is not. With four topics it is a token of its own kind, ERC-721. */
function isTransfer({ topics, data }: Log): boolean {
  const [, from, to] = topics
  const isErc20 = topics.length === 3 && data.length === 66 && isAddress(from!) && isAddress(to!)
  // A contract may say that nobody gave something to nobody: nothing moved.
  return isErc20 && !(addressOf(from!) === zeroAddress && addressOf(to!) === zeroAddress)
}

const transferOf = (chainId: number, block: Block, log: Log): TransferLog => ({
  chainId,
  token: log.address,
  from: addressOf(log.topics[1]!),
  to: addressOf(log.topics[2]!),
  amount: BigInt(log.data).toString(),
  blockNumber: String(block.number),
  blockHash: block.hash,
  transactionHash: log.transactionHash,
  logIndex: log.logIndex,
  timestamp: new Date(Number(block.timestamp) * 1000),
})

const isAddress = (topic: string) => topic.startsWith(`0x${'0'.repeat(24)}`)
const addressOf = (topic: string) => `0x${topic.slice(26)}`
