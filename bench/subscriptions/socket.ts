import { connect } from 'node:net'
import { clientFrame, createFrameReader, opcode } from './frames.ts'
import { query } from './operation.ts'

export type Subscriber = { port: number; id: string; token: string; authorization: string | null }
type Listeners = {
  /** A `next` message, in this part of the buffer, which is used again afterwards. */
  onDelivery(data: Buffer, start: number, end: number): void
  /** Of a subscription or a socket that has ended. */
  onEnd(reason: string): void
}

// Every socket of the process reads into it in its turn.
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)
const n = 'n'.charCodeAt(0)
// Either order of the two members stands at the beginning: {"id":"s00001","type":"next" or {"type":"next","id":"s00001"
const typeAfterId = '{"id":"s00001","type":"'.length
const typeFirst = '{"type":"'.length
const i = 'i'.charCodeAt(0)

/** Opens a socket and subscribes (graphql-transport-ws). Resolves when the subscription is on its way. */
export function openSubscriber({ port, id, token, authorization }: Subscriber, { onDelivery, onEnd }: Listeners) {
  return new Promise<void>((resolve, reject) => {
    let upgraded = ''
    let opened = false
    let ended = false
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback(bytes) {
          const chunk = readBuffer.subarray(0, bytes)
          if (opened) read(chunk)
          else upgrade(chunk)
          return true
        },
      },
    })
    const send = (message: object) => socket.write(clientFrame(opcode.text, Buffer.from(JSON.stringify(message))))
    const end = (reason: string) => {
      if (ended) return
      ended = true
      reject(new Error(reason))
      onEnd(reason)
      socket.destroy()
    }

    function upgrade(chunk: Buffer) {
      upgraded += chunk.toString('latin1')
      const headBytes = upgraded.indexOf('\r\n\r\n') + 4
      if (headBytes < 4) return
      if (!upgraded.startsWith('HTTP/1.1 101')) return end(upgraded.slice(0, 200))
      opened = true
      send({ type: 'connection_init', payload: authorization ? { authorization } : {} })
      if (upgraded.length > headBytes) read(Buffer.from(upgraded.slice(headBytes), 'latin1'))
    }

    const read = createFrameReader((code, data, start, stop) => {
      if (code === opcode.text) {
        const typeAt = start + (data[start + 2] === i ? typeAfterId : typeFirst)
        if (data[typeAt] === n) onDelivery(data, start, stop)
        else take(JSON.parse(data.toString('utf8', start, stop)))
      } else if (code === opcode.ping) {
        socket.write(clientFrame(opcode.pong, Buffer.from(data.subarray(start, stop))))
      } else if (code === opcode.close) end(`closed ${stop > start ? data.readUInt16BE(start) : ''}`.trimEnd())
    })

    function take(message: { type: string; payload?: unknown }) {
      if (message.type === 'connection_ack') {
        send({ id, type: 'subscribe', payload: { query, variables: { token } } })
        resolve()
      } else if (message.type === 'ping') send({ type: 'pong' })
      else if (message.type !== 'pong') end(JSON.stringify(message))
    }

    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('closed'))
    socket.write(
      [
        'GET /graphql HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: Z2F0ZWhvdXNlIGJlbmNoIQ==',
        'Sec-WebSocket-Protocol: graphql-transport-ws',
        '\r\n',
      ].join('\r\n'),
    )
  })
}
