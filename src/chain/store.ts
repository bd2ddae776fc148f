import { and, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { chainBlocks } from '../db/schema/chain.ts'
import { type Tx, transaction, type Writer } from '../db/transaction.ts'
import { recordTransfers } from '../resolvers/transfer/record.ts'
import { retractTransfers } from '../resolvers/transfer/retract.ts'
import { keyOf } from '../resolvers/transfer/transfer.ts'
import type { BlockOfTransfers } from './transfers.ts'

/** How many blocks are kept to find the fork of a reorganisation. */
const maxBlocks = 1_024
/** So many are left in one transaction: each may have transfers to retract. */
const leaveAtOnce = 100

export type StoredBlock = { number: bigint; hash: string }
type Options = { writer: Writer; chainId: number }
export type BlockStore = ReturnType<typeof createBlockStore>

/**
 * The blocks of a chain that were read, and their transfers: one transaction, so that neither is there without the other.
 * Each change says what it goes on from, and is refused if somebody else has gone on meanwhile.
 */
export function createBlockStore({ writer, chainId }: Options) {
  const { db, logger } = writer.services
  const { number, hash } = chainBlocks
  const ofChain = eq(chainBlocks.chainId, chainId)
  const newestFirst = (from: Db, limit: number): Promise<StoredBlock[]> =>
    from.select({ number, hash }).from(chainBlocks).where(ofChain).orderBy(desc(number)).limit(limit)

  const readLast = async (from: Db = db) => (await newestFirst(from, 1))[0] ?? null

  const goOnFrom = <T>(last: StoredBlock | null, work: (tx: Tx) => Promise<T>) =>
    transaction(writer, async (tx) => {
      await tx.db.execute(sql`select pg_advisory_xact_lock(723555, hashtext(${String(chainId)}))`)
      const found = await readLast(tx.db)
      if (found?.hash !== last?.hash) throw new Error('another watcher of this chain has gone on meanwhile')
      return work(tx)
    })

  return {
    readLast,
    readAll: () => newestFirst(db, maxBlocks),
    /** In order; those before the last of them need not be all there are. */
    append: (last: StoredBlock | null, blocks: readonly BlockOfTransfers[]) =>
      goOnFrom(last, async (tx) => {
        await tx.db
          .insert(chainBlocks)
          .values(blocks.map(({ block }) => ({ chainId, number: block.number, hash: block.hash })))
        await recordTransfers(
          tx,
          blocks.flatMap(({ transfers }) => transfers),
          // Somebody has sent something else in the name of this block. It cannot be undone, and must not end the rest.
          (different) =>
            logger.error({ chainId, different: different.map(keyOf) }, 'transfers are stored as what they are not'),
        )
        const older = tx.db
          .select({ number })
          .from(chainBlocks)
          .where(ofChain)
          .orderBy(desc(number))
          .offset(maxBlocks)
          .limit(1)
        await tx.db.delete(chainBlocks).where(and(ofChain, lte(number, sql`(${older})`)))
      }),
    /** Leaves what is stored above the fork: those blocks are not of the chain any more. Newest first, so many at a time. */
    leave: (last: StoredBlock, fork: StoredBlock) =>
      goOnFrom(last, async (tx) => {
        const above = and(ofChain, gt(number, fork.number))
        const left = await tx.db
          .select({ number, hash })
          .from(chainBlocks)
          .where(above)
          .orderBy(desc(number))
          .limit(leaveAtOnce)
        const blockHashes = left.map((block) => block.hash)
        await tx.db.delete(chainBlocks).where(and(ofChain, inArray(hash, blockHashes)))
        const { retracted } = await retractTransfers(tx, { chainId, blockHashes })
        return { blocks: left.length, retracted }
      }),
  }
}
