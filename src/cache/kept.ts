import { LRUCache } from 'lru-cache'

/** What an answer costs beside its texts and bytes, about. */
export const placeBytes = 400

/** Whose answer it is, and what was asked. */
export type Question = { scope: string; asked: string }
type Weighed = { body: Buffer; tags: readonly string[] }
/** What was asked, by a number, which is shorter, and how many answers there are to it. */
type Asked = { text: string; number: number; answers: number }
type Place<Answer> = { asked: Asked; answer: Answer }
type Options = { maxBytes: number; maxAnswerBytes: number }

/**
 * Answers in memory, by whose they are and by what was asked. What was asked is long, and looked for with each request,
 * at times for nothing: it is not put together with each scope, and it is there once for all.
 */
export function createKept<Answer extends Weighed>({ maxBytes, maxAnswerBytes }: Options) {
  const known = new Map<string, Asked>()
  let last = 0
  const places = new LRUCache<string, Place<Answer>>({
    // With none at all every answer is too large.
    maxSize: Math.max(1, maxBytes),
    maxEntrySize: Math.max(1, Math.min(maxBytes, maxAnswerBytes)),
    sizeCalculation: ({ asked: { text }, answer: { body, tags } }, key) =>
      placeBytes + body.length + 2 * (key.length + text.length) + tags.reduce((sum, tag) => sum + tag.length, 0),
    dispose: ({ asked }) => leave(asked),
  })
  const keyOf = (scope: string, { number }: Asked) => `${scope} ${number}`

  function leave(asked: Asked) {
    asked.answers -= 1
    if (asked.answers === 0) known.delete(asked.text)
  }

  function noteAsked(text: string): Asked {
    const asked = { text, number: ++last, answers: 0 }
    known.set(text, asked)
    return asked
  }

  return {
    get({ scope, asked: text }: Question): Answer | undefined {
      const asked = known.get(text)
      return asked && places.get(keyOf(scope, asked))?.answer
    },
    /** False: it is too large. */
    set({ scope, asked: text }: Question, answer: Answer): boolean {
      const asked = known.get(text) ?? noteAsked(text)
      // First, lest the answer whose place it takes is the last one.
      asked.answers += 1
      const key = keyOf(scope, asked)
      places.set(key, { asked, answer })
      const isKept = places.has(key)
      if (!isKept) leave(asked)
      return isKept
    },
    delete({ scope, asked: text }: Question) {
      const asked = known.get(text)
      if (asked) places.delete(keyOf(scope, asked))
    },
    clear: () => places.clear(),
    counts: () => ({ entries: places.size, bytes: places.calculatedSize, asked: known.size }),
  }
}
