/**
 * What a document's file is called: its title, made safe for every file system, and a few letters of its id's hash, so
 * that two of one title have two files, and the same document the same one each time.
 */
import { hash } from 'node:crypto'

const TITLE_BYTES = 120
const HASH_LETTERS = 10
/** Names that Windows keeps for itself, whatever follows their first dot. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i

export function fileNameOf(
  { id, title }: { readonly id: string; readonly title: string },
  extension: string,
): string {
  const letters = hash('sha256', id).slice(0, HASH_LETTERS)
  return `${safe(title) || safe(id) || 'Untitled'}-${letters}.${extension}`
}

function safe(text: string): string {
  const words = text
    .normalize('NFC')
    // What ends a name or a line, what turns the direction of text, and what some file system forbids.
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
  const bare = cut(words.replace(/^[ .~-]+/, '')).replace(/[ .]+$/, '')
  return RESERVED.test(bare) ? `_${bare}` : bare
}

/** Whole characters, as people see them, of at most so many bytes. */
function cut(text: string): string {
  if (Buffer.byteLength(text) <= TITLE_BYTES) return text
  let kept = ''
  let bytes = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    bytes += Buffer.byteLength(segment)
    if (bytes > TITLE_BYTES) break
    kept += segment
  }
  return kept
}
