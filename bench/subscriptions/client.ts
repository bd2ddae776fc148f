import { answer } from '../ask.ts'
import { openSubscriber } from './socket.ts'
import { nowMicros, tokenOf } from './topics.ts'

/** What was heard since `begin`. Of the samples: the number of the event, and when it came. */
export type Heard = {
  deliveries: number
  numbers: Float64Array
  micros: Float64Array
  elapsedMicros: number
  cpuMicros: number
  /** Why subscriptions ended, and how many. */
  ended: Record<string, number>
}
type Subscribers = { port: number; first: number; count: number; authorizations: string[] | null }

const openingAtOnce = 50
const maxSamples = 50_000
const needle = Buffer.from('"blockNumber":"')
const zero = '0'.charCodeAt(0)

let deliveries = 0
let sampleEvery = 1
let sampleCount = 0
const numbers = new Float64Array(maxSamples)
const micros = new Float64Array(maxSamples)
let ended: Record<string, number> = {}
let silent = 0
let began = { micros: 0, cpu: process.cpuUsage() }

/** The digits after the name of the field. */
function numberIn(data: Buffer, start: number): number {
  let number = 0
  for (let at = data.indexOf(needle, start) + needle.length; ; at++) {
    const digit = data[at]! - zero
    if (digit < 0 || digit > 9) return number
    number = number * 10 + digit
  }
}

async function open(port: number, index: number, authorizations: string[] | null) {
  const token = tokenOf(index)
  const id = `s${String(index).padStart(5, '0')}`
  const authorization = authorizations && `Bearer ${authorizations[index % authorizations.length]!}`
  let isFirst = true
  await openSubscriber(
    { port, id, token, authorization },
    {
      onDelivery(data, start, end) {
        if (isFirst) {
          isFirst = false
          silent -= 1
          assertMine(data.toString('utf8', start, end), token)
        }
        deliveries += 1
        if (deliveries % sampleEvery > 0 || sampleCount === maxSamples) return
        numbers[sampleCount] = numberIn(data, start)
        micros[sampleCount] = nowMicros()
        sampleCount += 1
      },
      onEnd(reason) {
        ended[reason] = (ended[reason] ?? 0) + 1
      },
    },
  )
}

/** Each server must have sent the whole of the event, to whom it concerns. */
function assertMine(text: string, token: string) {
  const { payload } = JSON.parse(text)
  const event = payload.data?.tokenTransfers
  if (event?.transfer.token.toLowerCase() === token && event.cursor && Object.keys(event.transfer).length === 13) return
  throw new Error(`not what was subscribed to: ${text}`)
}

answer({
  async open({ port, first, count, authorizations }: Subscribers) {
    silent += count
    for (let from = first; from < first + count; from += openingAtOnce) {
      const together = Math.min(openingAtOnce, first + count - from)
      await Promise.all(Array.from({ length: together }, (_, index) => open(port, from + index, authorizations)))
    }
  },
  /** How many have heard nothing yet. */
  silent: () => silent,
  deliveries: () => deliveries,
  begin({ sampleEvery: every }: { sampleEvery: number }) {
    deliveries = sampleCount = 0
    sampleEvery = every
    ended = {}
    began = { micros: nowMicros(), cpu: process.cpuUsage() }
  },
  end(): Heard {
    const { user, system } = process.cpuUsage(began.cpu)
    return {
      deliveries,
      numbers: numbers.slice(0, sampleCount),
      micros: micros.slice(0, sampleCount),
      elapsedMicros: nowMicros() - began.micros,
      cpuMicros: user + system,
      ended,
    }
  },
})
