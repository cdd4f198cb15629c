/** `GET /v1/documents`: page by page, what whoever asks may see of what there is. */
import { z } from 'zod'
import type { ListedDocument, ListPlace, Log } from '#server/log/port.ts'
import { type DocumentId, documentId } from '#shared/id.ts'
import { described, json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { DocumentList } from './schemas.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500
/** Lists that mostly show what the asker may not see are gone through this far for one page. */
const MAX_PASSED = 20
export function listDocuments({ log }: { log: Pick<Log, 'list'> }): Operation {
  return operation({
    id: 'listDocuments',
    method: 'GET',
    path: '/documents',
    action: 'list',
    summary: 'List documents',
    description: 'Newest change first, page by page. A document that changes meanwhile moves to the front.',
    query: z.strictObject({
      limit: z
        .string()
        .regex(/^[1-9]\d{0,2}$/, `limit is given once, as a whole number from 1 to ${MAX_LIMIT}.`)
        .transform(Number)
        .refine(
          (limit) => limit <= MAX_LIMIT,
          `limit is given once, as a whole number from 1 to ${MAX_LIMIT}.`,
        )
        .optional()
        .describe(`How many at most: 1 to ${MAX_LIMIT}, ${DEFAULT_LIMIT} without it.`),
      cursor: z.string().max(1_000).optional().describe('`next` of the page before.'),
    }),
    headers: [],
    body: null,
    answers: { 200: { description: 'A page of the list.', content: { 'application/json': DocumentList } } },
    problems: [],
    async handle({ query, standing }) {
      const limit = query.limit ?? DEFAULT_LIMIT
      let after = query.cursor === undefined ? null : placeOf(query.cursor)
      const documents: ListedDocument[] = []
      let isEnd = false
      const from = after
      let shown = after
      const isStuck = (): boolean => after !== null && after.changed === from?.changed
      for (let pass = 0; (pass < MAX_PASSED || isStuck()) && documents.length < limit && !isEnd; pass++) {
        const page = await log.list(limit, after)
        isEnd = page.length < limit
        for (const one of page) {
          after = one
          if (standing.shows(one.document)) {
            documents.push(one)
            shown = one
          }
          if (documents.length === limit) break
        }
        if (documents.length === limit && page.at(-1) !== after) isEnd = false
      }
      const next = isEnd || after === null ? null : cursorOf(behind(after, shown))
      return json(200, { documents: documents.map(described), next })
    },
  })
}

/** Before every name. */
const FIRST = '' as DocumentId

/** Where to go on. A cursor can be read by whoever gets it: it names no document that the list did not show. */
function behind(passed: ListPlace, shown: ListPlace | null): ListPlace {
  return shown?.changed === passed.changed ? shown : { changed: passed.changed, document: FIRST }
}

function cursorOf({ changed, document }: ListPlace): string {
  return Buffer.from(JSON.stringify([changed, document])).toString('base64url')
}

function placeOf(cursor: string): ListPlace {
  try {
    const [changed, name]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const document = name === FIRST ? FIRST : typeof name === 'string' ? documentId(name) : null
    if (typeof changed === 'number' && Number.isSafeInteger(changed) && document !== null)
      return { changed, document }
  } catch {
    // Not one of ours: told like any other that is not.
  }
  throw new ApiProblem('invalid-request', 'query.cursor: not a cursor that a list gave.')
}
