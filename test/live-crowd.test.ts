import { once } from 'node:events'
import { Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import WebSocket from 'ws'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { graphql } from './graphql/index.ts'
import { people, stackForTest } from './harness/index.ts'
import { openLive } from './harness/live.ts'
import { eventually, logOf } from './harness/log.ts'
import { address, block, indexerOn } from './harness/transfer.ts'

const mebibyte = 1024 * 1024
const maxQueuedBytes = 16 * mebibyte
const crowdSize = 1_000

// As much of an event as the limits let one ask for: a queue is full after a few hundred of them.
const transfer = 'transfer { id chainId token from to amount blockNumber blockHash transactionHash timestamp }'
const fat = `subscription($after: String) { tokenTransfers(after: $after) {
  cursor ${Array.from({ length: 29 }, (_, n) => `transfer${n}: ${transfer}`).join(' ')} transfer { id }
} }`
const slim = `subscription($token: EvmAddress, $after: String) {
  tokenTransfers(filter: { token: $token }, after: $after) { cursor transfer { id retracted } }
}`
type Shown = { tokenTransfers: { cursor: string; transfer: { id: string } } }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function bytesHeld() {
  collect()
  return process.memoryUsage().arrayBuffers
}

it('of a thousand subscribers one reads nothing: it is gone within five seconds, and with it what it held', async () => {
  const stack = await stackForTest()
  let cutAt = 0
  const logger = pino(
    new Writable({
      write(line, _encoding, done) {
        if (String(line).includes('too slow')) cutAt = performance.now()
        done()
      },
    }),
  )
  const gateway = await stack.startGateway(
    {
      SOCKET_MAX_QUEUED_BYTES: String(maxQueuedBytes),
      SOCKET_MAX_PER_SESSION: '1',
      API_KEY_PLANS: 'standard:1000000',
    },
    { logger },
  )
  const { url } = gateway
  const seed = people(gateway)
  const person = await seed.investor()
  const { key } = await seed.key({ owner: await seed.admin(), scopes: ['transfers:read'] })
  const ctx = indexerOn(gateway.services)
  const token = address()
  const record = (count: number, given = {}) => recordTokenTransfers(ctx, { transfers: block(count, given) })

  // Whoever is not taken in yet when the first event comes gets it too: each begins at the end of the log as it is now.
  await record(1)
  const { eventCursor } = await person.get(graphql(`query CrowdBegins { eventCursor }`))
  const crowd: Awaited<ReturnType<typeof openLive>>[] = []
  while (crowd.length < crowdSize) {
    const coming = Array.from({ length: 50 }, () =>
      openLive({ url, credential: { 'x-api-key': key }, query: slim, variables: { token, after: eventCursor } }),
    )
    crowd.push(...(await Promise.all(coming)))
  }
  const openFat = (after: string) =>
    openLive({ url, credential: { authorization: `Bearer ${person.token}` }, query: fat, variables: { after } })
  const stalled = await openFat(eventCursor)
  await record(1, { token })
  for (const { data } of [...crowd, stalled]) await eventually(() => data().length).toBe(1)
  const before = bytesHeld()

  stalled.socket.pause()
  let most = 0
  for (let round = 0; cutAt === 0; round++) {
    // Many at a time: who says nothing for two pings is gone for another reason, and a busy machine is slow.
    await record(250)
    await record(1, { token })
    most = Math.max(most, bytesHeld())
    expect(round).toBeLessThan(40)
  }
  // What was queued was held here, and nobody waited for it.
  expect(most - before).toBeGreaterThan(maxQueuedBytes / 2)
  const [, ...log] = await logOf(gateway.services, 'transfers')
  const forCrowd = log.filter((event) => event.payload.token === token).map(({ subjectId }) => subjectId)
  const idsOf = (shown: Shown[]) => shown.map(({ tokenTransfers }) => tokenTransfers.transfer.id)
  for (const { data } of crowd) await eventually(() => idsOf(data<Shown>())).toEqual(forCrowd)

  // A session has one socket here: another can be opened when the first one has gone.
  await eventually(() => comesIn(url, person.token!)).toBe(true)
  expect(performance.now() - cutAt).toBeLessThan(5_000)
  await eventually(() => bytesHeld() - before).toBeLessThan(maxQueuedBytes / 4)

  // What is left in the buffers of the kernel is in order, and the rest is to be had from there on.
  stalled.socket.resume()
  await stalled.closed
  const seen = stalled.data<Shown>()
  const again = await openFat(seen.at(-1)!.tokenTransfers.cursor)
  await eventually(() => seen.length + again.data().length).toBe(log.length)
  expect(idsOf([...seen, ...again.data<Shown>()])).toEqual(log.map(({ subjectId }) => subjectId))
})

/** Whether the session may open one more socket. It is gone again with the answer. */
async function comesIn(url: string, token: string) {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  const answered = once(socket, 'message').then(() => true)
  const isIn = await Promise.race([answered, once(socket, 'close').then(() => false)])
  socket.terminate()
  return isIn
}
