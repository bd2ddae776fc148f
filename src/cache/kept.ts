import { LRUCache } from 'lru-cache'

/** What an answer costs beside its texts and bytes, about. */
export const placeBytes = 400

/** Whose answer it is, and what was asked. */
export type Question = { scope: string; asked: string }
type Weighed = { body: Buffer; tags: readonly string[] }
/** What was asked, by a number, which is shorter. */
type Asked = { number: number; answers: number }
type Place<Answer> = { asked: string; answer: Answer }
type Options = { maxBytes: number; maxAnswerBytes: number }

/**
 * Answers in memory, by whose they are and by what was asked. What was asked is long and looked for with each request,
 * some for nothing: it is hashed and compared once, not with each scope, and kept once for all.
 */
export function createKept<Answer extends Weighed>({ maxBytes, maxAnswerBytes }: Options) {
  const known = new Map<string, Asked>()
  let last = 0
  const places = new LRUCache<string, Place<Answer>>({
    // With none at all every answer is too large.
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.min(maxBytes, maxAnswerBytes)),
    sizeCalculation: ({ asked, answer: { body, tags } }, key) =>
      placeBytes + body.length + 2 * (key.length + asked.length) + tags.reduce((sum, tag) => sum + tag.length, 0),
    dispose: ({ asked }) => leave(asked),
  })
  const keyOf = (scope: string, { number }: Asked) => `${scope} ${number}`

  function leave(asked: string) {
    const found = known.get(asked)!
    found.answers -= 1
    if (found.answers === 0) known.delete(asked)
  }

  return {
    get({ scope, asked }: Question): Answer | undefined {
      const found = known.get(asked)
      return found && places.get(keyOf(scope, found))?.answer
    },
    /** False: it is too large. */
    set({ scope, asked }: Question, answer: Answer): boolean {
      const found = known.get(asked) ?? { number: ++last, answers: 0 }
      known.set(asked, found)
      // First, lest the answer whose place it takes is the last one.
      found.answers += 1
      const key = keyOf(scope, found)
      places.set(key, { asked, answer })
      const isKept = places.peek(key)?.answer === answer
      if (!isKept) leave(asked)
      return isKept
    },
    delete({ scope, asked }: Question) {
      const found = known.get(asked)
      if (found) places.delete(keyOf(scope, found))
    },
    clear: () => places.clear(),
    counts: () => ({ entries: places.size, bytes: places.calculatedSize, asked: known.size }),
  }
}
