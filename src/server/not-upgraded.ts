import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Node hands over every request that offers another protocol. Clients that offer HTTP/2 in clear (Java's does) are to be
 * answered in HTTP/1.1, as if they had not: the request goes back to the server without the offer.
 */
export function takeAsPlain(server: Server, req: IncomingMessage, socket: Duplex, head: Buffer) {
  const { method, url, httpVersion, rawHeaders } = req
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    const kept = name.toLowerCase() === 'connection' ? withoutOffer(value) : value
    if (kept && !offering.has(name.toLowerCase())) lines.push(`${name}: ${kept}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}

export const isWebSocket = (req: IncomingMessage) => req.headers.upgrade?.toLowerCase() === 'websocket'

const offering = new Set(['upgrade', 'http2-settings'])

const withoutOffer = (connection: string) =>
  connection
    .split(',')
    .map((token) => token.trim())
    .filter((token) => !offering.has(token.toLowerCase()))
    .join(', ')
