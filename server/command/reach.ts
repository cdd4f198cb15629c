/**
 * How a command gets at documents: over HTTP from the server that is named, or from the one that runs on the data
 * folder; where none runs, the folder is opened in this process, and the same operations are asked without a network.
 */
import { settings } from '#server/settings.ts'
import { Failed, type Given, Misused, type Option, shown } from './command.ts'
import { type Carry, Documents, type Reached } from './documents.ts'
import type { Surroundings } from './surroundings.ts'

export const reachOptions = {
  url: { value: 'URL', does: 'The server to ask, like http://127.0.0.1:8787 (VELLUM_URL).' },
  token: { value: 'TOKEN', does: 'The access token to show it (VELLUM_TOKEN).' },
  'data-dir': {
    value: 'DIR',
    does: 'Without a URL: the folder whose documents are meant (DATA_DIR, ./data).',
  },
} as const satisfies Record<string, Option>

/** The folder that holds the documents. */
export function dataDirOf(given: Given, env: Surroundings['env']): string {
  const { name, fallback } = settings.dataDir
  return given.text('data-dir') || env[name] || fallback
}

/** Lets `use` have the documents, and lets go of them whatever comes of it. Throws Failed, Misused. */
export async function withDocuments<Result>(
  given: Given,
  around: Surroundings,
  use: (documents: Documents) => Promise<Result>,
): Promise<Result> {
  const reached = await reach(given, around)
  try {
    return await use(reached.documents)
  } finally {
    await reached.close()
  }
}

/** The token that is to be shown; null where none was named. */
export function tokenOf(given: Given, { env }: Surroundings): string | null {
  return given.text('token') || env['VELLUM_TOKEN'] || null
}

async function reach(given: Given, around: Surroundings): Promise<Reached> {
  const carry = await serverOf(given, around, tokenOf(given, around))
  if (carry !== null)
    return { documents: new Documents(carry, { isShared: true }), close: () => Promise.resolve() }
  const { openHere } = await import('./here.ts')
  return openHere(dataDirOf(given, around.env), around.env)
}

/** The server that is meant; null where the folder is meant and none runs on it. Throws Failed, Misused. */
export async function serverOf(
  given: Given,
  { env }: Surroundings,
  token: string | null,
): Promise<Carry | null> {
  const url = given.text('url') || env['VELLUM_URL'] || null
  if (url !== null) return overHttp(originOf(url), token)
  // What these need is a large part of the server: loaded only where it is needed.
  const { addressOf } = await import('./store.ts')
  const address = addressOf(dataDirOf(given, env))
  return address === null ? null : overHttp(address, token)
}

function overHttp(origin: string, token: string | null): Carry {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  return async ({ method, path, headers, body }) => {
    try {
      const sent = { ...headers, ...authorization }
      return await fetch(`${origin}${path}`, { method, headers: sent, body, redirect: 'error' })
    } catch (error) {
      throw new Failed(`No server answers at ${origin} (${causeOf(error)}).`, { cause: error })
    }
  }
}

function originOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Misused(
      `--url must be the address of a server, like http://127.0.0.1:8787, not ${shown(text)}.`,
    )
  // A path stays: a proxy may have Vellum below one.
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function causeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : null
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.message : String(error)
}
