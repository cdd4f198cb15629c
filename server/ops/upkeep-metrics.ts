/** What the server does by itself, unasked: how often it looked, how often that failed, and what came of it. */
import { Counter, type Registry } from 'prom-client'

const works = ['merging', 'keeping', 'erasing', 'milestones'] as const
export type Work = (typeof works)[number]

const doneHelp = {
  mergedEntries: ['merged_entries_total', 'Old entries that others took the place of, one for several'],
  keptSnapshots: ['kept_snapshots_total', 'Snapshots that the server kept by itself'],
  thinnedSnapshots: [
    'thinned_snapshots_total',
    'Snapshots kept by the server and let go of as they grew old',
  ],
  milestones: ['milestones_total', 'Milestones built, states on the way by which history is read'],
  erasedDocuments: ['erased_documents_total', 'Deleted documents of which what they held was erased'],
} as const

export interface Upkeep {
  /** Looks through what there is that came to their end. */
  readonly runs: Record<Work, number>
  /** Looks, or documents in them, that were given up until another time. */
  readonly failures: Record<Work, number>
  readonly done: Record<keyof typeof doneHelp, number>
}

export function upkeepMetrics(registry: Registry): Upkeep {
  const upkeep: Upkeep = {
    runs: { merging: 0, keeping: 0, erasing: 0, milestones: 0 },
    failures: { merging: 0, keeping: 0, erasing: 0, milestones: 0 },
    done: { mergedEntries: 0, keptSnapshots: 0, thinnedSnapshots: 0, milestones: 0, erasedDocuments: 0 },
  }
  byWork(registry, upkeep.runs, ['upkeep_runs_total', 'Times such work was gone through to its end'])
  byWork(registry, upkeep.failures, ['upkeep_failures_total', 'Times such work was put off since it failed'])
  for (const key of Object.keys(doneHelp) as (keyof typeof doneHelp)[]) {
    const [name, help] = doneHelp[key]
    new Counter({
      name: `vellum_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(upkeep.done[key])
      },
    })
  }
  return upkeep
}

function byWork(
  registry: Registry,
  counts: Record<Work, number>,
  [name, help]: readonly [string, string],
): void {
  new Counter({
    name: `vellum_${name}`,
    help,
    registers: [registry],
    labelNames: ['work'],
    collect() {
      this.reset()
      for (const work of works) this.inc({ work }, counts[work])
    },
  })
}
