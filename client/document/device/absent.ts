/** A store that is not there, or does not answer: the page works, and says that it keeps nothing. */
import type { Store } from './store.ts'

export function storeless(reason: 'absent' | 'silent'): Store {
  return {
    load: () => Promise.resolve(null),
    write: () => Promise.resolve({ kind: 'failed', reason }),
    readLog: () => Promise.resolve([]),
    compact: () => Promise.resolve(),
    changesOf: () => Promise.resolve([]),
    list: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
    onLost: () => () => undefined,
    close: () => undefined,
  }
}
