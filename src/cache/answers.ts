import { decodeEntry, encodeEntry } from './entry.ts'
import type { Freshness } from './freshness.ts'
import { createKept, placeBytes, type Question } from './kept.ts'
import { redisNames } from './names.ts'
import type { Shared } from './shared.ts'
import type { Read } from './touches.ts'

/** What is larger is made anew each time. */
const maxAnswerBytes = 1024 * 1024
/** Entries that were made together do not end together: within this part of their time. */
const jitter = 0.2

/** A whole answer, and when it was made. */
export type Answer = { body: string; storedAt: number } | KeptAnswer
type KeptAnswer = { body: Buffer; storedAt: number }
/** What making an answer came to: a text that may be kept until then, or something that is for nobody else later. */
export type Made<Refused> = { body: string; validUntil: number } | { refused: Refused }
export type Outcome<Refused> =
  | { cache: 'hit' | 'miss' | 'bypass'; answer: Answer }
  | { cache: 'miss' | 'bypass'; refused: Refused }

type Entry = KeptAnswer & Read & { endsAt: number }
/** `isFor`: whoever asked before this moment, known as soon as there is an answer. */
type Flight<Refused> = Read & { isFor: number; outcome: Promise<Outcome<Refused>> }
/** No scope has a line of its own: no two questions look the same. */
const keyOf = ({ scope, asked }: Question) => `${scope}\n${asked}`

type Options = { freshness: Freshness; shared: Shared; maxBytes: number; ttlSeconds: number }

/**
 * Answers that are kept, in this process and in Redis behind it. An answer is as old as what had been applied before it
 * was made, and is used as long as no event has touched a tag of it since; one that is still being made likewise.
 */
export function createAnswers<Refused>({ freshness, shared, maxBytes, ttlSeconds }: Options) {
  const ttlMs = ttlSeconds * 1000
  const kept = createKept<Entry>({ maxBytes, maxAnswerBytes })
  const flights = new Map<string, Flight<Refused>>()
  freshness.onReset(() => {
    kept.clear()
    flights.clear()
  })

  function find(question: Question): KeptAnswer | null {
    const entry = freshness.isKnown() ? kept.get(question) : undefined
    if (!entry) return null
    if (Date.now() < entry.endsAt && freshness.holds(entry)) return entry
    kept.delete(question)
    return null
  }

  async function findShared(question: Question, tags: readonly string[]): Promise<Entry | null> {
    const log = freshness.log()
    const bytes = await shared.get(() => redisNames.answer(log, keyOf(question)))
    const found = bytes && decodeEntry(bytes)
    // Positions in one log say nothing in another.
    if (!found || !freshness.isKnown() || freshness.log() !== log) return null
    if (!freshness.holdsSince(tags, found.positions)) return null
    const now = Date.now()
    // Other clocks than this process's own are not quite to be relied on.
    const endsAt = Math.min(found.endsAt, now + ttlMs)
    if (endsAt <= now) return null
    const entry = {
      tags,
      clock: freshness.mark().clock,
      storedAt: Math.min(found.storedAt, now),
      endsAt,
      body: ownBytes(found.body),
    }
    kept.set(question, entry)
    return entry
  }

  async function fly(
    question: Question,
    flight: Omit<Flight<Refused>, 'outcome'>,
    make: () => Promise<Made<Refused>>,
  ): Promise<Outcome<Refused>> {
    const found = await findShared(question, flight.tags)
    if (found) {
      flight.isFor = found.endsAt
      return { cache: 'hit', answer: found }
    }
    // Before, not after: what is applied while the answer is made may be missing in it.
    const { clock, positions } = freshness.mark()
    const log = freshness.log()
    const nameOf = () => redisNames.answer(log, keyOf(question))
    flight.clock = clock
    const madeFrom = Date.now()
    const made = await make()
    if ('refused' in made) return { cache: 'miss', refused: made.refused }
    const storedAt = Date.now()
    const { validUntil } = made
    flight.isFor = Math.max(madeFrom, validUntil)
    const endsAt = Math.floor(Math.min(validUntil, storedAt + ttlMs * (1 - jitter * Math.random())))
    if (endsAt > storedAt && freshness.isKnown() && freshness.holds(flight)) {
      const body = ownBytes(Buffer.from(made.body))
      const entry = { tags: flight.tags, clock: flight.clock, body, storedAt, endsAt }
      const encode = () => encodeEntry({ positions, storedAt, endsAt, body })
      // Not what is too large.
      if (kept.set(question, entry)) shared.set(nameOf, encode, endsAt - storedAt)
    }
    return { cache: 'miss', answer: { body: made.body, storedAt } }
  }

  return {
    /** What is kept in this process. */
    find,
    /**
     * Kept elsewhere, being made, or made now. Whoever joins what is being made by somebody else's request gets what
     * that comes to, unless that was over before they asked; it goes on when that request is gone.
     */
    async run(
      question: Question,
      tags: readonly string[],
      make: () => Promise<Made<Refused>>,
      askedAt = Date.now(),
    ): Promise<Outcome<Refused>> {
      if (!freshness.isKnown()) return bypass(make)
      const found = find(question)
      if (found) return { cache: 'hit', answer: found }
      const key = keyOf(question)
      const joined = flights.get(key)
      if (joined && freshness.holds(joined)) {
        const outcome = await joined.outcome
        if (!('answer' in outcome)) return outcome
        // What is made from now on begins after they asked.
        return askedAt < joined.isFor ? { ...outcome, cache: 'hit' } : this.run(question, tags, make, askedAt)
      }
      const read = { tags, clock: freshness.mark().clock, isFor: Number.POSITIVE_INFINITY }
      const flight: Flight<Refused> = Object.assign(read, { outcome: fly(question, read, make) })
      flights.set(key, flight)
      try {
        return await flight.outcome
      } finally {
        if (flights.get(key) === flight) flights.delete(key)
      }
    },
    bypass,
    /** False: nothing is kept, and nothing that was kept is used. */
    isReady: freshness.isKnown,
    /** What is kept in memory. */
    kept: () => ({ ...kept.counts(), flights: flights.size }),
  }

  /** Makes an answer for one request only. */
  async function bypass(make: () => Promise<Made<Refused>>): Promise<Outcome<Refused>> {
    const made = await make()
    return 'refused' in made
      ? { cache: 'bypass', refused: made.refused }
      : { cache: 'bypass', answer: { body: made.body, storedAt: Date.now() } }
  }
}

/** Node cuts short buffers out of larger pieces: one that is kept would keep all of its piece, and nobody would count that. */
function ownBytes(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength - bytes.length < placeBytes) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
