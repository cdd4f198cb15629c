/** `…/content`: what a document says, in the formats of content/port.ts, and writing it in any of them. */
import { z } from 'zod'
import type { Format } from '#server/content/port.ts'
import type { Log, Outline } from '#server/log/port.ts'
import type { Rooms } from '#server/room/rooms.ts'
import type { Visitor } from '#server/room/visitor.ts'
import { type DocumentId, type Seq, seq } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { entityTag, MAX_WAIT_S, names, waitOf } from './conditions.ts'
import { json } from './documents.ts'
import { formatOfBody, formatWanted, types } from './media.ts'
import { type Asked, type Operation, operation } from './operation.ts'
import { seqParameter } from './parameters.ts'
import { ApiProblem } from './problem.ts'
import { deleted, notFound, refusedBy } from './refusals.ts'
import type { Rendered, Rendering } from './rendering.ts'
import { Format as FormatSchema, Position } from './schemas.ts'
import type { Writer } from './writer.ts'

export interface ContentParts {
  readonly log: Log
  readonly rooms: Rooms
  readonly clock: Clock
  readonly rendering: Rendering
  readonly writer: Writer
  /** Content-Security-Policy of what is answered. */
  readonly policy: string
  readonly maxBodyBytes: number
  /** Requests that may wait for a change at once; more are answered at once. */
  readonly maxHeld: number
  /** As many wait, and one more would have. */
  onFull?(): void
}

const readQuery = z.strictObject({
  format: FormatSchema.optional().describe('Wins over `Accept`; json where neither says anything.'),
  at: seqParameter.optional().describe('An older position; the newest one without it.'),
  standalone: z
    .enum(['true', 'false'])
    .optional()
    .describe('html: a page of its own rather than a fragment.'),
})

/** What a body of content is, by media type. */
export const both = Object.fromEntries(
  Object.values(types).map(
    (type) => [type, type === types.json ? 'page' : type === types.yjs ? 'binary' : 'text'] as const,
  ),
)

export function contentOperations(parts: ContentParts): readonly Operation[] {
  let held = 0
  const write = async (
    asked: Asked<{ format?: Format | undefined; base?: number | undefined }>,
    place: Parameters<typeof edit>[1],
  ) => {
    const format = formatOfBody(asked.query.format, asked.headers.get('content-type'))
    const bytes = await asked.bytes(parts.maxBodyBytes)
    const written = await asked.inPlace(() =>
      parts.writer.write(asked.document, asked.principal, edit({ format, bytes }, place, asked)),
    )
    return json(200, { seq: written.seq }, { ETag: entityTag(written.seq) })
  }
  return [
    operation({
      id: 'getContent',
      method: 'GET',
      path: '/documents/{id}/content',
      action: 'read',
      summary: 'Read a document',
      description: `In a format named by \`format\` or \`Accept\`. The entity tag is the position. With \`If-None-Match\` and \`Prefer: wait=N\` the answer waits up to N (at most ${MAX_WAIT_S}) seconds for a change. Documents made by other editors are read as json, text and yjs.`,
      query: readQuery,
      headers: ['Accept', 'If-None-Match', 'Prefer'],
      body: null,
      answers: {
        200: { description: 'The content.', content: both, headers: ['ETag'] },
        304: { description: 'It has not changed.', headers: ['ETag'] },
      },
      problems: ['invalid-id', 'document-not-found', 'document-deleted', 'not-acceptable', 'position-ahead'],
      async handle(asked) {
        const { document, query, headers } = asked
        let outline = await existing(parts.log, document)
        const format = formatWanted(query.format, headers.get('accept'), outline.kind)
        const standalone = format === 'html' && query.standalone === 'true'
        const at = query.at === undefined ? null : seq(query.at)
        if (at !== null && at > outline.head)
          throw new ApiProblem(
            'position-ahead',
            `The document ends at ${outline.head}: it cannot be read at ${at}.`,
          )
        const match = headers.get('if-none-match')
        const waitS = waitOf(headers.get('prefer'))
        const waits = at === null && waitS > 0 && names(match, outline.head) === true
        if (waits && held >= parts.maxHeld) parts.onFull?.()
        else if (waits) {
          held += 1
          try {
            await changed(parts, asked, outline.head, waitS)
          } finally {
            held -= 1
          }
          // What let them in may have ended meanwhile.
          const still = asked.standing.again()
          if (still.kind === 'refused') throw refusedBy(still)
          outline = await existing(parts.log, document)
        }
        if (names(match, at ?? outline.head) === true)
          return new Response(null, {
            status: 304,
            headers: { ETag: entityTag(at ?? outline.head), Vary: 'Accept' },
          })
        const options = { format, standalone, person: asked.person }
        const made = await asked.inPlace(() =>
          at === null
            ? parts.rendering.newest(document, outline, options)
            : parts.rendering.at(document, outline, at, options),
        )
        return contentResponse(made, format, parts.policy)
      },
    }),
    operation({
      id: 'putContent',
      method: 'PUT',
      path: '/documents/{id}/content',
      action: 'write',
      summary: 'Write a document',
      description:
        'Becomes the smallest edit that leads from what the writer had read (`base`; the present text without it) to this content. What others have typed since, and are typing, stays. What the format cannot say (a comment, the width of a column in Markdown) stays as it is.',
      query: z.strictObject({
        format: FormatSchema.optional().describe('Wins over `Content-Type`.'),
        base: seqParameter.optional().describe('The position the writer had read.'),
      }),
      headers: ['Content-Type', 'If-Match'],
      body: { required: true, description: 'The whole content.', content: both },
      answers: {
        200: {
          description: 'A position that holds it.',
          content: { 'application/json': Position },
          headers: ['ETag'],
        },
      },
      problems: [
        'invalid-id',
        'document-not-found',
        'document-deleted',
        'invalid-content',
        'unsupported-format',
        'not-a-page',
        'position-ahead',
        'position-merged',
        'precondition-failed',
        'too-large',
      ],
      handle: (asked) => write(asked, { kind: 'whole' }),
    }),
    operation({
      id: 'addContent',
      method: 'POST',
      path: '/documents/{id}/content',
      action: 'write',
      summary: 'Add to a document',
      description: 'At its end, or at the end of what stands under a heading.',
      query: z.strictObject({
        format: FormatSchema.optional().describe('Wins over `Content-Type`.'),
        heading: z.string().max(1_000).optional().describe('The words of a heading.'),
      }),
      headers: ['Content-Type', 'If-Match'],
      body: { required: true, description: 'What is added.', content: both },
      answers: {
        200: {
          description: 'A position that holds it.',
          content: { 'application/json': Position },
          headers: ['ETag'],
        },
      },
      problems: [
        'invalid-id',
        'document-not-found',
        'document-deleted',
        'heading-not-found',
        'invalid-content',
        'unsupported-format',
        'not-a-page',
        'precondition-failed',
        'too-large',
      ],
      handle: ({ query, ...asked }) => {
        const { heading } = query
        const place =
          heading === undefined ? ({ kind: 'end' } as const) : ({ kind: 'heading', words: heading } as const)
        return write({ ...asked, query: { format: query.format } }, place)
      },
    }),
  ]
}

export function contentResponse(made: Rendered, format: Format, policy: string): Response {
  return new Response(made.bytes, {
    headers: {
      'Content-Type': types[format],
      'Cache-Control': 'no-cache, private',
      'Content-Security-Policy': policy,
      ETag: entityTag(made.seq),
      Vary: 'Accept',
    },
  })
}

function edit(
  content: { readonly format: Format; readonly bytes: Uint8Array },
  place:
    | { readonly kind: 'whole' }
    | { readonly kind: 'end' }
    | { readonly kind: 'heading'; readonly words: string },
  { headers, query, person }: { headers: Headers; query: { base?: number | undefined }; person: string },
) {
  const match = headers.get('if-match')
  return {
    person,
    content: { ...content, place },
    title: null,
    base: query.base === undefined ? null : seq(query.base),
    expects: match === null ? null : (head: Seq) => names(match, head) === true,
    mode: 'edit' as const,
  }
}

/** Rejects with ApiProblem where there is no such document. */
export async function existing(log: Log, document: DocumentId): Promise<Outline> {
  const outline = await log.outline(document)
  if (outline.deleted) throw deleted()
  if (outline.head === 0) throw notFound()
  return outline
}

/** Resolves when the document is past this position, the time is over, whoever asked is gone, or the server drains. */
async function changed(parts: ContentParts, asked: Asked<unknown>, head: Seq, waitS: number): Promise<void> {
  const over = new AbortController()
  const cancel = parts.clock.after(waitS * 1_000, () => over.abort())
  const gone = () => over.abort()
  asked.signal.addEventListener('abort', gone)
  let visitor: Visitor | null = null
  try {
    visitor = await parts.rooms.visit(asked.document, asked.principal, 'page')
    await visitor.whenPast(head, over.signal)
  } catch {
    // Deleted, or the server restarts: what there is now is looked at anew, and says so.
  } finally {
    cancel()
    asked.signal.removeEventListener('abort', gone)
    visitor?.leave()
  }
}
