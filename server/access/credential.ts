/** What somebody at a door shows, and where: one thing, the most explicit. */
import type { Question } from './access.ts'

export type Credential =
  | { readonly by: 'header' | 'subprotocol' | 'query'; readonly token: string }
  /** The secret of a browser session. */
  | { readonly by: 'cookie'; readonly secret: string }

export const COOKIE = 'vellum'
const SUBPROTOCOL = 'bearer.'
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** Null where nothing is shown. Another scheme than Bearer is somebody else's: a proxy's, most likely. */
export function credentialOf({ header, query }: Pick<Question, 'header' | 'query'>): Credential | null {
  // What it holds may be no token at all: then it is one that is not good.
  const bearer = /^bearer(?: +(.*))?$/i.exec(header('authorization')?.trim() ?? '')
  if (bearer !== null) return { by: 'header', token: bearer[1] ?? '' }
  const offered = header('sec-websocket-protocol')
    ?.split(',')
    .map((name) => name.trim())
  const protocol = offered?.find((name) => name.startsWith(SUBPROTOCOL))
  if (protocol !== undefined) return { by: 'subprotocol', token: protocol.slice(SUBPROTOCOL.length) }
  const named = query('token')
  if (named !== null && named !== '') return { by: 'query', token: named }
  const secret = cookieOf(header('cookie'))
  return secret === null ? null : { by: 'cookie', secret }
}

/** The secret in a Cookie header; null where there is none of the right form. */
export function cookieOf(header: string | null): string | null {
  for (const part of (header ?? '').split(';')) {
    const [name, value = ''] = part.trim().split('=', 2)
    if (name === COOKIE && SECRET.test(value)) return value
  }
  return null
}
