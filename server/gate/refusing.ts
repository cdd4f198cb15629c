/** What was refused, in the words of HTTP. */
import type { Refused } from '#server/access/access.ts'
import { codes } from '#shared/codes.ts'
import type { Admission } from './admission.ts'
import { type Refusal, refusalOf } from './answer.ts'

export function refusalFor({ code, reason }: Refused): Refusal {
  const refusal = refusalOf(codes[code].code, reason)
  return code === 'unauthenticated' ? { ...refusal, headers: { 'WWW-Authenticate': 'Bearer' } } : refusal
}

export function refusalBy({ status, reason }: Extract<Admission, { kind: 'refused' }>): Refusal {
  const code = {
    400: codes.malformed.code,
    403: codes.forbidden.code,
    429: codes.tooFast.code,
    404: undefined,
  }[status]
  return { status, detail: reason, ...(code !== undefined && { code }) }
}
