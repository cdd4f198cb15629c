/** Formats of content and their media types: which one is asked for, which one is sent. */
import { type Format, formats } from '#server/content/port.ts'
import type { Kind } from '#shared/frame.ts'
import { ApiProblem } from './problem.ts'

export const types: Readonly<Record<Format, string>> = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  yjs: 'application/octet-stream',
}

const OF_ANY: readonly Format[] = ['json', 'text', 'yjs']

/** `format` wins over `accept`; json where neither says anything. Throws ApiProblem. */
export function formatWanted(format: Format | undefined, accept: string | null, kind: Kind): Format {
  const possible = kind === 'any' ? OF_ANY : formats
  const wanted = format ?? accepted(accept, possible)
  if (wanted !== null && possible.includes(wanted)) return wanted
  throw new ApiProblem(
    'not-acceptable',
    kind === 'any'
      ? `This document was made by another editor: it can be read as ${OF_ANY.join(', ')}.`
      : `Content is given as ${formats.map((one) => types[one].split(';')[0]).join(', ')}.`,
  )
}

/** `format` wins over `contentType`. Throws ApiProblem. */
export function formatOfBody(format: Format | undefined, contentType: string | null): Format {
  const bare = bareType(contentType ?? '')
  const found = format ?? formats.find((one) => bareType(types[one]) === bare)
  if (found !== undefined) return found
  throw new ApiProblem(
    'unsupported-format',
    `Content is written as ${formats.map((one) => bareType(types[one])).join(', ')}: name one in Content-Type, or in format.`,
  )
}

function accepted(accept: string | null, possible: readonly Format[]): Format | null {
  const ranges = (accept?.trim() || '*/*').split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { name, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
  })
  let best: { format: Format; quality: number } | null = null
  for (const format of possible) {
    const type = bareType(types[format])
    const [major] = type.split('/')
    const range =
      ranges.find(({ name }) => name === type) ??
      ranges.find(({ name }) => name === `${major}/*`) ??
      ranges.find(({ name }) => name === '*/*')
    const quality = range?.quality ?? 0
    if (quality > (best?.quality ?? 0)) best = { format, quality }
  }
  return best?.format ?? null
}

function bareType(type: string): string {
  return type.split(';')[0]?.trim().toLowerCase() ?? ''
}
