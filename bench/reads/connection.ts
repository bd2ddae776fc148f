import { connect } from 'node:net'

/** What there is to know of an answer without reading it. */
export type Answer = { isHit: boolean; bytes: number /** How it begins, if it is none. */; fault: string | null }

const chunkBytes = 256 * 1024
const maxHeadBytes = 4096
const headEnd = '\r\n\r\n'
const lastChunk = Buffer.from('0\r\n\r\n')

/** One socket that asks again when it has the whole answer. By hand: a client's work must not be what is measured. */
export function openConnection(port: number, onAnswer: (answer: Answer) => void, onEnd: (error: Error) => void) {
  /** Where the answer ends; null: its head has not come yet, or it says with its last chunk. */
  let endsAt: number | null = null
  let isChunked = false
  let taken = 0
  let head = ''
  let answer: Answer | null = null

  function readHead(data: Buffer, count: number): boolean {
    head += data.toString('latin1', 0, Math.min(count, maxHeadBytes))
    const end = head.indexOf(headEnd)
    if (end < 0) return false
    const lines = head.slice(0, end).toLowerCase()
    const length = /\r\ncontent-length: *(\d+)/.exec(lines)
    const bodyAt = end + headEnd.length
    isChunked = length === null
    endsAt = length && bodyAt + Number(length[1])
    const body = isChunked ? head.slice(head.indexOf('\r\n', bodyAt) + 2) : head.slice(bodyAt)
    // The body may come apart from its head.
    const ok = lines.startsWith('http/1.1 200') && (head.length === bodyAt || body.startsWith('{"data":{'))
    answer = { isHit: lines.includes('\r\nx-cache: hit'), bytes: 0, fault: ok ? null : head }
    return true
  }

  function onChunk(count: number, data: Uint8Array) {
    const chunk = data as Buffer
    const known = answer !== null || readHead(chunk, count)
    taken += count
    if (!known) return true
    const isWhole = isChunked
      ? chunk.subarray(0, count).subarray(-lastChunk.length).equals(lastChunk)
      : taken === endsAt
    if (isWhole) {
      const whole = { ...answer!, bytes: taken }
      answer = endsAt = null
      head = ''
      taken = 0
      onAnswer(whole)
    }
    return true
  }

  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(chunkBytes), callback: onChunk },
  })
  socket.on('error', onEnd)
  socket.on('close', () => onEnd(new Error('the server closed a connection')))
  return socket
}
