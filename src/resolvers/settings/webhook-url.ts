import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { FieldFault } from '../../errors.ts'

const maxLength = 2_000

/** What is not the public Internet, by the registries of special-purpose addresses of IANA (RFC 6890). */
const notPublic = {
  ipv4: blockList('ipv4', [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ]),
  // A list of its own: Node takes an IPv4 address for the IPv6 one that it is mapped to.
  ipv6: blockList('ipv6', [
    // Global unicast is 2000::/3: all that is below and above it.
    ['::', 3],
    ['4000::', 2],
    ['8000::', 1],
    // Teredo and other protocols' own, documentation, and 6to4, which has an IPv4 address in it.
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ]),
}
const localNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/

/**
 * A webhook goes to the public Internet, never to what the gateway alone can reach. Whoever sends one must look at the
 * addresses that the name has at that moment too: this is what can be said of a URL as it is written.
 */
export function webhookUrlFault(path: string, value: string): FieldFault | null {
  const fault = (message: string): FieldFault => ({ path, message })
  // The parser has made one of all the ways to write an IPv4 address.
  const { protocol, username, password, hostname, href } = new URL(value)
  if (href.length > maxLength) return fault(`Must have at most ${maxLength} characters.`)
  if (protocol !== 'https:') return fault('Must begin with https://.')
  if (username !== '' || password !== '') return fault('Must not have a user name or a password in it.')
  return isPublicHost(hostname) ? null : fault('Must name a host of the public Internet.')
}

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIPv4(host)) return !notPublic.ipv4.check(host, 'ipv4')
  if (isIPv6(host)) return !notPublic.ipv6.check(host, 'ipv6')
  return host.includes('.') && !localNames.test(host)
}

function blockList(family: 'ipv4' | 'ipv6', networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, bits] of networks) list.addSubnet(network, bits, family)
  return list
}
