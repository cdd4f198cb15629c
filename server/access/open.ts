/** Open mode: nobody has to say who they are, and everybody may do everything. */
import { type Access, type Granted, standingOf } from './access.ts'
import { ANONYMOUS } from './principal.ts'

export function openAccess(): Access {
  const granted: Granted = { kind: 'granted', standing: standingOf(ANONYMOUS) }
  return { mode: 'open', decide: () => granted, onChange: () => () => {} }
}
