/**
 * An offset: a position in one document's log as text, for carriers that name it in a URL or a header.
 * To whoever gets one it is opaque; a server that cannot use it begins anew.
 */
import { type Epoch, epoch, NONE, type Seq, seq } from './id.ts'

export interface Offset {
  readonly epoch: Epoch
  readonly seq: Seq
  /** First 8 bytes of SHA-256 of the entry at `seq`, 16 hex digits; sixteen zeros for the empty log. */
  readonly hash: string
}

const SHAPE = /^([0-9a-f]{16})\.(0|[1-9][0-9]{0,15})\.([0-9a-f]{16})$/

/** `<epoch>.<seq>.<hash>`; an epoch that is not there yet is sixteen zeros. */
export function encodeOffset({ epoch, seq, hash }: Offset): string {
  return `${epoch === '' ? NONE : epoch}.${seq}.${hash}`
}

/** The offset this text is, or null when it is not one of ours. */
export function decodeOffset(text: string): Offset | null {
  const [, of = '', at = '', hash = ''] = SHAPE.exec(text) ?? []
  const number = Number(at)
  if (of === '' || !Number.isSafeInteger(number)) return null
  return { epoch: epoch(of === NONE ? '' : of), seq: seq(number), hash }
}
