/**
 * By which names this server may be called. A page of somebody else's site can make its own name lead to this machine
 * and then counts as the server's own origin; it cannot make the browser send another Host than that name.
 */
import { type Config, isLoopback } from '#server/config.ts'

/** Whether a request with this Host header is meant for us. Without a loopback binding every name may be ours. */
export function isOurHost(
  config: Pick<Config, 'host' | 'publicUrl' | 'allowedOrigins'>,
  host: string | undefined,
): boolean {
  if (!isLoopback(config.host)) return true
  const called = URL.parse(`http://${host ?? ''}`)
  if (called === null) return false
  if (isLoopback(called.hostname)) return true
  const known = [config.publicUrl, ...config.allowedOrigins]
  return known.some((url) => url !== null && URL.parse(url)?.hostname === called.hostname)
}
