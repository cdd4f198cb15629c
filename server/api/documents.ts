/** `/v1/documents/ID`: what there is of one; making, naming and deleting it. */
import type { z } from 'zod'
import type { ListedDocument, Log } from '#server/log/port.ts'
import type { Rooms } from '#server/room/rooms.ts'
import type { DocumentId } from '#shared/id.ts'
import { plainLine } from '#shared/plain-line.ts'
import { entityTag, holds, names, tagOfTold } from './conditions.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { deleted, notFound } from './refusals.ts'
import { NO_QUERY } from './router.ts'
import { DocumentDetail, DocumentInfo, NewDocument, Renamed } from './schemas.ts'
import type { Writer } from './writer.ts'

/** After so long a few more may be made. */
const RETRY_MAKING_SECONDS = 60

export interface DocumentParts {
  readonly log: Log
  readonly rooms: Rooms
  readonly writer: Writer
  readonly maxBodyBytes: number
}

export function documentOperations({
  log,
  rooms,
  writer,
  maxBodyBytes,
}: DocumentParts): readonly Operation[] {
  const one = async (document: DocumentId): Promise<ListedDocument> => {
    const found = await log.describe(document)
    if (found !== null) return found
    throw (await log.outline(document)).deleted ? deleted() : notFound()
  }
  return [
    operation({
      id: 'getDocument',
      method: 'GET',
      path: '/documents/{id}',
      action: 'read',
      summary: 'Describe a document',
      description:
        'What lists say of it, and what its history takes. A document first written over the sync channel is here, too.',
      query: NO_QUERY,
      headers: ['If-None-Match'],
      body: null,
      answers: {
        200: {
          description: 'The document.',
          content: { 'application/json': DocumentDetail },
          headers: ['ETag'],
        },
        304: { description: 'It has not changed.', headers: ['ETag'] },
      },
      problems: ['invalid-id', 'document-not-found', 'document-deleted'],
      async handle({ document, headers }) {
        const found = await one(document)
        const sizes = await log.past.sizes(document)
        const history = {
          entries: sizes?.entries ?? 0,
          bytes: sizes?.entryBytes ?? 0,
          milestoneBytes: sizes?.milestoneBytes ?? 0,
        }
        const told = { ...described(found), history }
        const tag = tagOfTold(found.head, JSON.stringify(told))
        if (holds(headers.get('if-none-match'), tag))
          return new Response(null, { status: 304, headers: { ETag: tag } })
        return json(200, told, { ETag: tag })
      },
    }),
    operation({
      id: 'createDocument',
      method: 'PUT',
      path: '/documents/{id}',
      action: 'create',
      summary: 'Make a document where there is none',
      description:
        'With a title and content, if given, all at once. Where there is a document already it stays as it is, so that the same request may be sent again. A deleted document is not made again.',
      query: NO_QUERY,
      headers: [],
      body: {
        required: false,
        description: 'Its title and its first content.',
        content: { 'application/json': NewDocument },
      },
      answers: {
        200: {
          description: 'There was one; nothing was changed.',
          content: { 'application/json': DocumentInfo },
          headers: ['ETag'],
        },
        201: {
          description: 'It was made.',
          content: { 'application/json': DocumentInfo },
          headers: ['ETag', 'Location'],
        },
      },
      problems: [
        'invalid-id',
        'document-deleted',
        'invalid-content',
        'invalid-update',
        'update-refused',
        'missing-edits',
        'too-large',
        'too-many',
      ],
      async handle({ document, principal, person, ...asked }) {
        // An empty body makes an empty document.
        const given = await asked.json(NewDocument, maxBodyBytes, {})
        const content = contentOf(given)
        const { head, deleted: isDeleted } = await log.outline(document)
        if (head === 0 && !isDeleted && !asked.mayMake())
          throw new ApiProblem(
            'too-many',
            'Too many documents were made in this hour.',
            {},
            RETRY_MAKING_SECONDS,
          )
        const { changed } = await asked.inPlace(() =>
          writer.write(document, principal, {
            person,
            kind: given.kind,
            content: content === null ? null : { ...content, place: { kind: 'whole' } },
            title: given.title ?? null,
            base: null,
            expects: null,
            mode: 'create',
          }),
        )
        const found = await one(document)
        const headers: Record<string, string> = { ETag: entityTag(found.head) }
        if (changed) headers['Location'] = `/v1/documents/${encodeURIComponent(document)}`
        return json(changed ? 201 : 200, described(found), headers)
      },
    }),
    operation({
      id: 'renameDocument',
      method: 'PATCH',
      path: '/documents/{id}',
      action: 'write',
      isAct: true,
      summary: 'Name a document',
      description: 'An edit like any other: people who have it open see the new title.',
      query: NO_QUERY,
      headers: ['If-Match'],
      body: { required: true, description: 'The title.', content: { 'application/json': Renamed } },
      answers: {
        200: {
          description: 'The document.',
          content: { 'application/json': DocumentInfo },
          headers: ['ETag'],
        },
      },
      problems: ['invalid-id', 'document-not-found', 'document-deleted', 'not-a-page', 'precondition-failed'],
      async handle({ document, principal, person, ...asked }) {
        const { title } = await asked.json(Renamed, 16 << 10)
        const match = asked.headers.get('if-match')
        await asked.inPlace(() =>
          writer.write(document, principal, {
            person,
            content: null,
            title,
            base: null,
            expects: match === null ? null : (head) => names(match, head) === true,
            mode: 'edit',
          }),
        )
        const found = await one(document)
        return json(200, described(found), { ETag: entityTag(found.head) })
      },
    }),
    operation({
      id: 'deleteDocument',
      method: 'DELETE',
      path: '/documents/{id}',
      action: 'manage',
      isAct: true,
      summary: 'Delete a document',
      description:
        'For ever: who has it open is told, nobody makes it again, and what it held is erased after ERASE_AFTER_DAYS.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 204: { description: 'It is deleted.' } },
      problems: ['invalid-id', 'document-not-found', 'document-deleted'],
      async handle({ document }) {
        await one(document)
        if (!(await rooms.delete(document))) throw deleted()
        return new Response(null, { status: 204 })
      },
    }),
  ]
}

/** Content as it stands in the body of a creation. */
function contentOf({ content, format, kind, title }: z.infer<typeof NewDocument>) {
  if (kind === 'any' && (format !== 'yjs' || typeof content !== 'string' || title !== undefined))
    throw new ApiProblem(
      'invalid-request',
      'body.kind: a document for another editor is made of a Yjs update alone (format yjs, no title).',
    )
  if (content === undefined || content === null) return null
  if (format === 'json') return { format, bytes: new TextEncoder().encode(JSON.stringify(content)) }
  if (typeof content !== 'string')
    throw new ApiProblem('invalid-request', `body.content: content in the format ${format} is text.`)
  if (format !== 'yjs') return { format, bytes: new TextEncoder().encode(content) }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(content))
    throw new ApiProblem('invalid-request', 'body.content: a Yjs update is given in base64.')
  const bytes = new Uint8Array(Buffer.from(content, 'base64'))
  if (kind === 'any' && bytes.every((byte) => byte === 0))
    throw new ApiProblem('invalid-update', 'An update that says nothing makes no document.')
  return { format, bytes }
}

export function described({
  document,
  title,
  kind,
  author,
  time,
  head,
}: ListedDocument): z.infer<typeof DocumentInfo> {
  return { id: document, title: plainLine(title), kind, author, time, seq: head }
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonOf(status, JSON.stringify(value), headers)
}

/** Of JSON that is written already. */
export function jsonOf(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  })
}
