/** Every HTTP route, and the order they are asked in. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Answering } from './api/answering.ts'
import { problemResponse } from './api/problem.ts'
import { refuse } from './gate/answer.ts'
import { namesOneHost } from './gate/host.ts'
import { secure } from './ops/secure-headers.ts'

export interface AppParts {
  /** Whether a request with this Host header is meant for this server. */
  readonly isOurHost: (host: string | undefined) => boolean
  readonly health: Hono
  /** Relative to `/v1`. */
  readonly api: Hono
  readonly page: Hono
  /** A request failed by our mistake; never told with its address. */
  readonly onFailed: (error: Error) => void
}

export function makeApp({ isOurHost, health, api, page, onFailed }: AppParts): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    secure(context.res.headers)
  })
  app.use(async (context, next) => {
    if (isOurHost(context.req.header('host'))) return next()
    const detail = 'This server is not called that. PUBLIC_URL tells it by which name people reach it.'
    return problemResponse({ status: 403, title: 'Refused', detail })
  })
  app.route('/', health)
  app.route('/v1', api)
  app.route('/', page)
  app.notFound(() => problemResponse({ status: 404, title: 'Not found', detail: 'There is nothing here.' }))
  app.onError((error) => {
    onFailed(error)
    const detail = 'That did not work, and it is our mistake.'
    return problemResponse({ status: 500, title: 'Failed', detail })
  })
  return app
}

/** Carriers that speak HTTP. They need a request's path as it came, and responses that last. */
export interface RawCarriers {
  isOurs(request: IncomingMessage): boolean
  handle(request: IncomingMessage, response: ServerResponse): void
}

/**
 * What a URL's reader takes out of a path before it is looked at: a segment `.` or `..`, however it is written, what
 * counts as another slash, and what counts as nothing. Behind it would be the path of something else.
 */
const UNCERTAIN = /[\\\t\r\n]|\/(?:\.|%2e){1,2}(?:\/|$)/i

function isCertain(url = ''): boolean {
  const end = url.search(/[?#]/)
  return !UNCERTAIN.test(end === -1 ? url : url.slice(0, end))
}

/** Answers every request: a carrier's own by it, all others by the routes. */
export function makeListener(app: Hono, carriers: RawCarriers, answering: Answering): RequestListener {
  const routes = getRequestListener(app.fetch)
  return (request, response) => {
    if (!namesOneHost(request.rawHeaders)) {
      response.setHeader('Connection', 'close')
      refuse(response, { status: 400, detail: 'A request names one host.' })
      return
    }
    if (carriers.isOurs(request)) {
      carriers.handle(request, response)
      return
    }
    if (!isCertain(request.url)) {
      refuse(response, { status: 400, detail: 'No part of a path is . or .. here.' })
      return
    }
    answering.track(response)
    void routes(request, response)
  }
}
