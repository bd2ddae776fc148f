import { and, inArray, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { tokenTransfers, zeroAddress } from '../../db/schema/transfer.ts'
import type { Tx } from '../../db/transaction.ts'
import { BadUserInputError, ConflictError, type FieldFault } from '../../errors.ts'
import { transferRecorded } from '../../events.ts'
import { newId } from '../../ids.ts'
import { authorize } from '../../permissions.ts'
import { assertValid } from '../input.ts'
import { withEventCursor } from './event-cursor.ts'
import { setRetractedAt } from './retract.ts'
import { inOrderOfChain, isSameLog, keyOf, kindOf, payloadOf, type TransferLog } from './transfer.ts'

const maxTransfers = 500
/** The clock of a chain may be ahead of ours, but not by more. */
const maxAheadMinutes = 15
const maxBlockNumber = 2n ** 63n - 1n

/** All of a call or nothing of it, in the order of the chain. What is stored already is counted, not recorded again. */
export function recordTokenTransfers(ctx: Context, { transfers }: { transfers: readonly TransferLog[] }) {
  authorize(ctx.viewer, 'transfer:write')
  if (transfers.length > maxTransfers) {
    throw new BadUserInputError([{ path: 'transfers', message: `At most ${maxTransfers}.` }])
  }
  assertValid(transfers.flatMap(faultsOf))
  return withEventCursor(ctx, (tx) => recordTransfers(tx, transfers))
}

/**
 * A transfer is its chain, block and log index: the same one again changes nothing, unless its block had left the
 * canonical chain and is back: then it is recorded anew. CONFLICT when it says something else than what is stored.
 */
export async function recordTransfers(tx: Tx, transfers: readonly TransferLog[], onDifferent = refuseDifferent) {
  const items = distinct(transfers)
  const inserted = await insert(tx, items)
  const known = items.filter(({ id }) => !inserted.has(id))
  const restored = known.length > 0 ? await restore(tx, known, onDifferent) : new Map<Item, string>()
  let recorded = 0
  for (const item of items) {
    const id = inserted.has(item.id) ? item.id : restored.get(item)
    if (id === undefined) continue
    tx.record(transferRecorded(id, payloadOf(item.log)))
    recorded += 1
  }
  return { recorded, duplicates: transfers.length - recorded }
}

/** One of the call, with the id that it gets if it is new and the place that it has in the call. */
type Item = { id: string; index: number; log: TransferLog }

function distinct(transfers: readonly TransferLog[]): Item[] {
  const found = new Map<string, { index: number; log: TransferLog }>()
  const faults: FieldFault[] = []
  for (const [index, log] of transfers.entries()) {
    const first = found.get(keyOf(log))
    if (!first) found.set(keyOf(log), { index, log })
    else if (!isSameLog(first.log, log)) {
      faults.push({ path: `transfers.${index}`, message: `Is another log than transfers.${first.index} at its place.` })
    }
  }
  assertValid(faults)
  // Ids go up with the order, so that a list by time and id shows a block as the chain has it.
  return [...found.values()]
    .sort((one, other) => inOrderOfChain(one.log, other.log))
    .map((item) => ({ id: newId('tokenTransfer'), ...item }))
}

/** The ids of those that were not there. Whoever inserts the same at the same time is waited for. */
async function insert({ db }: Tx, items: Item[]): Promise<Set<string>> {
  if (items.length === 0) return new Set()
  const logs = items.map(({ log }) => log)
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into ${tokenTransfers} (id, kind, ${columns})
    select * from unnest(${texts(items.map(({ id }) => id))}, ${texts(logs.map(kindOf))}, ${arraysOf(logs)})
    on conflict (chain_id, block_hash, log_index) do nothing returning id`)
  return new Set(rows.map(({ id }) => id))
}

/** Of those that are stored: which were retracted and are not any more, with their ids. */
async function restore(tx: Tx, items: Item[], onDifferent: OnDifferent): Promise<Map<Item, string>> {
  const { id, retractedAt } = tokenTransfers
  const { rows } = await tx.db.execute<{ id: string; n: number; same: boolean; retracted: boolean }>(sql`
    select t.id, given.n::int as n, t.retracted_at is not null as retracted,
      (t.token, t."from", t."to", t.amount, t.block_number, t.transaction_hash, t.timestamp)
        = (given.token, given."from", given."to", given.amount, given.block_number, given.transaction_hash, given.timestamp) as same
    from unnest(${arraysOf(items.map(({ log }) => log))}) with ordinality given(${columns}, n)
    join ${tokenTransfers} t using (chain_id, block_hash, log_index)`)
  const stored = rows.map((row) => ({ ...row, item: items[row.n - 1]! }))
  const different = stored.filter(({ same }) => !same).map(({ item }) => item)
  if (different.length > 0) {
    different.sort((one, other) => one.index - other.index)
    onDifferent(
      different.map(({ log }) => log),
      different.map(({ index }) => index),
    )
  }
  const retracted = stored.filter((row) => row.retracted && row.same)
  if (retracted.length === 0) return new Map()
  const back = await setRetractedAt(
    tx,
    null,
    and(
      inArray(
        id,
        retracted.map((row) => row.id),
      ),
      isNotNull(retractedAt),
    ),
  )
  const ids = new Set(back.map((row) => row.id))
  return new Map(retracted.filter((row) => ids.has(row.id)).map((row) => [row.item, row.id]))
}

type OnDifferent = (logs: TransferLog[], indexes: number[]) => void

function refuseDifferent(_logs: TransferLog[], indexes: number[]) {
  const fields = indexes.map((index) => `transfers.${index}`)
  throw new ConflictError(`Another log is stored at the place of ${fields.join(', ')}: nothing was recorded.`, {
    fields: fields.map((path) => ({ path, message: 'Another log is stored at this chain, block and log index.' })),
  })
}

const columns = sql.raw(
  'chain_id, token, "from", "to", amount, block_number, block_hash, transaction_hash, log_index, timestamp',
)
const texts = (values: string[]): SQL => sql`${sql.param(values)}::text[]`

/** The logs as arrays, one for each of `columns`. */
function arraysOf(logs: TransferLog[]): SQL {
  const array = (pick: (log: TransferLog) => string | number, type: string) =>
    sql`${sql.param(logs.map(pick))}::${sql.raw(type)}[]`
  return sql.join(
    [
      array((log) => log.chainId, 'bigint'),
      array((log) => log.token, 'text'),
      array((log) => log.from, 'text'),
      array((log) => log.to, 'text'),
      array((log) => log.amount, 'numeric'),
      array((log) => log.blockNumber, 'bigint'),
      array((log) => log.blockHash, 'text'),
      array((log) => log.transactionHash, 'text'),
      array((log) => log.logIndex, 'integer'),
      array((log) => log.timestamp.toISOString(), 'timestamptz'),
    ],
    sql`, `,
  )
}

function faultsOf(log: TransferLog, index: number): FieldFault[] {
  const fault = (field: string, message: string) => ({ path: `transfers.${index}.${field}`, message })
  const { from, to, blockNumber, logIndex, timestamp } = log
  return [
    from === zeroAddress && to === zeroAddress && fault('to', 'Must not be the zero address when `from` is.'),
    BigInt(blockNumber) > maxBlockNumber && fault('blockNumber', 'Must be at most 2^63 - 1.'),
    logIndex < 0 && fault('logIndex', 'Must not be negative.'),
    timestamp.getTime() < 0 && fault('timestamp', 'Must not be before 1970.'),
    timestamp.getTime() > Date.now() + maxAheadMinutes * 60_000 &&
      fault('timestamp', `Must be at most ${maxAheadMinutes} minutes ahead.`),
  ].filter((found) => found !== false)
}
