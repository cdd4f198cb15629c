/** The gate, for an update that is too large for the event loop: learns the document's past, then judges. */

import { Knowledge } from '#server/gate/knowledge.ts'
import { admit } from '#server/gate/update.ts'
import type { Verdict } from '#server/gate/verdict.ts'
import type { Question, ReplayedEntry } from './port.ts'

export class Judgement {
  readonly #question: Question
  readonly #knowledge: Knowledge

  /** `knowledge` as a checkpoint keeps it, null for none. RangeError for bytes that are no encoded knowledge. */
  constructor(knowledge: Uint8Array | null, question: Question) {
    this.#question = question
    this.#knowledge = knowledge === null ? Knowledge.empty() : Knowledge.decode(knowledge)
  }

  add(entries: readonly ReplayedEntry[]): void {
    for (const { update, author } of entries) this.#knowledge.track(update, author)
  }

  finish(): Verdict {
    return admit(this.#knowledge, this.#question.update, this.#question.admission)
  }
}
