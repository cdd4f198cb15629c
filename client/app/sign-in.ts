/** What the page says to the server of who is at it, and what it is told. Fetched when it is needed. */
import { parseWho, type Who } from './who.ts'

export type TakenUp =
  | { readonly kind: 'taken'; readonly who: Who }
  /** Expired, withdrawn, or never one. */
  | { readonly kind: 'refused' }
  /** No answer that says anything of the link. */
  | { readonly kind: 'unreachable' }

const SESSION = '/v1/session'
const PATIENCE_MS = 15_000

/** Exchanges the token of a link for what it grants. Never rejects. */
export async function takeUp(token: string): Promise<TakenUp> {
  const answer = await ask('POST', { token })
  if (answer === null) return { kind: 'unreachable' }
  if (answer.ok) {
    const who = await read(answer)
    return who === null ? { kind: 'unreachable' } : { kind: 'taken', who }
  }
  const isOurs = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const passes = answer.status >= 500 || answer.status === 429
  return { kind: isOurs && !passes ? 'refused' : 'unreachable' }
}

/** Who the server takes this browser for; null where it does not say. Never rejects. */
export async function askWho(): Promise<Who | null> {
  const answer = await ask('GET')
  return answer?.ok ? await read(answer) : null
}

/** False where the server could not be told. Never rejects. */
export async function signOut(): Promise<boolean> {
  return (await ask('DELETE'))?.ok ?? false
}

async function ask(method: string, body?: object): Promise<Response | null> {
  try {
    return await fetch(SESSION, {
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch {
    // No network, or nobody who answers in time: that says nothing of who this is.
    return null
  }
}

async function read(answer: Response): Promise<Who | null> {
  try {
    return parseWho(await answer.json())
  } catch {
    // Not the server's answer.
    return null
  }
}
