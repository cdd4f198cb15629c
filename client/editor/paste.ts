/**
 * What other programs put on the clipboard, made fit to be parsed.
 *
 * Safety does not rest on this: pasted HTML is parsed in a document that runs nothing, and only what the schema reads
 * is kept. But under the page's policy the browser reports each handler and drops each style in it, though bold and
 * alignment of word processors are styles. So handlers go, and styles wait under another name until they can be set by
 * script, which the policy allows.
 */
import { DOMParser, type ParseOptions, type Schema, type Slice } from 'prosemirror-model'

const WHOLE = /<(script|style|svg|math|iframe|object|embed|noscript|template)\b[\s\S]*?(?:<\/\1\s*>|$)/gi
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi
const HANDLER = /([\s"'/])on[a-z]+(?=\s*=)/gi
const STYLE = /([\s"'/])style(?=\s*=)/gi
const KEPT_STYLE = 'data-pasted-style'
/** Styles that mean something here; others are not even looked at. */
const MEANT = ['font-weight', 'font-style', 'text-decoration', 'text-align']

export function quiet(html: string): string {
  return html
    .replace(WHOLE, '')
    .replace(TAG, (tag) => tag.replace(HANDLER, '$1data-off').replace(STYLE, `$1${KEPT_STYLE}`))
}

/** A parser that gives the waiting styles back before it reads. */
export class ClipboardParser extends DOMParser {
  constructor(schema: Schema) {
    super(schema, DOMParser.fromSchema(schema).rules)
  }

  override parseSlice(dom: globalThis.Node, options?: ParseOptions): Slice {
    if (dom instanceof Element || dom instanceof DocumentFragment)
      for (const element of dom.querySelectorAll<HTMLElement>(`[${KEPT_STYLE}]`)) giveStyle(element)
    return super.parseSlice(dom, options)
  }
}

function giveStyle(element: HTMLElement): void {
  for (const declaration of (element.getAttribute(KEPT_STYLE) ?? '').split(';')) {
    const [name = '', value = ''] = declaration.split(':', 2).map((part) => part.trim())
    if (MEANT.includes(name.toLowerCase())) element.style.setProperty(name, value)
  }
}
