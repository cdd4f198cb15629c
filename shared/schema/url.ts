/**
 * Which addresses may be opened or shown. Addresses arrive from other people's browsers, past every form and
 * parser, so whatever draws one asks here first.
 */

const linkSchemes = new Set(['http', 'https', 'mailto', 'tel'])
const imageSchemes = new Set(['http', 'https'])
const MAX_URL_LENGTH = 2_048

/** A scheme as a browser finds it: it skips control characters and spaces that hide one. */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop exactly these before they look for a scheme
const IGNORED = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff]/g

/** The address, or null for one that must not become a link (`javascript:`, `data:`, `//host`, too long…). */
export function linkUrl(value: unknown): string | null {
  return allowed(value, linkSchemes)
}

/** The address, or null for one that must not be fetched as a picture. */
export function imageUrl(value: unknown): string | null {
  return allowed(value, imageSchemes)
}

function allowed(value: unknown, schemes: ReadonlySet<string>): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || !value.isWellFormed()) return null
  const bare = value.replace(IGNORED, '')
  // `//host` and its backslash spellings borrow the page's scheme and leave its origin unseen.
  if (bare === '' || /^[/\\]{2}/.test(bare)) return null
  const scheme = SCHEME.exec(bare)?.[1]
  if (scheme === undefined) return bare.split(/[/?#]/, 1)[0]?.includes(':') ? null : value.trim()
  return schemes.has(scheme.toLowerCase()) ? value.trim() : null
}
