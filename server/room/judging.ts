/**
 * The gate's verdict on one update: at once, or from a worker where the update is large.
 *
 * A worker answers for what the room knew when it was asked. Meanwhile others write, fix the kind, or the room learns
 * the log anew: whoever acts on a verdict asks `stands` in the same turn.
 */
import type { Knowledge } from '#server/gate/knowledge.ts'
import { admit, isLarge } from '#server/gate/update.ts'
import type { Admission, Verdict } from '#server/gate/verdict.ts'
import type { Room } from './room.ts'

export class Judging {
  readonly #room: Room
  readonly #admission: Admission
  readonly #knowledge: Knowledge
  readonly #kind: Room['kind']
  readonly #version: number
  #encoded: Uint8Array | null = null

  /** Everything that is asked of it is answered for what the room knows now. */
  constructor(room: Room, admission: Admission) {
    this.#room = room
    this.#admission = admission
    this.#knowledge = room.knowledge
    this.#kind = room.kind
    this.#version = room.version
  }

  ask(update: Uint8Array, overlapsEqual: boolean): Promise<Verdict> | Verdict {
    const admission = { ...this.#admission, overlapsEqual }
    if (!isLarge(update)) return admit(this.#knowledge, update, admission)
    this.#encoded ??= this.#knowledge.encode()
    return this.#room.around.history.judge(this.#encoded, update, admission)
  }

  stands(verdict: Verdict): boolean {
    const { knowledge, kind, version } = this.#room
    if (knowledge !== this.#knowledge || kind !== this.#kind) return false
    if (version === this.#version || verdict.kind !== 'accepted' || verdict.delta === null) return true
    return knowledge.fits(verdict.delta)
  }
}
