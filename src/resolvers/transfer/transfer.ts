import { type TransferKind, type tokenTransfers, zeroAddress } from '../../db/schema/transfer.ts'
import type { TransferPayload } from '../../events.ts'

/** A Transfer log of a chain: addresses and hashes in lower case, integers as decimal digits. */
export type TransferLog = Omit<TransferPayload, 'kind' | 'timestamp'> & { timestamp: Date }

/** As it is shown. Only whether it is retracted ever changes: that is asked for when it is to be shown. */
export type TokenTransfer = TransferLog & { id: string; kind: TransferKind; isRetracted(): boolean | Promise<boolean> }

export const kindOf = ({ from, to }: Pick<TransferLog, 'from' | 'to'>): TransferKind =>
  from === zeroAddress ? 'mint' : to === zeroAddress ? 'burn' : 'transfer'

/** What makes two transfers the same one. */
export const keyOf = ({ chainId, blockHash, logIndex }: TransferLog) => `${chainId} ${blockHash} ${logIndex}`

export const isSameLog = (one: TransferLog, other: TransferLog) =>
  one.token === other.token &&
  one.from === other.from &&
  one.to === other.to &&
  one.amount === other.amount &&
  one.blockNumber === other.blockNumber &&
  one.transactionHash === other.transactionHash &&
  one.timestamp.getTime() === other.timestamp.getTime()

/** The order in which the chain has them. Two forks of one height follow each other. */
export function inOrderOfChain(one: TransferLog, other: TransferLog): number {
  const byNumber = BigInt(one.blockNumber) - BigInt(other.blockNumber)
  return (
    one.chainId - other.chainId ||
    (byNumber < 0n ? -1 : byNumber > 0n ? 1 : 0) ||
    (one.blockHash < other.blockHash ? -1 : one.blockHash > other.blockHash ? 1 : 0) ||
    one.logIndex - other.logIndex
  )
}

export const payloadOf = (log: TransferLog): TransferPayload => ({
  chainId: log.chainId,
  token: log.token,
  kind: kindOf(log),
  from: log.from,
  to: log.to,
  amount: log.amount,
  blockNumber: log.blockNumber,
  blockHash: log.blockHash,
  transactionHash: log.transactionHash,
  logIndex: log.logIndex,
  timestamp: log.timestamp.getTime(),
})

export const transferOfRow = (row: typeof tokenTransfers.$inferSelect): TokenTransfer => ({
  ...row,
  blockNumber: String(row.blockNumber),
  isRetracted: () => row.retractedAt !== null,
})
