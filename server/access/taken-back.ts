/** Whose tokens were taken back: what was issued to them up to then counts no more, what is issued later does. */
import type { Audit } from './audit.ts'
import type { Changes } from './changes.ts'
import type { AccessStore, Grant, TakenBack } from './store.ts'

export interface TakingBackOptions {
  readonly store: AccessStore
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  readonly changes: Changes
  readonly audit: Audit
}

/** What an owner of every document may do about somebody's tokens. */
export interface TakingBack {
  /** Everybody who came by one is put out within seconds. Rejects with StoreFailed; then nothing has changed. */
  takeBack(asked: { readonly sub: string; readonly by: string }): Promise<TakenBack>
}

export class LiveTakenBack implements TakingBack {
  readonly #options: TakingBackOptions
  /** `sub` → wall-clock milliseconds. */
  readonly #until = new Map<string, number>()

  private constructor(options: TakingBackOptions, known: readonly TakenBack[]) {
    this.#options = options
    for (const { sub, untilMs } of known) this.#until.set(sub, untilMs)
  }

  /** Rejects with StoreFailed. */
  static async open(options: TakingBackOptions): Promise<LiveTakenBack> {
    return new LiveTakenBack(options, await options.store.takenBack())
  }

  /** Whether the token behind this grant was. Of one that does not say when it was issued nobody knows: it was. */
  has({ person, issuedAtMs = 0 }: Grant): boolean {
    const untilMs = person === null ? undefined : this.#until.get(person.sub)
    return untilMs !== undefined && issuedAtMs <= untilMs
  }

  async takeBack({ sub, by }: { readonly sub: string; readonly by: string }): Promise<TakenBack> {
    const { store, wall, changes, audit } = this.#options
    // Never back in time, whatever the clock of this machine did: what was taken back stays so.
    const one = { sub, untilMs: Math.max(wall(), this.#until.get(sub) ?? 0) }
    await store.takeBack(one)
    this.#until.set(sub, one.untilMs)
    audit.note({ event: 'took back tokens', author: by, document: null, of: sub })
    changes.tell()
    return one
  }
}
