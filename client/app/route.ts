/** Which of the page's two places an address names. Pure; the history API is app.ts's. */
import { type DocumentId, documentId, documentIdFromPath } from '#shared/id.ts'

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'document'; readonly id: DocumentId }
  | { readonly kind: 'unknown' }

export function routeOf(path: string): Route {
  if (path === '/') return { kind: 'home' }
  if (!path.startsWith('/d/')) return { kind: 'unknown' }
  const id = documentIdFromPath(path.slice('/d/'.length))
  return id === null ? { kind: 'unknown' } : { kind: 'document', id }
}

/** `/d/…` for an id: each segment is percent-encoded, its slashes stay slashes. */
export function documentPath(id: DocumentId): string {
  return `/d/${encodeSegments(id)}`
}

/** What an address ends with when its document is to begin here; the page takes it off again. */
export const NEW = '#new'

/** Where a document of one's own begins; `prefix`: what its id has to begin with. */
export function newDocumentPath(prefix: string): string {
  return `/d/${encodeSegments(prefix + unguessableId())}${NEW}`
}

/** Where an id's channel is, on the host the page came from. The server lets in nobody but `key` by it. */
export function syncUrl(id: DocumentId, key: string, page: URL): string {
  const url = new URL(`/sync/${encodeSegments(id)}?as=${key}`, page)
  url.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/** 128 random bits as 22 characters: nobody finds a document by guessing. */
export function unguessableId(): DocumentId {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  const id = documentId(text)
  if (id === null) throw new RangeError(`not an id: ${text}`)
  return id
}

function encodeSegments(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/')
}
