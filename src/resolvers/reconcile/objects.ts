import { type Bucket, buckets, type ObjectPlace } from '../../storage/buckets.ts'
import { reasonOf } from '../../storage/reason.ts'
import { listVersions, type StoredVersion } from '../../storage/versions.ts'
import { deleteGivenUpObject } from '../document/erase.ts'
import { claimsOn } from './claimed.ts'
import type { Run } from './run.ts'

/** What is younger may belong to what has only begun: nothing that is in flight takes a day. */
const settledMs = 86_400_000

/** Objects that no row names: every version of them goes, if it is asked for and they are not suspiciously many. */
export async function reconcileObjects(run: Run) {
  const { maxDeletions, repair } = run.options
  const held: ObjectPlace[] = []
  for (const bucket of buckets) {
    for await (const keys of settledKeys(run, bucket)) {
      const claims = await claimsOn(run.services.db, bucket, keys)
      run.report.inFlight += [...claims.values()].filter((claim) => claim === 'in flight').length
      for (const key of keys.filter((key) => !claims.has(key))) {
        const place = { bucket, key }
        if (!repair) run.find({ kind: 'orphan', bucket, subject: key, outcome: 'left' })
        else if (maxDeletions === null) await deleteOrphan(run, place)
        else if (held.length <= maxDeletions) held.push(place)
        else leaveOrphan(run, place)
      }
    }
  }
  const areFew = maxDeletions !== null && held.length <= maxDeletions
  for (const place of held) await (areFew ? deleteOrphan(run, place) : leaveOrphan(run, place))
}

function leaveOrphan(run: Run, { bucket, key }: ObjectPlace) {
  const why = `there are more than ${run.options.maxDeletions}: does this store belong to this database?`
  run.find({ kind: 'orphan', bucket, subject: key, outcome: 'left', why })
}

async function deleteOrphan(run: Run, place: ObjectPlace) {
  const orphan = { kind: 'orphan', bucket: place.bucket, subject: place.key } as const
  try {
    // The listing took its time.
    const claims = await claimsOn(run.services.db, place.bucket, [place.key])
    if (claims.size > 0) return
    await deleteGivenUpObject(run.services, place)
    run.find({ ...orphan, outcome: 'deleted' })
  } catch (error) {
    // A store may hold what was locked in it, and for longer than we run.
    run.find({ ...orphan, outcome: 'left', why: reasonOf(error) })
  }
}

/** The keys of a bucket, hidden ones too, page by page, without those under which anything is new. */
async function* settledKeys({ services, options, report }: Run, bucket: Bucket) {
  const before = (options.now ?? Date.now()) - settledMs
  // A key's versions may go on in the next page.
  let last: [string, number] | null = null
  const settled = (newest: Iterable<[string, number]>) =>
    [...newest].filter(([, modifiedAt]) => modifiedAt < before).map(([key]) => key)

  for await (const page of listVersions(services.storage, bucket)) {
    const newest: Map<string, number> = newestByKey(page, last)
    report.objects += newest.size - (last ? 1 : 0)
    last = [...newest].at(-1) ?? null
    if (last) newest.delete(last[0])
    yield settled(newest)
  }
  if (last) yield settled([last])
}

function newestByKey(page: StoredVersion[], last: [string, number] | null): Map<string, number> {
  const newest = new Map(last ? [last] : [])
  // Versions and markers come apart: together they are in the order of the keys again.
  for (const { key, modifiedAt } of page.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))) {
    newest.set(key, Math.max(newest.get(key) ?? 0, modifiedAt.getTime()))
  }
  return newest
}
