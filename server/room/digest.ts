/** Short fingerprints of bytes, as the wire and the log carry them. */
import { hash } from 'node:crypto'

/** First 8 bytes of SHA-256, as 16 hex digits. */
export function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 16)
}
