/** `…/updates`: the log of a document as it is: one Yjs update in, entries out. */
import { z } from 'zod'
import { type Content, ContentUnavailable } from '#server/content/port.ts'
import { type Foreign, foreignIn, listed } from '#server/gate/foreign.ts'
import type { Log } from '#server/log/port.ts'
import type { Room } from '#server/room/room.ts'
import type { Rooms } from '#server/room/rooms.ts'
import { type Seq, seq, ZERO } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { seqParameter } from './parameters.ts'
import { assertSaving, inTime } from './patience.ts'
import { ApiProblem } from './problem.ts'
import { deleted, notFound } from './refusals.ts'
import { NO_QUERY } from './router.ts'
import { LogEntries, Position } from './schemas.ts'

export interface UpdateParts {
  readonly log: Log
  readonly rooms: Rooms
  readonly clock: Clock
  readonly content: Pick<Content, 'foreign'>
  readonly maxBodyBytes: number
}

/** Looks into an update on a thread. */
type Look = () => Promise<readonly Foreign[]>

const DEFAULT_LIMIT = 500
const MAX_LIMIT = 5_000
const PAGE_BYTES = 1 << 20
/** Larger updates are looked into on a thread. */
const INLINE_BYTES = 64 << 10

export function updateOperations(parts: UpdateParts): readonly Operation[] {
  const { log, rooms, content, maxBodyBytes } = parts
  return [
    operation({
      id: 'appendUpdate',
      method: 'POST',
      path: '/documents/{id}/updates',
      action: 'write',
      summary: 'Append a Yjs update',
      description:
        'One raw Yjs update (version 1). It passes the same gate as every edit, and is answered once it is on disk. It is stored whole or not at all; the same one again changes nothing. To a page it may bring nothing that no page has: nodes, marks, attributes or roots.',
      query: NO_QUERY,
      headers: [],
      body: { required: true, description: 'The update.', content: { 'application/octet-stream': 'binary' } },
      answers: {
        200: { description: 'A position that holds it.', content: { 'application/json': Position } },
      },
      problems: [
        'invalid-id',
        'document-not-found',
        'document-deleted',
        'invalid-update',
        'update-refused',
        'missing-edits',
        'conflict',
        'too-large',
      ],
      async handle({ document, principal, person, ...asked }) {
        const update = await asked.bytes(maxBodyBytes)
        const outline = await log.outline(document)
        if (outline.deleted) throw deleted()
        if (outline.head === 0) throw notFound()
        assertSaving(parts)
        const visitor = await rooms.visit(document, principal, outline.kind)
        try {
          const look: Look = () => asked.inPlace(() => content.foreign(update, { person, document }))
          if (outline.kind === 'page') await assertOurs(look, update, visitor.room)
          return json(200, { seq: await inTime(parts, visitor.write(update)) })
        } finally {
          visitor.leave()
        }
      },
    }),
    operation({
      id: 'listUpdates',
      method: 'GET',
      path: '/documents/{id}/updates',
      action: 'read',
      summary: 'Read the log',
      description:
        'The entries after a position, in order. Applied one after the other they are the document. Old entries of one author may have been merged into one, which stands for `from` to `seq`.',
      query: z.strictObject({
        after: seqParameter.optional().describe('The position after which to begin; 0 without it.'),
        limit: z
          .string()
          .regex(/^[1-9]\d{0,3}$/, `is a whole number from 1 to ${MAX_LIMIT}`)
          .transform(Number)
          .refine((limit) => limit <= MAX_LIMIT, `is a whole number from 1 to ${MAX_LIMIT}`)
          .optional()
          .describe(`How many at most: 1 to ${MAX_LIMIT}, ${DEFAULT_LIMIT} without it.`),
      }),
      headers: [],
      body: null,
      answers: { 200: { description: 'A part of the log.', content: { 'application/json': LogEntries } } },
      problems: ['invalid-id', 'document-not-found', 'document-deleted', 'position-ahead'],
      async handle({ document, query }) {
        const outline = await log.outline(document)
        if (outline.deleted) throw deleted()
        if (outline.head === 0) throw notFound()
        const after: Seq = query.after === undefined ? ZERO : seq(query.after)
        if (after > outline.head)
          throw new ApiProblem(
            'position-ahead',
            `The document ends at ${outline.head}: there is nothing after ${after}.`,
          )
        const entries = (await log.read(document, after, PAGE_BYTES)).slice(0, query.limit ?? DEFAULT_LIMIT)
        const last = entries.at(-1)?.seq ?? after
        const updates = entries.map((entry) => ({
          from: entry.from,
          seq: entry.seq,
          author: entry.author,
          time: new Date(entry.time).toISOString(),
          update: Buffer.from(entry.update).toString('base64'),
        }))
        const head = Math.max(outline.head, last)
        return json(200, { updates, head, next: last < head ? last : null })
      },
    }),
  ]
}

/** What is new in an update must be what a page has: who writes over HTTP does not see that it is shown nowhere. */
async function assertOurs(look: Look, update: Uint8Array, { knowledge }: Room): Promise<void> {
  const found = await foundIn(look, update)
  const foreign = found.filter(({ client, end }) => end > knowledge.clock(client))
  if (foreign.length > 0)
    throw new ApiProblem(
      'update-refused',
      `A page cannot hold what this update brings: ${listed(foreign.map(({ what }) => what))}.`,
    )
}

async function foundIn(look: Look, update: Uint8Array): Promise<readonly Foreign[]> {
  try {
    return update.length > INLINE_BYTES ? await look() : foreignIn(update)
  } catch (error) {
    if (error instanceof ContentUnavailable || error instanceof ApiProblem) throw error
    // Bytes that are no update are the gate's to refuse.
    return []
  }
}
