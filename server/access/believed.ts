/**
 * A page says whom it takes itself for (`as` in the query). Where somebody else is signed in by now, it is not let in:
 * or what one person had not sent would go out as another's.
 */
import type { Access, Decision } from './access.ts'
import { keyOf } from './key.ts'
import { SOMEBODY_ELSE } from './stand.ts'

/** The same verdicts, but for those who are not who they believe they are. */
export function believed(access: Access): Access {
  return {
    mode: access.mode,
    onChange: (changed) => access.onChange(changed),
    decide(question) {
      const key = question.query('as')
      if (key === null) return access.decide(question)
      const decision = access.decide(question)
      return decision instanceof Promise ? decision.then((made) => judged(made, key)) : judged(decision, key)
    },
  }
}

function judged(decision: Decision, key: string): Decision {
  if (decision.kind === 'refused' || keyOf(decision.standing.principal.author) === key) return decision
  return { kind: 'refused', code: 'unauthenticated', reason: SOMEBODY_ELSE }
}
