/** What a carrier asks of access before it lets somebody in. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Question } from '#server/access/access.ts'
import type { DocumentId } from '#shared/id.ts'
import { queryOf } from './asked.ts'

/** Every carrier asks whether one may read; what is said over it is judged frame by frame. */
export function questionOf(
  document: DocumentId,
  { url, headers }: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders },
): Question {
  return {
    action: 'read',
    document,
    header: (name) => {
      const value = headers[name]
      return typeof value === 'string' ? value : (value?.join(', ') ?? null)
    },
    query: (name) => queryOf(url).get(name),
  }
}
