/**
 * Restoring a snapshot: a snapshot of today is kept, then today's text becomes that of the old one by the smallest
 * edit, beside whatever people are typing. Restoring what was kept undoes it.
 */
import type { Principal } from '#server/access/principal.ts'
import type { Log, Snapshot } from '#server/log/port.ts'
import type { Seq } from '#shared/id.ts'
import { seq } from '#shared/id.ts'
import type { Chance, Clock } from '#shared/time.ts'
import { ApiProblem, problems } from './problem.ts'
import { deleted, problemOf } from './refusals.ts'
import type { Rendering } from './rendering.ts'
import type { Writer } from './writer.ts'

export interface RestoringParts {
  readonly log: Log
  readonly clock: Clock
  readonly chance: Chance
  readonly rendering: Rendering
  readonly writer: Writer
}

export interface Restored {
  readonly seq: Seq
  /** False where the document says already what the snapshot says. */
  readonly changed: boolean
  /** The id of the snapshot of what was there; null where nothing changed. */
  readonly kept: string | null
}

export class Restoring {
  readonly #parts: RestoringParts

  constructor(parts: RestoringParts) {
    this.#parts = parts
  }

  /** Rejects with ApiProblem and what the writer rejects with; no snapshot is left where the edit was refused. */
  async restore(snapshot: Snapshot, principal: Principal, person: string): Promise<Restored> {
    const { log, chance, rendering, writer } = this.#parts
    const { document } = snapshot
    const outline = await log.outline(document)
    if (outline.deleted) throw deleted()
    if (outline.kind === 'any')
      throw new ApiProblem(
        'not-a-page',
        'This document was made by another editor: it cannot be restored here.',
      )
    const { bytes } = await rendering.at(document, outline, snapshot.seq, {
      format: 'json',
      standalone: false,
      person,
    })
    const kept = newSnapshotId(chance)
    let keptAt: Seq | null = null
    try {
      const edited = await writer.write(document, principal, {
        person,
        content: { format: 'json', bytes, place: { kind: 'whole' } },
        title: null,
        base: null,
        expects: null,
        mode: 'edit',
        isRestoring: true,
        before: async (head) => {
          await this.#keep({ id: kept, document, author: principal.author }, head, keptAt)
          keptAt = head
        },
      })
      if (edited.update === null) {
        // Meanwhile others made it say so: what was kept for an edit that did not come is not needed.
        if (keptAt !== null) await log.snapshots.remove(document, kept)
        return { seq: edited.seq, changed: false, kept: null }
      }
      if (keptAt !== null) {
        // What others wrote while the edit was on its way stands before it, too.
        const before = seq(edited.seq - 1)
        if (before > keptAt) await log.snapshots.change(document, kept, { seq: before })
      }
      return { seq: edited.seq, changed: true, kept }
    } catch (error) {
      // What may still reach the disk keeps its snapshot.
      if (keptAt !== null && problems[problemOf(error).problem].status < 500)
        await log.snapshots.remove(document, kept)
      throw error
    }
  }

  async #keep(
    made: Pick<Snapshot, 'id' | 'document' | 'author'>,
    head: Seq,
    keptAt: Seq | null,
  ): Promise<void> {
    const { snapshots } = this.#parts.log
    if (keptAt !== null) {
      await snapshots.change(made.document, made.id, { seq: head })
      return
    }
    const time = this.#parts.clock.wall()
    const added = await snapshots.add({ ...made, kind: 'named', name: null, seq: head, time })
    if (added === 'full') throw full()
    if (added === 'gone') throw deleted()
  }
}

/** Sixteen hex digits. */
export function newSnapshotId(chance: Chance): string {
  return Buffer.from(chance.bytes(8)).toString('hex')
}

export function full(): ApiProblem {
  return new ApiProblem('snapshots-full', 'This document has as many snapshots as there may be: delete some.')
}
