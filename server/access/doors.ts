/**
 * Every way in, and what has to be allowed there. A test holds this against the routes and frames that there are: a new
 * one without a line here fails it.
 */
import type { Frame } from '#shared/frame.ts'
import type { Action } from './action.ts'

/** `public`: everybody may, and nothing of a document is behind it. */
export const routes: Readonly<Record<string, Action | 'public'>> = {
  'GET /v1/documents': 'list',
  'GET /v1/documents/{id}': 'read',
  'PUT /v1/documents/{id}': 'create',
  'PATCH /v1/documents/{id}': 'write',
  'DELETE /v1/documents/{id}': 'manage',
  'GET /v1/documents/{id}/content': 'read',
  'PUT /v1/documents/{id}/content': 'write',
  'POST /v1/documents/{id}/content': 'write',
  'POST /v1/documents/{id}/updates': 'write',
  'GET /v1/documents/{id}/updates': 'read',
  'GET /v1/documents/{id}/snapshots': 'read',
  'POST /v1/documents/{id}/snapshots': 'write',
  'GET /v1/documents/{id}/snapshots/{snapshot}': 'read',
  'PATCH /v1/documents/{id}/snapshots/{snapshot}': 'write',
  'DELETE /v1/documents/{id}/snapshots/{snapshot}': 'write',
  'GET /v1/documents/{id}/snapshots/{snapshot}/content': 'read',
  'POST /v1/documents/{id}/snapshots/{snapshot}/restore': 'write',
  'GET /v1/documents/{id}/history': 'read',
  'GET /v1/documents/{id}/diff': 'read',
  'GET /v1/documents/{id}/shares': 'share',
  'POST /v1/documents/{id}/shares': 'share',
  'PATCH /v1/documents/{id}/shares/{share}': 'share',
  'DELETE /v1/documents/{id}/shares/{share}': 'share',
  'POST /v1/tokens/revoke': 'govern',
  'GET /v1/session': 'public',
  'POST /v1/session': 'public',
  'DELETE /v1/session': 'public',
  // What the API is, and that it is there; nothing of what it holds.
  'GET /v1/openapi.json': 'public',
  'GET /v1/docs': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  // Counts, without names of documents or people; a proxy may keep it to itself.
  'GET /metrics': 'public',
  // The page and its parts are the same for everybody: what is in a document they ask for like anybody else.
  'GET /': 'public',
  'GET /d/*': 'public',
  'GET /assets/:name': 'public',
  'GET /service-worker.js': 'public',
}

/** The carriers under /sync/: who may not read has no channel; what is said over one is judged by its frames. */
export const carriers = {
  websocket: 'read',
  'event-stream': 'read',
  'long-poll': 'read',
  post: 'read',
} as const satisfies Record<string, Action>

/** What a client may send. `nothing`: only a server says it, and nothing follows from it. */
export const frames: Readonly<Record<Frame['type'], 'read' | 'write' | 'nothing'>> = {
  step1: 'read',
  step2: 'write',
  update: 'write',
  push: 'write',
  presence: 'read',
  presenceQuery: 'read',
  resume: 'read',
  ping: 'read',
  renew: 'read',
  denied: 'nothing',
  hello: 'nothing',
  resumed: 'nothing',
  ack: 'nothing',
  gap: 'nothing',
  entries: 'nothing',
  refused: 'nothing',
  saving: 'nothing',
  later: 'nothing',
  pong: 'nothing',
}
