import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

export type ClientAddress = ReturnType<typeof createClientAddress>

/**
 * Where a request comes from: the socket's other end, or what a trusted proxy says about it. Each proxy appends whom it
 * had its request from, so the list is read from the right, as long as a trusted one speaks.
 */
export function createClientAddress(trustedProxies: readonly string[]) {
  const trusted = proxyList(trustedProxies)
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (req: IncomingMessage): string => {
    const hops = [req.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = plain(req.socket.remoteAddress ?? '')
    while (isIP(address) && isTrusted(address)) {
      const hop = plain(hops.pop() ?? '')
      // Nothing more, or nothing that is an address: the last proxy that we trust is all that is known.
      if (!isIP(hop)) break
      address = hop
    }
    return address
  }
}

/** An IPv4 address in IPv6 clothes, one in brackets and one with a port are the address itself. */
const plain = (text: string) =>
  text
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')

function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const bits = isIP(address) === 6 ? 128 : 32
    const length = prefix === undefined ? bits : Number(prefix)
    if (!isIP(address) || !Number.isInteger(length) || length < 0 || length > bits) {
      throw new Error(`TRUSTED_PROXIES: "${entry}" is neither an address nor a range like 10.0.0.0/8.`)
    }
    list.addSubnet(address, length, bits === 128 ? 'ipv6' : 'ipv4')
  }
  return list
}
