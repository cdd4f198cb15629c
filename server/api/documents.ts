/** `GET /v1/documents`: what there is, newest change first. */
import { Hono } from 'hono'
import type { ListedDocument, Log } from '#server/log/port.ts'
import { problemResponse } from './problem.ts'

export interface DocumentRoutes {
  readonly log: Pick<Log, 'list'>
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500

/** Routes relative to `/v1/documents`. `limit` is 1–500, 50 without it; anything else is a 400. */
export function documentRoutes({ log }: DocumentRoutes): Hono {
  const routes = new Hono()
  routes.get('/', async (context) => {
    const limit = parseLimit(context.req.queries('limit'))
    if (limit === null)
      return problemResponse({
        status: 400,
        title: 'Not a limit',
        detail: `limit is given once, as a whole number from 1 to ${MAX_LIMIT}.`,
      })
    const documents = await log.list(limit)
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    return context.json({ documents: documents.map(described) })
  })
  return routes
}

function parseLimit(given: readonly string[] | undefined): number | null {
  const [text, ...more] = given ?? [String(DEFAULT_LIMIT)]
  if (text === undefined || more.length > 0 || !/^[1-9]\d{0,3}$/.test(text)) return null
  const limit = Number(text)
  return limit <= MAX_LIMIT ? limit : null
}

function described({ document, title, kind, author, time, head }: ListedDocument) {
  return { id: document, title, kind, author, time, seq: head }
}
