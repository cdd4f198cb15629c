/** What the page says to the server of who is at it, and what it is told. Fetched when it is needed. */
import { parseWho, type Who } from './who.ts'

export type TakenUp =
  | { readonly kind: 'taken'; readonly who: Who }
  /** It is for another person than who is here; nothing has changed. */
  | { readonly kind: 'somebody-else'; readonly meeting: Meeting }
  /** Expired, withdrawn, or never one. */
  | { readonly kind: 'refused' }
  /** No answer that says anything of the link. */
  | { readonly kind: 'unreachable' }

/** Two people one of whom this browser can be. */
export interface Meeting {
  readonly here: { readonly id: string; readonly name: string; readonly isGuest: boolean }
  readonly link: { readonly id: string; readonly name: string }
}

const SESSION = '/v1/session'
const PATIENCE_MS = 15_000

/** Exchanges the token of a link for what it grants. `maySwitch`: a person said that they are this one now. Never rejects. */
export async function takeUp(token: string, maySwitch: boolean): Promise<TakenUp> {
  const answer = await ask('POST', { token, switch: maySwitch })
  if (answer === null) return { kind: 'unreachable' }
  if (answer.ok) {
    const who = await read(answer)
    return who === null ? { kind: 'unreachable' } : { kind: 'taken', who }
  }
  const isOurs = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const meeting = isOurs && answer.status === 409 ? parseMeeting(await said(answer)) : null
  if (meeting !== null) return { kind: 'somebody-else', meeting }
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
  return parseWho(await said(answer))
}

function parseMeeting(value: unknown): Meeting | null {
  if (!isRecord(value) || !isRecord(value['here']) || !isRecord(value['link'])) return null
  const { here, link } = value
  const isOne = (one: Record<string, unknown>) =>
    typeof one['id'] === 'string' && typeof one['name'] === 'string'
  if (!isOne(here) || !isOne(link)) return null
  return {
    here: { id: String(here['id']), name: String(here['name']), isGuest: here['isGuest'] === true },
    link: { id: String(link['id']), name: String(link['name']) },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

async function said(answer: Response): Promise<unknown> {
  try {
    return await answer.json()
  } catch {
    // Not the server's answer.
    return null
  }
}
