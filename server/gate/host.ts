/**
 * By which names this server may be called. A page of somebody else's site can make its own name lead to this machine
 * and then counts as the server's own origin; it cannot make the browser send another Host than that name.
 */
import { isIP } from 'node:net'
import { type Config, isGuarded, isLoopback } from '#server/config.ts'

type Names = Pick<Config, 'host' | 'publicUrl' | 'allowedOrigins' | 'authSecret' | 'authJwksUrl'>

/** Nobody can register a name under these, nor one without a dot: no foreign page is called so. */
const LOCAL = /^[^.]+$|\.(local|lan|internal|home\.arpa)$/

/** Two names are two opinions on whom it is for: a proxy in front may go by the other one. Names and values, in turn. */
export function namesOneHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  return hosts <= 1
}

/**
 * Answers whether a request with this Host header is meant for us. Where people sign in every name may be ours, since
 * a page under another name has no cookie of theirs; where everybody may write, it must be one that cannot be rebound.
 */
export function ourHosts(config: Names): (host: string | undefined) => boolean {
  const isOnNetwork = !isLoopback(config.host)
  if (isOnNetwork && isGuarded(config)) return () => true
  const known = new Set(
    [config.publicUrl, ...config.allowedOrigins].map((url) =>
      url === null ? null : URL.parse(url)?.hostname,
    ),
  )
  // Nearly every request calls us by the same name: a thousand that come back at once are looked at like one.
  let last: string | undefined
  return (host) => {
    if (host === undefined) return false
    if (host === last) return true
    const called = URL.parse(`http://${host}`)
    if (called === null) return false
    const { hostname } = called
    const isOurs = known.has(hostname) || isLoopback(hostname) || (isOnNetwork && isLocal(hostname))
    if (isOurs) last = host
    return isOurs
  }
}

function isLocal(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || LOCAL.test(hostname)
}
