import { type Stream, streams } from '../db/schema/event.ts'
import { BadUserInputError } from '../errors.ts'

/** A place in one stream: after the event with this position, whose hash begins like this (8 bytes, hex). */
export type Place = { position: number; hash: string }
/** Places by stream; a cursor covers the streams that whoever got it may subscribe to. */
export type Cursor = Partial<Record<Stream, Place>>

const version = 1
const hashLength = 16

export function encodeCursor(cursor: Cursor): string {
  const places = streams.flatMap((stream) => {
    const place = cursor[stream]
    return place ? [[stream, place.position, place.hash.slice(0, hashLength)]] : []
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

function decodePlace([stream, position, hash]: [Stream, number, string]): [Stream, Place] {
  if (!streams.includes(stream) || !Number.isSafeInteger(position) || position < 0) throw new Error('not a place')
  if (typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash)) throw new Error('not a hash')
  return [stream, { position, hash }]
}

/** The place for a stream; BAD_USER_INPUT when the cursor has none. */
export function placeIn(text: string, stream: Stream, path = 'after'): Place {
  const place = decodeCursor(text, path)[stream]
  if (!place) throw new BadUserInputError([{ path, message: `This cursor has no position in the stream ${stream}.` }])
  return place
}

export const samePlace = (place: Place, event: Place) =>
  place.position === event.position && event.hash.slice(0, hashLength) === place.hash.slice(0, hashLength)
