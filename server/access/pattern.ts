/** Which documents a token is for: one, by its id, or all whose ids begin alike. */
import { type DocumentId, documentId } from '#shared/id.ts'

declare const brand: unique symbol
/** A document's id, or a beginning of ids and `*`; `*` alone is every document. */
export type Pattern = string & { readonly [brand]: 'Pattern' }

const MAX_BYTES = 256

/** The pattern this text is; null where it is none. */
export function pattern(text: string): Pattern | null {
  if (Buffer.byteLength(text) > MAX_BYTES || !text.isWellFormed()) return null
  if (!text.endsWith('*')) return documentId(text) === null ? null : (text as Pattern)
  const prefix = text.slice(0, -1)
  // What could go on to be an id: 'team/' with something behind it.
  return prefix === '' || documentId(prefix) !== null || documentId(`${prefix}x`) !== null
    ? (text as Pattern)
    : null
}

export function covers(one: Pattern, document: DocumentId): boolean {
  const text: string = one
  return text.endsWith('*') ? document.startsWith(text.slice(0, -1)) : text === document
}

/** Whether it is for every document there may be. */
export function isAll(one: Pattern): boolean {
  const text: string = one
  return text === '*'
}

/** Whether it is for one document only. */
export function isSingle(one: Pattern): boolean {
  return !one.endsWith('*')
}
