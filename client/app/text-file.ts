/** A file somebody chose, as text that can become a document. Pure. */
import { plainLine } from '#shared/plain-line.ts'

export type ImportFormat = 'markdown' | 'html' | 'text'

export type Reading =
  | { readonly kind: 'read'; readonly title: string; readonly format: ImportFormat; readonly text: string }
  /** Why it cannot be read, in plain words. */
  | { readonly kind: 'refused'; readonly words: string }

/** What the server takes of one document. */
export const MAX_FILE_BYTES = 8_000_000

/** What a file chooser offers. */
export const ACCEPTED = '.md,.markdown,.mdown,.html,.htm,.txt,.text,text/markdown,text/html,text/plain'

const FORMATS: Readonly<Record<string, ImportFormat>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdown: 'markdown',
  html: 'html',
  htm: 'html',
  txt: 'text',
  text: 'text',
}

const TYPES: Readonly<Record<string, ImportFormat>> = {
  'text/markdown': 'markdown',
  'text/html': 'html',
  'text/plain': 'text',
}

export interface Chosen {
  readonly name: string
  /** A media type, '' where the browser knows none. */
  readonly type: string
  readonly bytes: Uint8Array
}

export function readTextFile({ name, type, bytes }: Chosen): Reading {
  const [, title = '', extension = ''] = /^(.*?)(?:\.([^.]+))?$/su.exec(name) ?? []
  const format = FORMATS[extension.toLowerCase()] ?? TYPES[type.split(';')[0] ?? '']
  if (format === undefined)
    return refused(
      `“${name}” is not a file that can be read here. Choose Markdown (.md), HTML (.html) or plain text (.txt).`,
    )
  if (bytes.length > MAX_FILE_BYTES)
    return refused(`“${name}” is larger than 8 MB. Divide it, and import its parts.`)
  const text = decoded(bytes)
  if (text === null)
    return refused(
      `“${name}” does not hold text, or is not written in UTF-8. Save it as UTF-8 and try again.`,
    )
  if (text.trim() === '') return refused(`“${name}” is empty.`)
  return { kind: 'read', title: plainLine(title), format, text }
}

/** Null for what is no text. */
function decoded(bytes: Uint8Array): string | null {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    // Not text in that encoding.
    return null
  }
}

function refused(words: string): Reading {
  return { kind: 'refused', words }
}
