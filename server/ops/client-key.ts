/**
 * The key that Yjs client ids of edits over HTTP are made with: nobody else can tell them beforehand, and take them.
 * It lies beside the store, so that they go on counting after a restart; without it programs write under new ids.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chance } from '#shared/time.ts'

const FILE = 'vellum.key'
const BYTES = 32

export function clientKey(folder: string, chance: Chance): Uint8Array {
  const path = join(folder, FILE)
  const kept = read(path)
  if (kept !== null) return kept
  const made = chance.bytes(BYTES)
  try {
    writeFileSync(path, made, { mode: 0o600 })
  } catch {
    // On a full disk it is good until the process ends.
  }
  return made
}

function read(path: string): Uint8Array | null {
  try {
    const bytes = readFileSync(path)
    return bytes.length === BYTES ? bytes : null
  } catch {
    // Not there yet, or not to be read: another is made.
    return null
  }
}
