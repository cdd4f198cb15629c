/** A moment of the document, from which on changes of others are to be marked. */
export interface Since {
  /** `Y.encodeStateVector(doc)` at that moment. */
  readonly stateVector: Uint8Array
  /** `Y.encodeSnapshot(Y.snapshot(doc))` at that moment. With it, places where text was taken away are marked, too. */
  readonly snapshot?: Uint8Array
  /** Client ids whose text is one's own, for instance of earlier visits; that of the open document always is. */
  readonly own: readonly number[]
}
