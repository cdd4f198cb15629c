/** Whether this version of the editor may write into the document it shows, and if not, why. */
export type Writable =
  | { readonly kind: 'yes' }
  /** The document holds what this version does not know. */
  | { readonly kind: 'unknown'; readonly names: readonly string[] }
  /** The document's schema version is above ours. */
  | { readonly kind: 'too-new' }
  /** The view could not be made to show the document; tried again at its next change. */
  | { readonly kind: 'broken' }
