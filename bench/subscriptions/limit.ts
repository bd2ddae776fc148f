import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { Redis } from 'ioredis'
import { type WebSocket, WebSocketServer } from 'ws'
import { listen, redisUrl } from '../listen.ts'
import { channelOf } from './operation.ts'
import { tokenOf, topicCount } from './topics.ts'

type Subscriber = { socket: WebSocket; stream: Duplex }

/**
 * The least that there is to do: what comes from Redis is put into the envelope of the protocol once, unread, and goes
 * to everybody who subscribed to its topic. No schema, no execution, and one operation id for all of them.
 */
export function serveLimit(send: (subscribers: Set<Subscriber>, message: string) => void) {
  const subscribers = new Map(
    Array.from({ length: topicCount }, (_, index) => [channelOf(tokenOf(index)), new Set<Subscriber>()]),
  )
  const server = createServer()
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  sockets.on('connection', (socket, request) => {
    const subscriber = { socket, stream: request.socket }
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data))
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (type !== 'subscribe') return
      const topic = subscribers.get(channelOf(payload.variables.token))!
      topic.add(subscriber)
      socket.on('close', () => topic.delete(subscriber))
    })
  })
  const redis = new Redis(redisUrl)
  redis.on('message', (channel, data) => {
    send(subscribers.get(channel)!, `{"id":"s00000","type":"next","payload":{"data":${data}}}`)
  })
  redis.subscribe(...subscribers.keys()).then(() => listen(server))
}
