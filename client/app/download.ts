/** Saves a text as a file on the person's device. */

export interface TextFile {
  /** What it is called, before its extension. */
  readonly title: string
  readonly extension: string
  /** A media type; the text is UTF-8. */
  readonly type: string
  readonly text: string
}

/** Some systems take no more than 255 bytes, and a letter may be four. */
const MAX_NAME = 60
/** Names that mean devices on some systems. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i

export function downloadFile({ title, extension, type, text }: TextFile): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${fileName(title)}.${extension}`
  link.click()
  // The browser has taken hold of the file once the click was dispatched and its task is over.
  setTimeout(() => URL.revokeObjectURL(address), 0)
}

export function downloadText(title: string, text: string): void {
  downloadFile({ title, extension: 'txt', type: 'text/plain', text })
}

/** A title as a name every system takes. */
export function fileName(title: string): string {
  const plain = title
    .replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .replace(/^[\s.]+/u, '')
  const name = [...plain]
    .slice(0, MAX_NAME)
    .join('')
    .replace(/[\s.]+$/u, '')
  if (name === '') return 'Untitled'
  return RESERVED.test(name) ? `${name} document` : name
}
