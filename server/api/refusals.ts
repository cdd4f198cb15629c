/** What everything under the API throws, as problems. */
import type { Refused } from '#server/access/access.ts'
import { ContentUnavailable, InvalidContent, NoSuchHeading, NotPossible } from '#server/content/port.ts'
import { NotSaved } from '#server/log/port.ts'
import { Turned } from '#server/room/visitor.ts'
import { codes } from '#shared/codes.ts'
import { ApiProblem } from './problem.ts'

/** `failed` for what nobody foresaw. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (error instanceof Turned) return turned(error)
  if (error instanceof InvalidContent)
    return new ApiProblem(
      'invalid-content',
      sentence(error.where === '' ? error.message : `${error.where}: ${error.message}`),
      {
        where: error.where,
      },
    )
  if (error instanceof NotPossible) return new ApiProblem('not-a-page', error.message)
  if (error instanceof NoSuchHeading) return new ApiProblem('heading-not-found', error.message)
  if (error instanceof ContentUnavailable) return new ApiProblem('unavailable', sentence(error.message))
  if (error instanceof NotSaved)
    return new ApiProblem('not-saving', 'Nothing can be written to disk at the moment.')
  return new ApiProblem('failed', 'That did not work, and it is our mistake.')
}

function turned({ code, message, isGap }: Turned): ApiProblem {
  const detail = sentence(message)
  switch (code) {
    case codes.deleted.code:
      return deleted()
    case codes.conflict.code:
      return new ApiProblem(isGap ? 'missing-edits' : 'conflict', detail)
    case codes.tooBig.code:
      return new ApiProblem('too-large', detail)
    case codes.malformed.code:
      return new ApiProblem('invalid-update', detail)
    case codes.tooFast.code:
      return new ApiProblem('too-many', detail)
    case codes.forbidden.code:
      return new ApiProblem('update-refused', `A page cannot hold what this update brings: ${message}.`)
    default:
      return new ApiProblem('unavailable', detail)
  }
}

/** What the verdict says. */
export function refusedBy({ code, reason }: Refused): ApiProblem {
  return new ApiProblem(code === 'restarting' ? 'unavailable' : code, sentence(reason))
}

export function deleted(): ApiProblem {
  return new ApiProblem('document-deleted', 'This document was deleted, and stays deleted.')
}

export function notFound(): ApiProblem {
  return new ApiProblem('document-not-found', 'There is no document of this name.')
}

export function noSnapshot(): ApiProblem {
  return new ApiProblem('snapshot-not-found', 'This document has no snapshot of this id.')
}

export function noShare(): ApiProblem {
  return new ApiProblem('share-not-found', 'This document has no link of this id, or it was revoked.')
}

function sentence(words: string): string {
  const first = words.charAt(0).toUpperCase()
  return `${first}${words.slice(1)}${/[.!?…]$/.test(words) ? '' : '.'}`
}
