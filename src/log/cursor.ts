import { type Stream, streams } from '../db/schema/event.ts'
import { BadUserInputError } from '../errors.ts'

/**
 * A place in one stream: after the event with this position, whose hash begins like this (8 bytes, hex). With a part,
 * further on: in the middle of what a subscription makes of the next event, after the part with this name.
 */
export type Place = { position: number; hash: string; part?: string }
/** Places by stream; a cursor covers the streams that whoever got it may subscribe to. */
export type Cursor = Partial<Record<Stream, Place>>

const version = 1
const hashLength = 16

export function encodeCursor(cursor: Cursor): string {
  const places = streams.flatMap((stream) => {
    const place = cursor[stream]
    if (!place) return []
    const { position, hash, part } = place
    return [[stream, position, hash.slice(0, hashLength), ...(part === undefined ? [] : [part])]]
  })
  return Buffer.from(JSON.stringify([version, ...places])).toString('base64url')
}

/** BAD_USER_INPUT for what is no cursor of ours. */
export function decodeCursor(text: string, path = 'after'): Cursor {
  try {
    const [found, ...places] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (found !== version || places.length === 0) throw new Error('another version')
    return Object.fromEntries(places.map(decodePlace))
  } catch {
    throw new BadUserInputError([{ path, message: 'This is not a cursor of the event log.' }])
  }
}

function decodePlace([stream, position, hash, part]: [Stream, number, string, string?]): [Stream, Place] {
  if (!streams.includes(stream) || !Number.isSafeInteger(position) || position < 0) throw new Error('not a place')
  if (typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash)) throw new Error('not a hash')
  if (part !== undefined && typeof part !== 'string') throw new Error('not a part')
  return [stream, { position, hash, ...(part !== undefined && { part }) }]
}

/** The place for a stream; BAD_USER_INPUT when the cursor has none. */
export function placeIn(text: string, stream: Stream, path = 'after'): Place {
  const place = decodeCursor(text, path)[stream]
  if (!place) throw new BadUserInputError([{ path, message: `This cursor has no position in the stream ${stream}.` }])
  return place
}

/** In one log. Parts come in the order of their names, after where there is none yet. */
export const isBefore = (one: Place, other: Place) =>
  one.position === other.position ? (one.part ?? '') < (other.part ?? '') : one.position < other.position

export const samePlace = (place: Place, event: Place) =>
  place.position === event.position && event.hash.slice(0, hashLength) === place.hash.slice(0, hashLength)
