/** Answers that pages of other origins may read (CORS): of those that are allowed, with a token that they hold. */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

const ASKED_AGAIN_AFTER_S = 600

/** Cookies are never let along: the one of a browser session is not sent from other sites. */
export function fromPagesOf(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Prefer'],
    exposeHeaders: ['Allow', 'ETag', 'Location', 'Retry-After'],
    maxAge: ASKED_AGAIN_AFTER_S,
  })
}
