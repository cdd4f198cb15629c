/** The links of a document, from `/v1/documents/ID/shares`. */
import type { DocumentId } from '#shared/id.ts'

export type ShareRole = 'reader' | 'commenter' | 'writer' | 'owner'

export interface Share {
  readonly id: string
  readonly role: ShareRole
  readonly name: string
  /** Wall-clock milliseconds; null for a link that ends only when it is turned off. */
  readonly expiresAt: number | null
  readonly createdAt: number
}

export interface NewShare {
  readonly role: ShareRole
  readonly name: string
  readonly expiresAt: number | null
}

/** What the server said against it, as a sentence for people. */
export class NotDone extends Error {}

/** Rejects with NotDone. */
export async function listShares(document: DocumentId): Promise<readonly Share[]> {
  const body = await ask(document, '', 'GET')
  const { shares }: Record<string, unknown> = isRecord(body) ? body : {}
  if (!Array.isArray(shares)) throw new NotDone('The server’s answer could not be read.')
  return shares.flatMap((share) => parse(share) ?? [])
}

/** `url` is told this once. Rejects with NotDone. */
export async function makeShare(
  document: DocumentId,
  { role, name, expiresAt }: NewShare,
): Promise<{ readonly share: Share; readonly url: string }> {
  const body = await ask(document, '', 'POST', {
    role,
    ...(name !== '' && { name }),
    ...(expiresAt !== null && { expiresAt: new Date(expiresAt).toISOString() }),
  })
  const share = parse(body)
  const { url }: Record<string, unknown> = isRecord(body) ? body : {}
  if (share === null || typeof url !== 'string') throw new NotDone('The server’s answer could not be read.')
  // Behind a proxy the server may not know by which name people reach it; this page was reached by it.
  const { pathname, hash } = new URL(url, location.origin)
  return { share, url: location.origin + pathname + hash }
}

/** Changes what everybody who came by it may do, at once. Rejects with NotDone. */
export async function changeShare(document: DocumentId, id: string, role: ShareRole): Promise<void> {
  await ask(document, `/${id}`, 'PATCH', { role })
}

/** Whoever came by it is put out. Rejects with NotDone. */
export async function revokeShare(document: DocumentId, id: string): Promise<void> {
  await ask(document, `/${id}`, 'DELETE')
}

async function ask(document: DocumentId, path: string, method: string, body?: object): Promise<unknown> {
  const address = `/v1/documents/${encodeURIComponent(document)}/shares${path}`
  const answer = await fetch(address, {
    method,
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    cache: 'no-store',
  }).catch(() => {
    throw new NotDone('The server cannot be reached. Nothing was changed.')
  })
  if (answer.status === 204) return null
  const told: unknown = await answer.json().catch(() => null)
  if (answer.ok) return told
  const { detail }: Record<string, unknown> = isRecord(told) ? told : {}
  throw new NotDone(typeof detail === 'string' ? detail : 'The server did not do it. Try again in a moment.')
}

function parse(value: unknown): Share | null {
  if (!isRecord(value)) return null
  const { id, role, name, expiresAt, createdAt } = value
  if (typeof id !== 'string' || !isRole(role)) return null
  return {
    id,
    role,
    name: typeof name === 'string' ? name : '',
    expiresAt: typeof expiresAt === 'string' ? Date.parse(expiresAt) : null,
    createdAt: typeof createdAt === 'string' ? Date.parse(createdAt) : 0,
  }
}

function isRole(value: unknown): value is ShareRole {
  return value === 'reader' || value === 'commenter' || value === 'writer' || value === 'owner'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
