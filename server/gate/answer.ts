/** Answers to requests that carry frames: what they are refused with, and what every one of them says. */
import type { ServerResponse } from 'node:http'
import { SECURE_HEADERS } from '#server/ops/secure-headers.ts'
import { type Code, codes } from '#shared/codes.ts'

/** How a code of the wire is said in HTTP. */
const STATUS = new Map<number, number>([
  [codes.malformed.code, 400],
  [codes.unauthenticated.code, 401],
  [codes.forbidden.code, 403],
  [codes.deleted.code, 410],
  [codes.conflict.code, 409],
  [codes.tooBig.code, 413],
  [codes.tooOld.code, 426],
  [codes.restarting.code, 503],
  [codes.tooSlow.code, 503],
  [codes.tooFast.code, 429],
])

const RETRY_SECONDS = 1

/** Never kept by anybody on the way, nor taken for something else. */
export const PLAIN: Readonly<Record<string, string>> = {
  ...SECURE_HEADERS,
  'Cache-Control': 'no-store, no-transform',
}

export interface Refusal {
  readonly status: number
  /** What a client of the wire goes by; without it nothing follows for the document. */
  readonly code?: Code | number
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The refusal that a code of shared/codes.ts stands for. */
export function refusalOf(code: number, reason: string): Refusal {
  return {
    status: STATUS.get(code) ?? 400,
    code,
    detail: `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`,
  }
}

/** Ends a response that has not begun with a problem document (RFC 9457). */
export function refuse(response: ServerResponse, { status, code, detail, headers }: Refusal): void {
  if (response.headersSent || response.destroyed) return
  const body = JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail, code })
  const later = status === 429 || status === 503 ? { 'Retry-After': String(RETRY_SECONDS) } : {}
  response.writeHead(status, {
    ...PLAIN,
    ...later,
    ...headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}
