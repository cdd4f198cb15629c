/** Makes the names in a folder outlast a crash: a file that was made or renamed is else known to memory alone. */
import { closeSync, fsyncSync, openSync } from 'node:fs'

export function syncFolder(folder: string): void {
  // Windows cannot open a folder to sync it, and needs no such thing.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
