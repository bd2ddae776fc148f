import { randomBytes } from 'node:crypto'
import type { TransferPayload } from '../../src/events.ts'
import { encodeCursor } from '../../src/log/cursor.ts'
import { tokenOf } from './topics.ts'

/** Numbers of events have as many digits as heights of blocks have. */
export const firstNumber = 10_000_000

const address = () => `0x${randomBytes(20).toString('hex')}`
const accounts = Array.from({ length: 100 }, address)
// Neither drawn nor digested: the writer shares its core with the client.
const hashOf = (number: number, rest: string) => `0x${String(number).padStart(64, rest)}`
export const idOf = (number: number) => `transfer_${String(number).padStart(26, '0')}`

/** The transfer that is event `number` of the run: by its block number the client knows it again. */
export const transferNumber = (number: number): TransferPayload => ({
  chainId: 1,
  token: tokenOf(number),
  kind: 'transfer',
  from: accounts[number % 100]!,
  to: accounts[(number + 1) % 100]!,
  amount: `${number}000000000000000000`,
  blockNumber: String(number),
  blockHash: hashOf(number, 'b10c'),
  transactionHash: hashOf(number, '7a'),
  logIndex: number % 300,
  timestamp: Date.now(),
})

/** What a subscriber of Gatehouse is shown of it, for the servers that get it ready-made. */
export function shownTransfer(number: number) {
  const { kind, timestamp, ...transfer } = transferNumber(number)
  return {
    cursor: encodeCursor({ transfers: { position: number, hash: transfer.blockHash.slice(2) } }),
    kind: 'RECORDED',
    transfer: {
      id: idOf(number),
      ...transfer,
      kind: kind.toUpperCase(),
      timestamp: new Date(timestamp).toISOString(),
      retracted: false,
    },
  }
}
