import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Cursor, encodeCursor, isBefore } from '../../log/cursor.ts'
import type { Logger } from '../../logger.ts'
import type { SocketCounts } from '../server-metrics.ts'
import { textFrame } from './frame.ts'
import type { LiveSubscription, Sink } from './subscription.ts'

/** Too slow: come back with your last cursor. */
const tooSlow = 4420
/** For a client that still reads, to get the close and what is before it. One that does not is cut. */
const partingMs = 3_000
const cursorEveryMs = 10_000
const after = Buffer.from('}')

type Options = { socket: WebSocket; connection: Socket; maxQueuedBytes: number; counts: SocketCounts; logger: Logger }
export type SocketFeed = ReturnType<typeof createSocketFeed>

/** Connections that hold back what is written to them in this turn. */
let gathering: Socket[] = []

/** What is written in one turn goes to the kernel at once: it is the system call that costs. */
function gather(connection: Socket) {
  if (connection.writableCorked > 0) return
  connection.cork()
  if (gathering.push(connection) === 1) process.nextTick(handOver)
}

function handOver() {
  const gathered = gathering
  gathering = []
  for (const connection of gathered) connection.uncork()
}

/**
 * What goes over one socket beside the answers that are asked for one by one: the frames of subscriptions that are level
 * with the log, and every ten seconds, in a ping, the cursor up to which all of them have been sent.
 */
export function createSocketFeed({ socket, connection, maxQueuedBytes, counts, logger }: Options) {
  const subscriptions = new Set<LiveSubscription>()
  let timer: NodeJS.Timeout | undefined

  function cut() {
    logger.info({ queuedBytes: connection.writableLength }, 'a subscriber was too slow, and was cut off')
    socket.close(tooSlow, 'Too slow: come back with your last cursor')
    for (const subscription of subscriptions) void subscription.return?.()
    setTimeout(() => socket.terminate(), partingMs).unref()
  }

  /** What this turn has gathered is not the reader's fault: it is handed over first. */
  function isBehind() {
    if (connection.writableLength > maxQueuedBytes) connection.uncork()
    return connection.writableLength > maxQueuedBytes
  }

  function sendCursor() {
    const cursor: Cursor = {}
    for (const subscription of subscriptions) {
      const place = subscription.placeNow()
      const least = cursor[subscription.stream]
      if (!least || isBefore(place, least)) cursor[subscription.stream] = place
    }
    if (socket.readyState !== socket.OPEN || subscriptions.size === 0) return
    socket.send(JSON.stringify({ type: 'ping', payload: { cursor: encodeCursor(cursor) } }))
  }

  return {
    /** Where the answers of one operation go. */
    sinkOf(operationId: string): Sink {
      const before = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`)
      return {
        send(shared) {
          if (socket.readyState !== socket.OPEN) return false
          if (isBehind()) {
            cut()
            return false
          }
          // Not by the library, which would make each of them anew: header, mask bit, text to bytes.
          gather(connection)
          for (const payload of shared.payloads()) {
            connection.write(textFrame(before, payload, after))
            counts.deliveries += 1
          }
          return true
        },
        opened(subscription) {
          counts.subscriptions += 1
          subscriptions.add(subscription)
          timer ??= setInterval(sendCursor, cursorEveryMs)
        },
        closed(subscription) {
          if (subscriptions.delete(subscription)) counts.subscriptions -= 1
          if (subscriptions.size === 0) stopPinging()
        },
      }
    },
    close: stopPinging,
  }

  function stopPinging() {
    clearInterval(timer)
    timer = undefined
  }
}
