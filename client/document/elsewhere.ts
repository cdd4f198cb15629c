/**
 * What other tabs of this browser wrote into the same document and the server has not acknowledged: their outboxes, as
 * far as this tab has heard of them.
 */
import type { SessionId } from '#shared/id.ts'

export interface Change {
  readonly order: number
  readonly update: Uint8Array
  /** Whether its tab has it in the store; else only the tabs that heard of it have it. */
  readonly isKept: boolean
}

export class Elsewhere {
  readonly #bySession = new Map<SessionId, Map<number, Change>>()

  /** How many changes wait in other tabs. */
  get count(): number {
    let count = 0
    for (const changes of this.#bySession.values()) count += changes.size
    return count
  }

  updates(): readonly Uint8Array[] {
    return [...this.#bySession.values()].flatMap((changes) =>
      [...changes.values()].map(({ update }) => update),
    )
  }

  /** The store has none of it any more. Returns all of it, each with the session that made it. */
  lost(): readonly { readonly writer: SessionId; readonly order: number; readonly update: Uint8Array }[] {
    return [...this.#bySession].flatMap(([writer, changes]) =>
      [...changes.values()].map(({ order, update }) => {
        changes.set(order, { order, update, isKept: false })
        return { writer, order, update }
      }),
    )
  }

  of(session: SessionId): readonly Change[] {
    return [...(this.#bySession.get(session)?.values() ?? [])]
  }

  add(session: SessionId, changes: readonly Change[]): void {
    const known = this.#bySession.get(session) ?? new Map<number, Change>()
    for (const change of changes) known.set(change.order, change)
    if (known.size > 0) this.#bySession.set(session, known)
  }

  settle(session: SessionId, orders: readonly number[]): void {
    const known = this.#bySession.get(session)
    if (known === undefined) return
    for (const order of orders) known.delete(order)
    if (known.size === 0) this.#bySession.delete(session)
  }

  /** What that tab says is all it has. */
  replace(session: SessionId, changes: readonly Change[]): void {
    this.#bySession.delete(session)
    this.add(session, changes)
  }

  forget(session: SessionId): void {
    this.#bySession.delete(session)
  }
}
