/**
 * The order in which files of tests are begun: the longest first. One that is begun last would be waited for by one
 * worker while the other has nothing left to do. Files that are not named follow, those with more in them first.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** From the longest on, as measured. A name that is gone or out of place costs a little time and nothing else. */
const LONGEST = [
  'page/scenes',
  'network/ladder',
  'page/writing',
  'page/saved-state',
  'process/converge',
  'page/together',
  'device/offline',
  'page/offline',
  'browser/editors',
  'process/kill',
  'gate/fuzz',
  'network/tabs',
  'network/lines',
  'network/real-proxies',
  'process/lifecycle',
  'page/updates',
  'device/machines',
  'page/home',
  'page/keyboard',
  'page/away',
  'page/ended',
  'page/people',
  'editor/every-construct',
  'editor/changes',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bySize = await super.sort(files)
    return bySize.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`))
  return at === -1 ? LONGEST.length : at
}
