/** The past of the SQLite log as its callers see it: requests to the two threads, and what their answers mean. */

import { type DocumentId, type Seq, seq } from '#shared/id.ts'
import type { Merge, Milestone, Past, Sizes } from './past.ts'
import type { MilestoneAnswer, SeqsAnswer, SizesAnswer } from './sqlite-message.ts'
import type { Threads } from './sqlite-snapshot-requests.ts'

export class SqlitePast implements Past {
  readonly #threads: Threads

  constructor(threads: Threads) {
    this.#threads = threads
  }

  async milestone(document: DocumentId, upTo: Seq): Promise<Milestone | null> {
    const answer = (await this.#threads.read(['milestone', document, upTo])) as MilestoneAnswer | null
    return answer === null ? null : { ...answer, seq: seq(answer.seq) }
  }

  async milestones(document: DocumentId): Promise<readonly Seq[]> {
    const { seqs } = (await this.#threads.read(['milestones', document])) as SeqsAnswer
    return seqs.map((one) => seq(one))
  }

  async putMilestone(document: DocumentId, at: Seq, packed: Uint8Array): Promise<void> {
    await this.#threads.write({ kind: 'milestone', document, seq: at, state: packed })
  }

  async dropMilestones(document: DocumentId, upTo: Seq): Promise<boolean> {
    return (await this.#threads.write({ kind: 'dropMilestones', document, upTo })) === true
  }

  async boundaries(document: DocumentId): Promise<readonly Seq[]> {
    const { seqs } = (await this.#threads.read(['boundaries', document])) as SeqsAnswer
    return seqs.map((one) => seq(one))
  }

  async sizes(document: DocumentId): Promise<Sizes | null> {
    const answer = (await this.#threads.read(['sizes', document])) as SizesAnswer | null
    if (answer === null) return null
    const [entries, entryBytes, milestones, milestoneBytes] = answer.sizes
    return { entries, entryBytes, milestones, milestoneBytes }
  }

  async merge(document: DocumentId, merges: readonly Merge[]): Promise<boolean> {
    return (await this.#threads.write({ kind: 'merge', document, merges })) === true
  }
}
