/** Entries on their way to a thread: copied into one buffer, which is then handed over instead of cloned. */
import type { ReplayedEntry } from './port.ts'

export interface Piece {
  /** All updates, end to end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
  readonly authors: readonly string[]
  /** Index into `authors`, for each entry. */
  readonly authorOf: Uint32Array<ArrayBuffer>
}

/** The same entries in parts of about `maxBytes`, so that whoever works on them can do something else in between. */
export function* parts(entries: readonly ReplayedEntry[], maxBytes: number): Generator<ReplayedEntry[]> {
  let part: ReplayedEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (part.length > 0 && bytes + entry.update.length > maxBytes) {
      yield part
      part = []
      bytes = 0
    }
    part.push(entry)
    bytes += entry.update.length
  }
  if (part.length > 0) yield part
}

export function pack(entries: readonly ReplayedEntry[]): Piece {
  let total = 0
  for (const { update } of entries) total += update.length
  const bytes = new Uint8Array(total)
  const lengths = new Uint32Array(entries.length)
  const authorOf = new Uint32Array(entries.length)
  const authors = new Map<string, number>()
  let offset = 0
  for (const [index, { update, author }] of entries.entries()) {
    bytes.set(update, offset)
    offset += update.length
    lengths[index] = update.length
    let number = authors.get(author)
    if (number === undefined) {
      number = authors.size
      authors.set(author, number)
    }
    authorOf[index] = number
  }
  return { bytes, lengths, authors: [...authors.keys()], authorOf }
}

/** The updates are views of the piece's buffer. */
export function unpack({ bytes, lengths, authors, authorOf }: Piece): ReplayedEntry[] {
  const entries: ReplayedEntry[] = []
  let offset = 0
  for (const [index, length] of lengths.entries()) {
    const author = authors[authorOf[index] ?? 0] ?? ''
    entries.push({ update: bytes.subarray(offset, offset + length), author })
    offset += length
  }
  return entries
}
