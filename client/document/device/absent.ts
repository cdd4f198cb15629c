/** A store that is not there: the page works, and says that it keeps nothing. */
import type { Store } from './store.ts'

export const absentStore: Store = {
  load: () => Promise.resolve(null),
  write: () => Promise.resolve({ kind: 'failed', reason: 'absent' }),
  readLog: () => Promise.resolve([]),
  compact: () => Promise.resolve(),
  changesOf: () => Promise.resolve([]),
  list: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
  onLost: () => () => undefined,
  close: () => undefined,
}
