/** Where a page document keeps what: its two roots, and what the map holds. */

/** Raised when an older page could no longer keep what a newer one writes. History: 1 first schema. */
export const SCHEMA_VERSION = 1

/** The XML fragment that holds the text. */
export const CONTENT_ROOT = 'prosemirror'

/** The map that holds what the text does not. */
export const META_ROOT = 'meta'

export const metaKeys = {
  /** Text, at most `maxTitleLength` UTF-16 units are shown. */
  title: 'title',
  /** The highest SCHEMA_VERSION of anybody who wrote here. */
  schemaVersion: 'schemaVersion',
  epoch: 'epoch',
} as const

export const maxTitleLength = 300

/** Elements in one another that a page may have: what goes deeper is not taken, so that no reader's stack ends. */
export const maxDepth = 64
