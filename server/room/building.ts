/** Which rooms' checkpoints are being built, and when one that failed may be tried again. */
import { codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import { buildCheckpoint, isCheckpointDue } from './checkpointing.ts'
import { Milestones } from './milestones.ts'
import type { Room } from './room.ts'
import type { Surroundings } from './surroundings.ts'

const FAILED_PAUSE_MS = 60_000

export class Building {
  readonly milestones: Milestones
  readonly #around: Surroundings
  readonly #underWay = new Set<Room>()
  /** Documents of which a build failed, and when it may be tried again; also while nobody has them open. */
  readonly #failed = new Map<DocumentId, number>()

  constructor(around: Surroundings) {
    this.#around = around
    this.milestones = new Milestones(around)
  }

  tick(now: number): void {
    for (const [document, at] of this.#failed) if (now >= at) this.#failed.delete(document)
  }

  isUnderWay(room: Room): boolean {
    return this.#underWay.has(room)
  }

  /** Begins to build where a checkpoint is due; false where none is, or none may be built. */
  begin(room: Room): boolean {
    const now = this.#around.clock.now()
    const isDue = isCheckpointDue(room.tail, now) || room.isTitleDue(now)
    if (!isDue || this.#failed.has(room.document)) return false
    void this.#build(room)
    return true
  }

  async #build(room: Room): Promise<void> {
    const { metrics, clock, report } = this.#around
    this.#underWay.add(room)
    // A title that is not on disk yet is not in what is built now.
    if (room.isSettled) room.isTitleStale = false
    try {
      const { healed } = await buildCheckpoint(room)
      metrics.counts.checkpoints += 1
      this.milestones.begin(room.document, room.tail.checkpointSeq)
      if (healed) {
        metrics.counts.healed += 1
        report('a checkpoint had to be healed', { document: room.document })
        // What channels hold may differ from the truth: they come back and are synced with it.
        await room.relearn()
        room.closePeers(codes.restarting.code, 'the document was repaired')
      }
    } catch (error) {
      // The log and the older checkpoint stand: opening stays as dear as it is. Content that no build takes does not
      // get better by trying, so the next try waits for what others write meanwhile.
      this.#failed.set(room.document, clock.now() + FAILED_PAUSE_MS)
      report('checkpoint failed', { document: room.document }, error)
    } finally {
      this.#underWay.delete(room)
    }
  }
}
