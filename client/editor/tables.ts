/** Tables: the library's editing, kept from repairing what somebody else is still writing. */
import { Plugin } from 'prosemirror-state'
import { tableEditing } from 'prosemirror-tables'
import { FROM_DOCUMENT } from './showing.ts'

/**
 * The library mends a table after every change. If each client mended what it received, two of them would answer
 * each other's repairs without end: so only the one whose edit made the gap mends it.
 */
export function tables(): Plugin {
  const library = tableEditing()
  const repair = library.spec.appendTransaction
  return new Plugin({
    ...library.spec,
    appendTransaction(transactions, before, after) {
      const fromDocument = transactions.some((tr) => tr.getMeta(FROM_DOCUMENT) === true)
      return fromDocument ? null : repair?.call(this, transactions, before, after)
    },
  })
}
