/** May this version of the editor write into this document? */
import type * as Y from 'yjs'
import { META_ROOT, metaKeys, SCHEMA_VERSION } from '#shared/schema/document.ts'

/** The schema version the document says it was written with; 0 for one that says nothing. */
export function schemaVersionOf(doc: Y.Doc): number {
  const found: unknown = doc.getMap(META_ROOT).get(metaKeys.schemaVersion)
  return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : 0
}

/** Whether somebody with a newer schema wrote here, so that writing could drop what this version cannot see. */
export function isTooNew(doc: Y.Doc): boolean {
  return schemaVersionOf(doc) > SCHEMA_VERSION
}

/** Says in the document which schema its writers used, so that older pages ask before they write. */
export function stampSchemaVersion(doc: Y.Doc): void {
  if (schemaVersionOf(doc) < SCHEMA_VERSION) doc.getMap(META_ROOT).set(metaKeys.schemaVersion, SCHEMA_VERSION)
}
