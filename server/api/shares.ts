/** `…/shares`: links to a document that its owners give out, each with a role, and can take back. */
import type { z } from 'zod'
import { type Share, type Shares, TooManyShares } from '#server/access/share.ts'
import type { Log } from '#server/log/port.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { deleted, noShare } from './refusals.ts'
import { NO_QUERY } from './router.ts'
import { ChangedShare, MadeShare, NewShare, ShareInfo, ShareList } from './schemas.ts'

export interface ShareParts {
  /** Null in open mode. */
  readonly shares: Shares | null
  readonly log: Pick<Log, 'outline'>
  readonly clock: Clock
  /** The address people use, without a slash at its end; null for the one a request names. */
  readonly publicUrl: string | null
}

const BODY_BYTES = 4 << 10
const ALL = '/documents/{id}/shares'
const ONE = '/documents/{id}/shares/{share}'
const PROBLEMS = ['invalid-id', 'document-deleted', 'open-mode'] as const
const PROBLEMS_OF_ONE = [...PROBLEMS, 'share-not-found'] as const

export function shareOperations({ shares, log, clock, publicUrl }: ShareParts): readonly Operation[] {
  const sharesOf = async (document: DocumentId): Promise<Shares> => {
    if (shares === null)
      throw new ApiProblem(
        'open-mode',
        'This server is open: whoever can reach it may read and write every document, and a link could not change that.',
      )
    if ((await log.outline(document)).deleted) throw deleted()
    return shares
  }
  return [
    operation({
      id: 'createShare',
      method: 'POST',
      path: ALL,
      action: 'share',
      summary: 'Give out a link',
      description:
        'Whoever opens the link may do in this document what its role says, until it expires or is revoked. The address is told this once: only a hash of its token is kept. The token stands behind `#`, so that browsers send it to nobody.',
      query: NO_QUERY,
      headers: [],
      body: { required: true, description: 'What it allows.', content: { 'application/json': NewShare } },
      answers: {
        201: {
          description: 'It was made.',
          content: { 'application/json': MadeShare },
          headers: ['Location'],
        },
      },
      problems: [...PROBLEMS, 'shares-full', 'too-large'],
      async handle({ document, principal, headers, ...asked }) {
        const given = await asked.json(NewShare, BODY_BYTES)
        const expiresAtMs =
          given.expiresAt === undefined || given.expiresAt === null ? null : Date.parse(given.expiresAt)
        if (expiresAtMs !== null && expiresAtMs <= clock.wall())
          throw new ApiProblem('invalid-request', 'body.expiresAt: is in the past.')
        const { share, token } = await (await sharesOf(document))
          .make({ document, role: given.role, name: given.name ?? '', by: principal.author, expiresAtMs })
          .catch((error: unknown) => {
            if (!(error instanceof TooManyShares)) throw error
            throw new ApiProblem(
              'shares-full',
              'This document has as many links as there may be: revoke some first.',
            )
          })
        const base = publicUrl ?? `http://${headers.get('host') ?? 'localhost'}`
        const url = `${base}/d/${document.split('/').map(encodeURIComponent).join('/')}#token=${token}`
        const where = `/v1/documents/${encodeURIComponent(document)}/shares/${share.id}`
        return json(201, { ...told(share), url }, { Location: where, 'Cache-Control': 'no-store' })
      },
    }),
    operation({
      id: 'listShares',
      method: 'GET',
      path: ALL,
      action: 'share',
      summary: 'List links',
      description: 'Those that are not revoked, newest first, without their tokens.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 200: { description: 'All of them.', content: { 'application/json': ShareList } } },
      problems: PROBLEMS,
      handle: async ({ document }) =>
        json(200, { shares: (await (await sharesOf(document)).of(document)).map(told) }),
    }),
    operation({
      id: 'changeShare',
      method: 'PATCH',
      path: ONE,
      action: 'share',
      summary: 'Change what a link allows',
      description: 'For everybody who came by it, at once: also for those who have the document open.',
      query: NO_QUERY,
      headers: [],
      body: { required: true, description: 'Its role.', content: { 'application/json': ChangedShare } },
      answers: { 200: { description: 'It is changed.', content: { 'application/json': ShareInfo } } },
      problems: [...PROBLEMS_OF_ONE, 'too-large'],
      async handle({ document, share: id, principal, ...asked }) {
        const { role } = await asked.json(ChangedShare, BODY_BYTES)
        const changed = await (await sharesOf(document)).change(
          { document, id },
          { role, by: principal.author },
        )
        if (changed === null) throw noShare()
        return json(200, told(changed))
      },
    }),
    operation({
      id: 'revokeShare',
      method: 'DELETE',
      path: ONE,
      action: 'share',
      summary: 'Revoke a link',
      description: 'Nobody gets in by it any more, and who came by it is put out within seconds.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 204: { description: 'It is revoked.' } },
      problems: PROBLEMS_OF_ONE,
      async handle({ document, share: id, principal }) {
        if (!(await (await sharesOf(document)).revoke({ document, id, by: principal.author })))
          throw noShare()
        return new Response(null, { status: 204 })
      },
    }),
  ]
}

function told({ id, role, name, by, createdAtMs, expiresAtMs }: Share): z.infer<typeof ShareInfo> {
  return {
    id,
    role,
    name,
    createdBy: by,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  }
}
