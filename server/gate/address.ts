/**
 * Where a request comes from, as limits count it: an IPv4 address, or the 64 bits of an IPv6 address that a network
 * gives to one subscriber, who has all the addresses under them.
 */
import { isIP, isIPv6, SocketAddress } from 'node:net'

export interface From {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly remoteAddress: string
}

/**
 * With `trustProxy` the last entry of X-Forwarded-For counts: that one our own proxy wrote, whatever its client had
 * said before. One that is no address is nobody's, and the proxy's own counts.
 */
export function addressOf({ headers, remoteAddress }: From, trustProxy: boolean): string {
  const forwarded = headers['x-forwarded-for']
  if (!trustProxy || forwarded === undefined) return network(remoteAddress)
  const last = (typeof forwarded === 'string' ? forwarded : (forwarded.at(-1) ?? ''))
    .split(',')
    .at(-1)
    ?.trim()
  return network(last !== undefined && isIP(last) !== 0 ? last : remoteAddress)
}

function network(address: string): string {
  const bare = address.split('%', 1)[0] ?? ''
  if (!isIPv6(bare)) return address
  const written = new SocketAddress({ address: bare, family: 'ipv6' }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(written)?.[1]
  if (mapped !== undefined) return mapped
  const [front = '', back = ''] = written.split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === '' ? [] : back.split(':')
  const groups = written.includes('::')
    ? [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
    : head
  return `${groups.slice(0, 4).join(':')}::/64`
}
