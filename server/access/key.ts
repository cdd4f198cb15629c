/** A name of somebody that may stand where an author's must not: in addresses, in a browser's store, in presence. */
import { hash } from 'node:crypto'
import { ANONYMOUS } from './principal.ts'

/** Sixteen hex digits, always the same for an author; `anonymous` for whom nobody knows. */
export function keyOf(author: string): string {
  return author === ANONYMOUS.author ? author : hash('sha256', `vellum principal\0${author}`).slice(0, 16)
}
