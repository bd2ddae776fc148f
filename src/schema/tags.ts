import type { Tag } from '../log/tags.ts'

type Arguments = Readonly<Record<string, unknown>>

/** What the schema says of the tags on which an answer rests, in extensions; server/tags.ts reads them. */
export type Reading = {
  reads?: readonly Tag[]
  own?: boolean
  public?: boolean
  tagById?: (id: string) => string
  ids?: (args: Arguments) => unknown
  narrow?: (args: Arguments) => string[] | null
}

/**
 * Of an object type, and of a field, an argument or an input field that reads another noun's table: the tags of the events
 * that change it. None: it is a part of what leads to it. An answer with an object whose type says nothing is not cached.
 */
export const reads = (...tags: Tag[]) => ({ reads: tags }) satisfies Reading

/** Of an object type: every event about one of them carries this tag. */
export const eachHas = (tagById: (id: string) => string) => ({ tagById }) satisfies Reading

/** Of a field whose contents belong to its object alone: whatever changes them carries the object's narrow tag as well. */
export const own = { own: true } as const satisfies Reading

/** Of a root field that answers the same to everybody, whatever is selected of it. */
export const toEverybody = { public: true } as const satisfies Reading

/** Of a root field that answers with what has the id in its argument `id`, and with nothing else. */
export const ofId = { ids: ({ id }: Arguments) => id } satisfies Reading
export const ofIds = { ids: ({ ids }: Arguments) => ids } satisfies Reading

/** Of a root field: the narrow tags that stand for all it can show under these arguments; null: none do. */
export const narrowedBy = (narrow: NonNullable<Reading['narrow']>) => ({ narrow }) satisfies Reading

export const readingOf = ({ extensions }: { readonly extensions: object }): Reading => extensions
