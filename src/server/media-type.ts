/** What an answer may be. An older client knows nothing of the second, and takes any status but 200 for a failure of HTTP. */
const mediaTypes = ['application/json', 'application/graphql-response+json'] as const
const streams = ['text/event-stream', 'multipart/mixed']

export type MediaType = (typeof mediaTypes)[number]

/** The form of an answer: the first that a client names of those that there are. Null: it names none of them. */
export function mediaTypeOf(accept: string | undefined): MediaType | null {
  if (!accept || accept === '*/*' || accept === mediaTypes[0]) return mediaTypes[0]
  for (const range of rangesOf(accept)) {
    const found = mediaTypes.find((type) => fits(type, range))
    if (found) return found
  }
  return null
}

/** Whether a client takes an answer that comes bit by bit. */
export const takesStream = (accept: string | undefined): boolean =>
  !accept || rangesOf(accept).some((range) => streams.some((type) => fits(type, range)))

/** Texts are UTF-8: who wants another charset takes none of them. */
const rangesOf = (accept: string) =>
  accept
    .toLowerCase()
    .replace(/\s/g, '')
    .split(',')
    .filter((range) => !range.includes('charset=') || /;charset="?utf-8"?(;|$)/.test(range))
    .map((range) => range.split(';', 1)[0]!)

const fits = (type: string, range: string) =>
  range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
