import { isDeepStrictEqual } from 'node:util'
import { reasonOf, type StoreError, statusOf } from '../reason.ts'

export type Bounded = { abortSignal: AbortSignal }

/** What a bucket should be like. `want` and what `read` answers have one form, whatever words a store has for it. */
export type Setting = {
  what: string
  /** Without it people would notice: uploads or public pages would not work, or bytes would be lost. */
  needed: boolean
  want: unknown
  /** Null: the bucket has none. */
  read(options: Bounded): Promise<unknown>
  write(options: Bounded): Promise<unknown>
}

/** `not kept`: the store took it and has it not, or has no such setting; its `why` says which. */
export type Outcome = { state: 'set' | 'unchanged' | 'not kept' | 'failed'; why: string | null }

/** Whether it is as wanted, without a change. */
export const isApplied = async (setting: Setting, timeoutMs: number) =>
  isDeepStrictEqual(await readSetting(setting, { abortSignal: AbortSignal.timeout(timeoutMs) }), setting.want)

/** Reads, writes what differs, and reads again: what a store says that it took is not yet what it has. */
export async function applySetting(setting: Setting, timeoutMs: number): Promise<Outcome> {
  const isAsWanted = () => isApplied(setting, timeoutMs)
  try {
    if (await isAsWanted()) return { state: 'unchanged', why: null }
    await setting.write({ abortSignal: AbortSignal.timeout(timeoutMs) })
    if (await isAsWanted()) return { state: 'set', why: null }
    return { state: 'not kept', why: 'it answered that it took it, and has it not' }
  } catch (error) {
    // Another gateway that starts at the same time may have set it, and ours was refused for that.
    if (await isAsWanted().catch(() => false)) return { state: 'unchanged', why: null }
    return { state: isUnknownToStore(error) ? 'not kept' : 'failed', why: reasonOf(error) }
  }
}

/** A store that has no such setting may refuse to answer what it is: then writing shows. */
async function readSetting({ read }: Setting, options: Bounded) {
  try {
    return await read(options)
  } catch (error) {
    if (isAbsent(error) || isUnknownToStore(error)) return null
    throw error
  }
}

/** What a setting found out by itself. */
export class NotKeptError extends Error {}

const isAbsent = (error: unknown) => statusOf(error) === 404 && (error as StoreError).name !== 'NoSuchBucket'

/** That it does not know the request, or not in this form or for this bucket; an outage or a missing right is something else. */
const isUnknownToStore = (error: unknown) =>
  error instanceof NotKeptError ||
  [400, 405, 501].includes(statusOf(error) ?? 0) ||
  (error as StoreError).name === 'InvalidBucketState'
