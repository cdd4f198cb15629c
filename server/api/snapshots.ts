/** `…/snapshots`: positions of a document that have a name, read and restored. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Names } from '#server/access/names.ts'
import type { Log, Snapshot, SnapshotPlace } from '#server/log/port.ts'
import { type DocumentId, type Seq, seq } from '#shared/id.ts'
import type { Chance, Clock } from '#shared/time.ts'
import { entityTag, names } from './conditions.ts'
import { both, contentResponse, existing } from './content.ts'
import { json } from './documents.ts'
import { formatWanted } from './media.ts'
import { type Operation, operation } from './operation.ts'
import { cursorParameter, limitParameter } from './parameters.ts'
import { ApiProblem } from './problem.ts'
import { deleted, noSnapshot } from './refusals.ts'
import type { Rendering } from './rendering.ts'
import { full, newSnapshotId, type Restoring } from './restoring.ts'
import { NO_QUERY } from './router.ts'
import { Format, NamedSnapshot, NewSnapshot, Restored, SnapshotInfo, SnapshotList } from './schemas.ts'

export interface SnapshotParts {
  readonly log: Log
  readonly clock: Clock
  readonly chance: Chance
  readonly names: Names
  readonly rendering: Rendering
  /** Content-Security-Policy of what is answered. */
  readonly policy: string
  readonly restoring: Restoring
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500
const BODY_BYTES = 16 << 10
const MAX_KEY_LENGTH = 255

const ONE = '/documents/{id}/snapshots/{snapshot}'
const PROBLEMS = ['invalid-id', 'document-not-found', 'document-deleted'] as const
const PROBLEMS_OF_ONE = [...PROBLEMS, 'snapshot-not-found'] as const
const described200 = { description: 'The snapshot.', content: { 'application/json': SnapshotInfo } }

export function snapshotOperations(parts: SnapshotParts): readonly Operation[] {
  const { log, clock, chance, names: people, rendering, restoring } = parts
  const one = async ({ document, snapshot }: { document: DocumentId; snapshot: string }) => {
    const outline = await existing(log, document)
    const found = await log.snapshots.get(document, snapshot)
    if (found === null) throw await missing(document)
    return { outline, found }
  }
  const told = async (snapshots: readonly Snapshot[]) => {
    const called = await people.of(snapshots.map(({ author }) => author))
    return snapshots.map((snapshot) => described(snapshot, called.get(snapshot.author) ?? null))
  }
  const answer = async (status: 200 | 201, snapshot: Snapshot, headers = {}) =>
    json(status, (await told([snapshot]))[0], headers)
  /** Its document may have been deleted a moment ago. */
  const missing = async (document: DocumentId) =>
    (await log.outline(document)).deleted ? deleted() : noSnapshot()
  return [
    operation({
      id: 'createSnapshot',
      method: 'POST',
      path: '/documents/{id}/snapshots',
      action: 'write',
      summary: 'Keep a snapshot',
      description:
        'Names a position: the newest one, or an older one. It costs the same whatever the size of the document. With `Idempotency-Key` the same request may be sent again, and gives the same snapshot.',
      query: NO_QUERY,
      headers: ['Idempotency-Key'],
      body: {
        required: false,
        description: 'Its name, and which position it is.',
        content: { 'application/json': NewSnapshot },
      },
      answers: {
        200: { ...described200, description: 'It was made before, with this key.' },
        201: { ...described200, description: 'It was made.', headers: ['Location'] },
      },
      problems: [...PROBLEMS, 'position-ahead', 'snapshots-full', 'too-large'],
      async handle({ document, principal, ...asked }) {
        const given = await asked.json(NewSnapshot, BODY_BYTES, {})
        const key = asked.headers.get('idempotency-key')
        if (key !== null && (key === '' || key.length > MAX_KEY_LENGTH))
          throw new ApiProblem('invalid-request', `Idempotency-Key is 1 to ${MAX_KEY_LENGTH} characters.`)
        const { head } = await existing(log, document)
        if (given.seq !== undefined && given.seq > head)
          throw new ApiProblem('position-ahead', `The document ends at ${head}: it has no ${given.seq} yet.`)
        const snapshot: Snapshot = {
          id: key === null ? newSnapshotId(chance) : idOf(document, principal.author, key),
          document,
          kind: 'named',
          name: given.name ?? null,
          seq: given.seq === undefined ? head : await endOf(log, document, seq(given.seq)),
          author: principal.author,
          time: clock.wall(),
        }
        const added = await log.snapshots.add(snapshot)
        if (added === 'gone') throw deleted()
        if (added === 'full') throw full()
        if (added === 'there') return answer(200, (await one({ document, snapshot: snapshot.id })).found)
        const where = `/v1/documents/${encodeURIComponent(document)}/snapshots/${snapshot.id}`
        return answer(201, snapshot, { Location: where })
      },
    }),
    operation({
      id: 'listSnapshots',
      method: 'GET',
      path: '/documents/{id}/snapshots',
      action: 'read',
      summary: 'List snapshots',
      description: 'Newest position first, page by page.',
      query: z.strictObject({ limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT), cursor: cursorParameter }),
      headers: [],
      body: null,
      answers: { 200: { description: 'A page of them.', content: { 'application/json': SnapshotList } } },
      problems: PROBLEMS,
      async handle({ document, query }) {
        await existing(log, document)
        const limit = query.limit ?? DEFAULT_LIMIT
        const after = query.cursor === undefined ? null : placeOf(query.cursor)
        const found = await log.snapshots.list(document, limit + 1, after)
        const snapshots = found.slice(0, limit)
        const last = snapshots.at(-1)
        const next = found.length > limit && last !== undefined ? cursorOf(last) : null
        return json(200, { snapshots: await told(snapshots), next })
      },
    }),
    operation({
      id: 'getSnapshot',
      method: 'GET',
      path: ONE,
      action: 'read',
      summary: 'Describe a snapshot',
      description: 'Which position it is, what it is called, and who made it.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 200: described200 },
      problems: PROBLEMS_OF_ONE,
      handle: async (asked) => answer(200, (await one(asked)).found),
    }),
    operation({
      id: 'renameSnapshot',
      method: 'PATCH',
      path: ONE,
      action: 'write',
      isAct: true,
      summary: 'Name a snapshot',
      description: 'Also one that the server kept: with a name it stays until it is deleted.',
      query: NO_QUERY,
      headers: [],
      body: { required: true, description: 'Its name.', content: { 'application/json': NamedSnapshot } },
      answers: { 200: described200 },
      problems: PROBLEMS_OF_ONE,
      async handle(asked) {
        const { name } = await asked.json(NamedSnapshot, BODY_BYTES)
        const { found } = await one(asked)
        const kind = name === null ? found.kind : 'named'
        if (!(await log.snapshots.change(found.document, found.id, { name, kind })))
          throw await missing(found.document)
        return answer(200, { ...found, name, kind })
      },
    }),
    operation({
      id: 'deleteSnapshot',
      method: 'DELETE',
      path: ONE,
      action: 'write',
      isAct: true,
      summary: 'Delete a snapshot',
      description: 'The position stays in the log; it only has no name any more.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 204: { description: 'It is deleted.' } },
      problems: PROBLEMS_OF_ONE,
      async handle(asked) {
        const { found } = await one(asked)
        if (!(await log.snapshots.remove(found.document, found.id))) throw await missing(found.document)
        return new Response(null, { status: 204 })
      },
    }),
    operation({
      id: 'getSnapshotContent',
      method: 'GET',
      path: `${ONE}/content`,
      action: 'read',
      summary: 'Read a snapshot',
      description: 'What the document said there, in a format named by `format` or `Accept`.',
      query: z.strictObject({
        format: Format.optional().describe('Wins over `Accept`; json where neither says anything.'),
        standalone: z
          .enum(['true', 'false'])
          .optional()
          .describe('html: a page of its own rather than a fragment.'),
      }),
      headers: ['Accept', 'If-None-Match'],
      body: null,
      answers: {
        200: { description: 'The content.', content: both, headers: ['ETag'] },
        304: { description: 'You have it.', headers: ['ETag'] },
      },
      problems: [...PROBLEMS_OF_ONE, 'not-acceptable'],
      async handle(asked) {
        const { found, outline } = await one(asked)
        const { query, headers } = asked
        const format = formatWanted(query.format, headers.get('accept'), outline.kind)
        if (names(headers.get('if-none-match'), found.seq) === true)
          return new Response(null, { status: 304, headers: { ETag: entityTag(found.seq) } })
        const standalone = format === 'html' && query.standalone === 'true'
        const options = { format, standalone, person: asked.person }
        const made = await asked.inPlace(() => rendering.at(found.document, outline, found.seq, options))
        return contentResponse(made, format, parts.policy)
      },
    }),
    operation({
      id: 'restoreSnapshot',
      method: 'POST',
      path: `${ONE}/restore`,
      action: 'write',
      isAct: true,
      summary: 'Restore a snapshot',
      description:
        'Keeps a snapshot of what is there, then makes the smallest edit that leads from it to what the snapshot says. What people type meanwhile stays. Restoring the kept one undoes it. Where the document says already what the snapshot says, nothing is written and nothing kept.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 200: { description: 'It is restored.', content: { 'application/json': Restored } } },
      problems: [...PROBLEMS_OF_ONE, 'not-a-page', 'snapshots-full', 'too-many'],
      async handle(asked) {
        const { found } = await one(asked)
        const { principal, person } = asked
        return json(200, await asked.inPlace(() => restoring.restore(found, principal, person)))
      },
    }),
  ]
}

/** The position itself, or the end of the merged entry that it lies in. */
async function endOf(log: Pick<Log, 'read'>, document: DocumentId, at: Seq): Promise<Seq> {
  const [entry] = await log.read(document, seq(at - 1), 1)
  return entry?.seq ?? at
}

function described(
  { id, name, kind, seq, author, time }: Snapshot,
  authorName: string | null,
): z.infer<typeof SnapshotInfo> {
  return { id, name, kind, seq, author, authorName, time: new Date(time).toISOString() }
}

/** The same for the same key of the same principal. */
function idOf(document: DocumentId, author: string, key: string): string {
  return hash('sha256', ['vellum snapshot', document, author, key].join('\0')).slice(0, 16)
}

function cursorOf({ seq, id }: SnapshotPlace): string {
  return Buffer.from(JSON.stringify([seq, id])).toString('base64url')
}

function placeOf(cursor: string): SnapshotPlace {
  try {
    const [at, id]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (typeof at === 'number' && typeof id === 'string') return { seq: seq(at), id }
  } catch {
    // Not one of ours: told like any other that is not.
  }
  throw new ApiProblem('invalid-request', 'query.cursor: not a cursor that a list gave.')
}
