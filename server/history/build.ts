/** Making a checkpoint: replay, encode, load that again, and stand by it only when both say the same. */

import type { Doc } from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import { maxTitleLength } from '#shared/schema/document.ts'
import { orderOf } from './order.ts'
import type { BuiltCheckpoint, ReplayedEntry } from './port.ts'
import { Unbuildable } from './port.ts'
import { Replica } from './replica.ts'
import { straighten } from './straighten.ts'

/** Reloads after which a document that is still not at its fixed point is given up. */
const MAX_RELOADS = 16

export interface Previous {
  readonly state: Uint8Array
  readonly knowledge: Uint8Array
}

export class Build {
  #replica: Replica
  readonly #knowledge: Knowledge

  /** Throws Unbuildable. */
  constructor(previous: Previous | null) {
    this.#knowledge = previous === null ? Knowledge.empty() : known(previous.knowledge)
    this.#replica = new Replica(previous?.state ?? null)
  }

  add(entries: readonly ReplayedEntry[]): void {
    this.#replica.apply(entries)
    try {
      for (const { update, author } of entries) this.#knowledge.track(update, author)
    } catch (error) {
      throw new Unbuildable('what an entry adds cannot be told', { cause: error })
    }
  }

  /** Throws Unbuildable. The build cannot be used afterwards. */
  finish(): BuiltCheckpoint {
    this.#replica.assertWhole()
    this.#replica.tidy()
    let state = this.#replica.encode()
    let order = orderOf(this.#replica.doc)
    for (let reloads = 1; reloads <= MAX_RELOADS; reloads++) {
      // Dropped before the reload, so that two documents are never held at once.
      this.#replica = new Replica(null)
      this.#replica.apply([{ update: state }])
      this.#replica.assertWhole()
      const again = this.#replica.encode()
      const orderAgain = orderOf(this.#replica.doc)
      // Equal bytes are equal SHA-256 sums, at a tenth of the price.
      if (Buffer.compare(state, again) === 0 && order === orderAgain) {
        const title = titleOf(this.#replica.doc)
        // Healing deletes what no entry does.
        if (reloads > 1) this.#knowledge.track(state, '')
        return { state, knowledge: this.#knowledge.encode(), healed: reloads > 1, title }
      }
      // Mostly the reload is the fixed point already. Inverted origins would alternate for ever.
      state = straighten(this.#replica.doc) ? this.#replica.encode() : again
      order = orderAgain
    }
    throw new Unbuildable(`replay and reload still differ after ${MAX_RELOADS} reloads`)
  }
}

function known(bytes: Uint8Array): Knowledge {
  try {
    return Knowledge.decode(bytes)
  } catch (error) {
    throw new Unbuildable('the previous checkpoint cannot be read', { cause: error })
  }
}

/** The string at `title` in the map `meta`, or null. Read without `getMap`, which throws where `meta` is no map. */
export function titleOf(doc: Doc): string | null {
  const item = doc.share.get('meta')?._map.get('title')
  if (item === undefined || item.deleted) return null
  const value: unknown = item.content.getContent().at(-1)
  return typeof value === 'string' ? value.slice(0, maxTitleLength).toWellFormed() : null
}
