import type { Seq } from '#shared/id.ts'

/** A consecutive part of a log: one entry, or what stands for several. */
export interface Piece {
  readonly from: Seq
  readonly to: Seq
  readonly update: Uint8Array
  readonly author: string
}
