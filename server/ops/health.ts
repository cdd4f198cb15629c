/** What a supervisor asks: is it alive, can it commit, what does it count. Mounted at the root. */
import { Hono } from 'hono'
import type { Metrics } from './metrics.ts'

export interface HealthFacts {
  readonly metrics: Metrics
  /** Null while edits can be committed, else the reason in one sentence without paths or content. */
  readonly problem: () => string | null
}

export function healthRoutes({ metrics, problem }: HealthFacts): Hono {
  const routes = new Hono()
  routes.use(async (context, next) => {
    await next()
    context.header('Cache-Control', 'no-store')
  })
  routes.get('/healthz', (context) => context.json({ status: 'alive' }))
  routes.get('/readyz', (context) => {
    const detail = problem()
    if (detail === null) return context.json({ status: 'ready' })
    return context.body(JSON.stringify({ title: 'Not ready', status: 503, detail }), 503, {
      'Content-Type': 'application/problem+json',
      'Retry-After': '5',
    })
  })
  routes.get('/metrics', async (context) => {
    context.header('Content-Type', metrics.registry.contentType)
    return context.body(await metrics.registry.metrics())
  })
  return routes
}
