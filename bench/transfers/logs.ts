import { randomBytes } from 'node:crypto'

/** A Transfer log as an indexer sends it. */
export type Log = ReturnType<typeof createLogs>[number]

const logsPerBlock = 200
const hex = (bytes: number) => `0x${randomBytes(bytes).toString('hex')}`
const tokens = Array.from({ length: 50 }, () => hex(20))
const accounts = Array.from({ length: 1_000 }, () => hex(20))
const anyOf = (list: string[]) => list[Math.floor(Math.random() * list.length)]!

let block = { number: 20_000_000, hash: hex(32), logs: 0 }

/** The next ones of a chain that never repeats itself. */
export function createLogs(count: number) {
  const timestamp = new Date().toISOString()
  return Array.from({ length: count }, () => {
    if (block.logs === logsPerBlock) block = { number: block.number + 1, hash: hex(32), logs: 0 }
    block.logs += 1
    return {
      chainId: 1,
      token: anyOf(tokens),
      from: anyOf(accounts),
      to: anyOf(accounts),
      amount: `${Math.ceil(Math.random() * 1e12)}000000`,
      blockNumber: String(block.number),
      blockHash: block.hash,
      transactionHash: hex(32),
      logIndex: block.logs,
      timestamp,
    }
  })
}
