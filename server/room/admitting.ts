/**
 * As whom one peer's edits pass the gate, and which client ids are not theirs.
 *
 * Who is here says by presence which client id will be theirs. Without this anybody could write one letter under it
 * first, and keep them from writing.
 */
import { isTheirs } from '#server/gate/known.ts'
import type { Admission, Verdict } from '#server/gate/verdict.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

/** A struct in a delta is client, clock, length, shape and list. */
const STRUCT = 5

export class Admitting {
  readonly #peer: Sender
  readonly #room: Room
  /** Ids nobody has written under that turned out to be others', until the edit that brought them is through. */
  #reserved: readonly number[] = []

  constructor(peer: Sender, room: Room) {
    this.#peer = peer
    this.#room = room
  }

  get admission(): Admission {
    const { author, also } = this.#peer.principal
    return {
      author,
      ...(also !== undefined && { also }),
      ...(this.#reserved.length > 0 && { reserved: this.#reserved }),
      kind: this.kind,
      limits: this.#room.around.limits.update,
      overlapsEqual: false,
    }
  }

  /** What this document holds, or would from this peer's first edit on. */
  get kind(): 'page' | 'any' {
    if (this.#room.kind !== 'none') return this.#room.kind
    return this.#peer.intends === 'page' ? 'page' : 'any'
  }

  /** True where it would use ids of others for the first time: it has to pass the gate again, which knows them now. */
  takesOthers({ newClients, delta }: Extract<Verdict, { kind: 'accepted' }>): boolean {
    const found = newClients === 0 || delta === null ? [] : this.#othersIn(delta.structs)
    this.#reserved = found.length === 0 ? [] : [...this.#reserved, ...found]
    return found.length > 0
  }

  #othersIn(structs: readonly number[]): number[] {
    const { knowledge, presence } = this.#room
    const found = new Set<number>()
    for (let at = 0; at < structs.length; at += STRUCT) {
      const client = structs[at] ?? 0
      if (found.has(client) || knowledge.owner(client) !== null) continue
      const author = presence.authorOf(client)
      if (author !== null && !isTheirs(author, this.#peer.principal)) found.add(client)
    }
    return [...found]
  }
}
