/** How far a client holds a document. */
import { type Epoch, epoch, NONE, type Seq, ZERO } from '#shared/id.ts'

/** What a client says in `resume` that it holds. */
export interface Position {
  readonly epoch: Epoch
  readonly seq: Seq
  readonly hash: string
}

export const NOTHING: Position = { epoch: epoch(''), seq: ZERO, hash: NONE }
