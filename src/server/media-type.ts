/** What an answer may be. An older client knows nothing of the second, and takes any status but 200 for a failure of HTTP. */
const mediaTypes = ['application/json', 'application/graphql-response+json'] as const
const events = 'text/event-stream'
const streams = [events, 'multipart/mixed']

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

/** Whether an answer that comes as a stream is one of server-sent events. */
export const takesEvents = (accept: string | undefined): boolean =>
  !accept || rangesOf(accept).some((range) => fits(events, range))

/** What is worth nothing is not taken (RFC 9110, section 12.4.2). Texts are UTF-8: who wants another charset takes none of them. */
const rangesOf = (accept: string) =>
  accept
    .toLowerCase()
    .replace(/\s/g, '')
    .split(',')
    .filter((range) => !/;q=0(\.0*)?(;|$)/.test(range))
    .filter((range) => !range.includes('charset=') || /;charset="?utf-8"?(;|$)/.test(range))
    .map((range) => range.split(';', 1)[0]!)

const fits = (type: string, range: string) =>
  range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
