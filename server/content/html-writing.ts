/**
 * The tree as HTML. Safe by construction: only the names below are written, every text and attribute is escaped, and
 * addresses went through the rules of shared/schema when the tree was made.
 */
import { linkUrl } from '#shared/schema/url.ts'
import { type PageMark, type PageNode, textOf } from './tree.ts'

/** A fragment: what stands inside of an article. */
export function writeHtml(page: PageNode): string {
  return (page.content ?? []).map((one) => block(one)).join('\n')
}

/** A page of its own that asks for nothing from anywhere but its pictures. */
export function writeHtmlPage(page: PageNode, title: string): string {
  return [
    '<!doctype html>',
    '<html>',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title === '' ? 'Untitled' : title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<article>',
    writeHtml(page),
    '</article>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function block(one: PageNode): string {
  const attrs = one.attrs ?? {}
  switch (one.type) {
    case 'paragraph':
      return element('p', {}, inline(one))
    case 'heading':
      return element(`h${Number(attrs['level'])}`, {}, inline(one))
    case 'code_block': {
      const language = attrs['language']
      const code = typeof language === 'string' ? { class: `language-${language}` } : {}
      // A parser drops the first line feed in a pre.
      return element('pre', {}, element('code', code, escaped(textOf(one))))
    }
    case 'horizontal_rule':
      return '<hr>'
    case 'blockquote':
      return element('blockquote', {}, blocks(one))
    case 'callout':
      return element('aside', { class: 'callout', 'data-callout': attrs['kind'] }, blocks(one))
    case 'bullet_list':
      return element('ul', {}, blocks(one))
    case 'ordered_list':
      return element('ol', attrs['start'] === 1 ? {} : { start: attrs['start'] }, blocks(one))
    case 'list_item':
      return element('li', {}, blocks(one))
    case 'task_list':
      return element('ul', { class: 'contains-task-list' }, blocks(one))
    case 'task_item': {
      const box = `<input type="checkbox" disabled${attrs['checked'] === true ? ' checked' : ''}>`
      return element('li', { class: 'task-list-item' }, box + blocks(one))
    }
    case 'table':
      return element('table', {}, element('tbody', {}, blocks(one)))
    case 'table_row':
      return element('tr', {}, blocks(one))
    case 'table_header':
      return cell('th', one)
    case 'table_cell':
      return cell('td', one)
    default:
      return element('p', {}, escaped(textOf(one)))
  }
}

function blocks(one: PageNode): string {
  return (one.content ?? []).map((child) => block(child)).join('')
}

function cell(name: string, one: PageNode): string {
  const { colspan, rowspan, colwidth, align } = one.attrs ?? {}
  const attributes = {
    colspan: colspan === 1 ? null : colspan,
    rowspan: rowspan === 1 ? null : rowspan,
    'data-colwidth': Array.isArray(colwidth) ? colwidth.join(',') : null,
    style: typeof align === 'string' ? `text-align:${align}` : null,
  }
  return element(name, attributes, blocks(one))
}

function inline(one: PageNode): string {
  return (one.content ?? []).map(inlineNode).join('')
}

function inlineNode(one: PageNode): string {
  const attrs = one.attrs ?? {}
  if (one.type === 'hard_break') return '<br>'
  if (one.type === 'mention')
    return element('span', { class: 'mention', 'data-mention': attrs['id'] }, escaped(textOf(one)))
  if (one.type === 'image') {
    if (typeof attrs['src'] !== 'string') return escaped(String(attrs['alt'] ?? ''))
    const { src, alt, title, width, href } = attrs
    const picture = `<img${written({ src, alt, title, width: width === 0 ? null : width })}>`
    return typeof href === 'string' ? element('a', { href, rel: REL }, picture) : picture
  }
  return (one.marks ?? []).reduceRight((html, mark) => marked(mark, html), escaped(one.text ?? ''))
}

const REL = 'noopener noreferrer nofollow'

function marked({ type, attrs = {} }: PageMark, html: string): string {
  switch (type) {
    case 'link': {
      const href = linkUrl(attrs['href'])
      return href === null ? html : element('a', { href, title: attrs['title'], rel: REL }, html)
    }
    case 'bold':
      return element('strong', {}, html)
    case 'italic':
      return element('em', {}, html)
    case 'underline':
      return element('u', {}, html)
    case 'strike':
      return element('s', {}, html)
    case 'code':
      return element('code', {}, html)
    default:
      return html
  }
}

function element(name: string, attributes: Readonly<Record<string, unknown>>, inner: string): string {
  return `<${name}${written(attributes)}>${inner}</${name}>`
}

function written(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')
}

export function escaped(text: string): string {
  return text.replace(/[&<>"'\u00a0]/g, (sign) => SIGNS[sign] ?? '')
}

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\u00a0': '&nbsp;',
}

const STYLE =
  'body{font:1rem/1.6 ui-serif,Georgia,serif;margin:2rem auto;max-width:42rem;padding:0 1rem}' +
  'pre,code{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:1rem;background:#f5f5f4}' +
  'blockquote,aside{border-left:3px solid #a8a29e;margin-left:0;padding-left:1rem}img{max-width:100%}' +
  'table{border-collapse:collapse}td,th{border:1px solid #a8a29e;padding:.25rem .5rem;vertical-align:top}' +
  '.contains-task-list{list-style:none;padding-left:1rem}.task-list-item>input{float:left;margin:.4rem .5rem 0 0}'
