/** What another replica lacks. */
import * as Y from 'yjs'
import type { Replica } from './replica.ts'

/** One update for a replica with this encoded state vector, with the whole delete set. RangeError for no state vector. */
export function diff(replica: Replica, stateVector: Uint8Array): Uint8Array {
  replica.assertWhole()
  try {
    Y.decodeStateVector(stateVector)
  } catch (error) {
    throw new RangeError('not a state vector', { cause: error })
  }
  return Y.encodeStateAsUpdate(replica.doc, stateVector)
}
