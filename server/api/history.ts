/** `…/history`: who changed a document when, in sittings. */
import { z } from 'zod'
import type { Names } from '#server/access/names.ts'
import type { Log } from '#server/log/port.ts'
import { existing } from './content.ts'
import { json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { limitParameter } from './parameters.ts'
import { History } from './schemas.ts'
import { HANDOVER_MS, PAUSE_MS, type Sitting, Sittings } from './sittings.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 5_000
const MINUTE_MS = 60_000

export interface HistoryParts {
  readonly log: Log
  readonly names: Names
}

export function historyOperations({ log, names }: HistoryParts): readonly Operation[] {
  const sittings = new Sittings(log)
  return [
    operation({
      id: 'getHistory',
      method: 'GET',
      path: '/documents/{id}/history',
      action: 'read',
      summary: 'Who changed a document when',
      description: `In sittings, newest first, page by page. A sitting ends when nobody writes for ${PAUSE_MS / MINUTE_MS} minutes, and when somebody who had no part in it begins to write after ${HANDOVER_MS / 1000} seconds in which nobody did: people who write at the same time share one.`,
      query: z.strictObject({
        limit: limitParameter(MAX_LIMIT, DEFAULT_LIMIT),
        cursor: z
          .string()
          .regex(/^[1-9]\d{0,14}$/, 'not a cursor that a history gave.')
          .transform(Number)
          .optional()
          .describe('`next` of the page before.'),
      }),
      headers: [],
      body: null,
      answers: {
        200: { description: 'A page of the history.', content: { 'application/json': History } },
      },
      problems: ['invalid-id', 'document-not-found', 'document-deleted'],
      async handle({ document, query }) {
        const { epoch, head } = await existing(log, document)
        const all = await sittings.of(document, epoch, head)
        const end = query.cursor === undefined ? all.length : behind(all, query.cursor)
        const page = all.slice(Math.max(0, end - (query.limit ?? DEFAULT_LIMIT)), end).reverse()
        const oldest = page.at(-1)
        const next = oldest === undefined || oldest.from === 1 ? null : String(oldest.from)
        const called = await names.of(page.flatMap(({ authors }) => [...authors.keys()]))
        return json(200, { sittings: page.map((sitting) => told(sitting, called)), next })
      },
    }),
  ]
}

/** How many sittings begin before this position. */
function behind(sittings: readonly Sitting[], position: number): number {
  let low = 0
  let high = sittings.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sittings[middle]?.from ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low
}

function told(
  { from, to, begin, end, authors }: Sitting,
  called: ReadonlyMap<string, string>,
): z.infer<typeof History>['sittings'][number] {
  return {
    from,
    to,
    begin: new Date(begin).toISOString(),
    end: new Date(end).toISOString(),
    authors: Array.from(authors, ([author, edits]) => ({ author, name: called.get(author) ?? null, edits })),
  }
}
