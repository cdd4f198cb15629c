/** Errors over HTTP are problem documents (RFC 9457). */
export interface Problem {
  readonly status: number
  /** The same for every error of this sort. */
  readonly title: string
  /** What is wrong here and what would be right, in one sentence without content of documents. */
  readonly detail: string
}

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...problem }), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  })
}
