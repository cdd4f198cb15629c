/** `/v1/tokens/revoke`: what was issued to somebody is taken back, all of it. */
import { StoreFailed } from '#server/access/store.ts'
import type { TakingBack } from '#server/access/taken-back.ts'
import { json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { NO_QUERY } from './router.ts'
import { RevokedTokens, TokensOf } from './schemas.ts'

const BODY_BYTES = 4 << 10

/** `takenBack`: null in open mode. */
export function tokenOperations(takenBack: TakingBack | null): readonly Operation[] {
  return [
    operation({
      id: 'revokeTokens',
      method: 'POST',
      path: '/tokens/revoke',
      action: 'govern',
      summary: 'Take back the tokens of a person',
      description:
        'All that were issued to them until now, and those that do not say when: who came by one, also in a browser that signed in with it, is put out within seconds. What is issued to them from the next second on counts. Links that they gave out stay. For who owns every document (`doc` is `*`, `role` is `owner`).',
      query: NO_QUERY,
      headers: [],
      body: { required: true, description: 'Whose.', content: { 'application/json': TokensOf } },
      answers: {
        200: { description: 'They count no more.', content: { 'application/json': RevokedTokens } },
      },
      problems: ['open-mode', 'not-saving'],
      async handle({ principal, json: read }) {
        if (takenBack === null)
          throw new ApiProblem('open-mode', 'This server is open: nobody needs a token to be let in.')
        const { sub } = await read(TokensOf, BODY_BYTES)
        try {
          const { untilMs } = await takenBack.takeBack({ sub, by: principal.author })
          return json(200, { sub, until: new Date(untilMs).toISOString() }, { 'Cache-Control': 'no-store' })
        } catch (error) {
          if (!(error instanceof StoreFailed)) throw error
          throw new ApiProblem('not-saving', 'Nothing can be written to disk at the moment.')
        }
      },
    }),
  ]
}
