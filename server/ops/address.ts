/** Where a running server is reached from its own machine: noted beside its store, for the command line. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = 'vellum.url'

export function noteAddress(folder: string, url: string): void {
  attempt(() => writeFileSync(join(folder, FILE), `${url}\n`))
}

export function dropAddress(folder: string): void {
  attempt(() => rmSync(join(folder, FILE), { force: true }))
}

/** Of the server that wrote it last, whether it still runs or not; null where none did. */
export function notedAddress(folder: string): string | null {
  try {
    const url = URL.parse(readFileSync(join(folder, FILE), 'utf8').trim())
    return url === null || url.protocol !== 'http:' ? null : url.origin
  } catch {
    // Not there, or not readable: whoever asks says what to do instead.
    return null
  }
}

/** What another program on this machine calls a server that listens there. */
export function localUrl(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (host === '::' || host === '[::]') return `http://[::1]:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A full disk is no reason not to serve: the command line then asks for a URL. */
function attempt(run: () => void): void {
  try {
    run()
  } catch {
    // Said above.
  }
}
