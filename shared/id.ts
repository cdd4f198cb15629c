/**
 * The names of things that travel: documents, positions, sessions, epochs.
 * Each is a branded type, so that one cannot be passed where another is meant.
 */

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A document's name: 1–255 bytes of UTF-8, no control characters, no empty, `.` or `..` segment. */
export type DocumentId = Brand<string, 'DocumentId'>

/** A position in one document's log: the number of its newest entry; 0 is the empty log. */
export type Seq = Brand<number, 'Seq'>

/** The incarnation of a document's log, 16 hex digits; '' before the first commit. See ARCHITECTURE.md, Epoch. */
export type Epoch = Brand<string, 'Epoch'>

/** One life of one client's outbox, 16 hex digits. Push numbers count within it, from 1. */
export type SessionId = Brand<string, 'SessionId'>

export const ZERO = 0 as Seq

/** Sixteen zeros: "no session", "no epoch" and "no hash" where sixteen digits have to stand. */
export const NONE = '0000000000000000'

const HEX16 = /^[0-9a-f]{16}$/
const MAX_ID_BYTES = 255

/** Number → position. Throws RangeError for anything but a safe, non-negative integer. */
export function seq(value: number): Seq {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a position: ${value}`)
  return value as Seq
}

/** 16 hex digits → epoch, '' → "no epoch yet". Throws RangeError. */
export function epoch(value: string): Epoch {
  if (value !== '' && !HEX16.test(value)) throw new RangeError('not an epoch')
  return value as Epoch
}

/** 16 hex digits → session id. Throws RangeError. */
export function sessionId(value: string): SessionId {
  if (!HEX16.test(value)) throw new RangeError('not a session id')
  return value as SessionId
}

/** The document id this text is, or null when it is not a legal one. The text is taken as it is, not decoded. */
export function documentId(text: string): DocumentId | null {
  if (text === '' || utf8Length(text) > MAX_ID_BYTES) return null
  if (!text.isWellFormed() || hasControlCharacter(text)) return null
  for (const segment of text.split('/'))
    if (segment === '' || segment === '.' || segment === '..') return null
  return text as DocumentId
}

/** The document id in a URL path's rest: percent-decoded once; null for a malformed escape or an illegal id. */
export function documentIdFromPath(rest: string): DocumentId | null {
  try {
    return documentId(decodeURIComponent(rest))
  } catch {
    // decodeURIComponent throws URIError for a malformed escape only: the caller answers 400.
    return null
  }
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true
  }
  return false
}

function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
