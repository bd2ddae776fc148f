import type { Bucket } from '../../storage/buckets.ts'

/** What was found, in which bucket, of whom (an id) or under which key. Ids and keys alone: a report is read by operators. */
export type Finding = {
  kind: /** An object that no row names. */
    | 'orphan'
    /** A row whose object is hidden by a delete marker or, where it is public, by other bytes; or lies there as another version. */
    | 'hidden'
    /** A row without object. */
    | 'missing'
    /** A row whose object has other bytes. */
    | 'damaged'
    /** A document that was missing, and is back. */
    | 'found'
    /** An object that was to be deleted long ago. */
    | 'undeleted'
  bucket: Bucket
  subject: string
  /** What was done about it; `left`: nothing, be it that nobody asked for it or that it cannot be done. */
  outcome: 'deleted' | 'restored' | 'marked' | 'known' | 'cleared' | 'left'
  why?: string
}

export type Report = {
  objects: number
  rows: number
  /** Of uploads that may still be completed. */
  inFlight: number
  counts: Record<Finding['kind'], number>
  /** Found and not put right. */
  left: number
}

export const newReport = (): Report => ({
  objects: 0,
  rows: 0,
  inFlight: 0,
  counts: { orphan: 0, hidden: 0, missing: 0, damaged: 0, found: 0, undeleted: 0 },
  left: 0,
})

/** Missing is missing, whether or not it is on record. */
export const isSettled = ({ kind, outcome }: Finding) => kind !== 'missing' && kind !== 'damaged' && outcome !== 'left'
