/** `/v1/docs`: the description as a page for people. It runs nothing and asks for nothing. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { fieldsOf } from './fields.ts'
import type { BodySchema, Operation } from './operation.ts'
import { type ProblemName, problems } from './problem.ts'

export interface ReadingPage {
  readonly html: string
  /** Content-Security-Policy. */
  readonly policy: string
}

export function readingPage(operations: readonly Operation[]): ReadingPage {
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Vellum: documents over HTTP</title>',
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    '<h1>Documents over HTTP</h1>',
    '<p>Read and write documents while people write in them. What is written here goes through the same gate and into the same log as what people type, and is answered once it is on disk. For programs there is <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1).</p>',
    '<p>An id is one percent-encoded segment of a path: <code>team%2Fplan</code>. A position is the number of an edit in its document; it is the entity tag, too. Errors are problem documents (RFC 9457); each kind has a <code>type</code> that never changes.</p>',
    '<nav aria-label="Operations"><ul>',
    ...operations.map((one) => `<li><a href="#${one.id}">${text(one.summary)}</a></li>`),
    '<li><a href="#problems">Problems</a></li>',
    '</ul></nav>',
    ...operations.map(section),
    '<h2 id="problems">Problems</h2>',
    '<dl>',
    ...(Object.keys(problems) as ProblemName[]).map((name) => {
      const { status, title, code } = problems[name]
      return `<dt id="${name}"><code>${name}</code></dt><dd>${status}: ${text(title)}${code === null ? '' : ` (<code>code</code> ${code})`}</dd>`
    }),
    '</dl>',
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
  const style = hash('sha256', STYLE, 'base64')
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  }
}

function section(one: Operation): string {
  const query = Object.entries(one.query.shape).map(([name, schema]) => {
    const { description } = schema as { description?: string }
    return `<tr><th scope="row"><code>?${name}=</code></th><td>${text(description ?? '')}</td></tr>`
  })
  const headers = one.headers.map(
    (name) => `<tr><th scope="row"><code>${name}</code></th><td>a header that is looked at</td></tr>`,
  )
  const body =
    one.body === null
      ? []
      : [
          `<tr><th scope="row">body</th><td>${text(one.body.description)} ${contentOf(one.body.content, 'input')}</td></tr>`,
        ]
  const answers = Object.entries(one.answers).map(
    ([status, { description, content = {} }]) =>
      `<tr><th scope="row">${status}</th><td>${text(description)} ${contentOf(content, 'output')}</td></tr>`,
  )
  const refusals = one.problems.map(
    (name) =>
      `<tr><th scope="row">${problems[name].status}</th><td><a href="#${name}">${text(problems[name].title)}</a></td></tr>`,
  )
  return [
    `<section aria-labelledby="${one.id}">`,
    `<h2 id="${one.id}">${text(one.summary)}</h2>`,
    `<p class="line"><code>${one.method} /v1${text(one.path)}</code></p>`,
    `<p>${text(one.description)}</p>`,
    `<table><tbody>${[...query, ...headers, ...body, ...answers, ...refusals].join('')}</tbody></table>`,
    '</section>',
  ].join('\n')
}

/** The media types, and what JSON of a schema is made of. */
function contentOf(content: Readonly<Record<string, BodySchema>>, way: 'input' | 'output'): string {
  const types = Object.keys(content).map((type) => `<code>${text(type)}</code>`)
  const rows = Object.values(content)
    .filter((schema) => schema instanceof z.ZodType)
    .flatMap((schema) => fieldsOf(schema, way))
    .map(
      ({ name, type, description }) =>
        `<tr><th scope="row"><code>${text(name)}</code></th><td>${text(type)}</td><td>${text(description)}</td></tr>`,
    )
  const fields = rows.length === 0 ? '' : `<table class="fields"><tbody>${rows.join('')}</tbody></table>`
  return `${types.join(', ')}${fields}`
}

/** Escaped; what stands in backticks is code. */
function text(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
}

const STYLE =
  ':root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;margin:0}main{margin:2rem auto;max-width:48rem;padding:0 1rem}' +
  'code{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}.line{border-left:3px solid currentColor;padding-left:.75rem}' +
  'table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:normal;white-space:nowrap;padding-right:1rem}' +
  'th,td{border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);padding-block:.35rem;vertical-align:top}' +
  '.fields{margin-block:.5rem .75rem;font-size:.92em}.fields th{font-weight:normal}.fields td:nth-child(2){padding-right:1rem}.fields tr:first-child>*{border-top:0}' +
  'section{margin-block:3rem}a{color:inherit}dt{margin-top:.75rem}'
