/** Every HTTP route, and the order they are asked in. */
import { Hono } from 'hono'
import { problemResponse } from './api/problem.ts'

export interface AppParts {
  readonly health: Hono
  /** Relative to `/v1/documents`. */
  readonly documents: Hono
  readonly page: Hono
}

export function makeApp({ health, documents, page }: AppParts): Hono {
  const app = new Hono()
  app.route('/', health)
  app.route('/v1/documents', documents)
  app.route('/', page)
  app.notFound(() => problemResponse({ status: 404, title: 'Not found', detail: 'There is nothing here.' }))
  app.onError(() =>
    problemResponse({ status: 500, title: 'Failed', detail: 'That did not work, and it is our mistake.' }),
  )
  return app
}
