/** Takes rows away that a check found wrong and that nothing depends on. No server may run on the folder meanwhile. */

import type { RemovableRow } from './finding.ts'
import { openStore } from './sqlite-open.ts'

/** Throws CannotOpen. All of them are taken away, or none. */
export function removeRows(
  folder: string,
  rows: readonly { readonly document: string; readonly row: RemovableRow }[],
): void {
  const { database, lock } = openStore(folder)
  try {
    const statements = {
      checkpoints: database.prepare(stateRow('checkpoints')),
      milestones: database.prepare(stateRow('milestones')),
      snapshots: database.prepare('DELETE FROM snapshots WHERE document = ? AND id = ?'),
    }
    database.exec('BEGIN IMMEDIATE')
    for (const { document, row } of rows)
      statements[row.table].run(document, row.table === 'snapshots' ? row.id : row.seq)
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
    lock.close()
  }
}

function stateRow(table: string): string {
  return `DELETE FROM ${table} WHERE document = (SELECT id FROM documents WHERE name = ?) AND seq = ?`
}
