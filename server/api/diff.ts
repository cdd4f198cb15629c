/** `…/diff`: what text came and went between two positions, by whom. */
import { z } from 'zod'
import type { Names } from '#server/access/names.ts'
import { type Content, diffFormats, type LaterEntry } from '#server/content/port.ts'
import { Turns, timed } from '#server/history/turns.ts'
import type { Log } from '#server/log/port.ts'
import type { Milestones } from '#server/room/milestones.ts'
import { seq, ZERO } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { existing } from './content.ts'
import { jsonOf } from './documents.ts'
import { types } from './media.ts'
import { type Operation, operation } from './operation.ts'
import { seqParameter } from './parameters.ts'
import { ApiProblem } from './problem.ts'
import { Difference, MarkedPage } from './schemas.ts'
import { entriesBetween, storedAt } from './stored.ts'

export interface DiffParts {
  readonly log: Log
  readonly milestones: Milestones
  readonly content: Content
  /** Content-Security-Policy of what is answered. */
  readonly policy: string
  readonly names: Names
  readonly clock: Clock
}

/** Comparisons whose entries are in memory at once, each of another person. */
const MAX_LOADED = 8
const MAX_WAITING = 1_000

export function diffOperations({
  log,
  milestones,
  content,
  names,
  policy,
  clock,
}: DiffParts): readonly Operation[] {
  const turns = new Turns({
    maxWaiting: MAX_WAITING,
    maxRunning: MAX_LOADED,
    onWaiting: () => {},
    onTurnedAway: () => {},
    refusal: () => new ApiProblem('too-many', 'Too much is being compared at the moment: come back later.'),
  })
  return [
    operation({
      id: 'getDiff',
      method: 'GET',
      path: '/documents/{id}/diff',
      action: 'read',
      summary: 'Compare two positions',
      description:
        'What text was inserted and deleted after `from` up to `to`, each with its author: as json the changes alone, as html all of the text with `ins` and `del`, as page all of the page with what was deleted, both marked. Authors are those of the log, whatever a client says of itself, and are called by the name that was verified when the server saw them last.',
      query: z.strictObject({
        from: seqParameter.optional().describe('The older position; 0, before everything, without it.'),
        to: seqParameter.optional().describe('The newer position; the newest one without it.'),
        format: z.enum(diffFormats).optional().describe('json without it.'),
      }),
      headers: [],
      body: null,
      answers: {
        200: {
          description: 'The difference.',
          content: {
            'application/json': z.union([Difference, MarkedPage]),
            'text/html; charset=utf-8': 'text',
          },
        },
      },
      problems: ['invalid-id', 'document-not-found', 'document-deleted', 'position-ahead', 'not-a-page'],
      async handle({ document, query, person, inPlace }) {
        const { head, kind } = await existing(log, document)
        const [from, to] = [
          query.from === undefined ? ZERO : seq(query.from),
          query.to === undefined ? head : seq(query.to),
        ]
        if (Math.max(from, to) > head)
          throw new ApiProblem(
            'position-ahead',
            `The document ends at ${head}: it has no ${Math.max(from, to)} yet.`,
          )
        if (from > to)
          throw new ApiProblem('invalid-request', `query.from: ${from} is behind ${to}, the newer one.`)
        const format = query.format ?? 'json'
        const compare = async () => {
          const before = await storedAt({ log, milestones }, { document, kind, upTo: from })
          const later: LaterEntry[] = []
          let reached = before.seq
          for await (const entry of entriesBetween(log, { document, from: reached, to })) {
            later.push(entry)
            reached = entry.to
          }
          const called = await names.of(new Set(later.map(({ author }) => author)))
          const ends = { from: before.seq, to: reached }
          const asker = { person, document }
          return content.diff({ ...before, asker }, later, { format, ends, names: called })
        }
        const comer = { party: person, line: document, spent: () => {} }
        const bytes = await inPlace(() => turns.enter(comer, (spent) => timed(clock, spent, compare)))
        if (format !== 'html') return jsonOf(200, bytes)
        return new Response(bytes, {
          headers: {
            'Content-Type': types.html,
            'Cache-Control': 'no-cache, private',
            'Content-Security-Policy': policy,
          },
        })
      },
    }),
  ]
}
