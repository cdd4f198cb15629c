/** One client's update under another client id, whose clocks go on from where they are in the document. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { writeDeletes } from '#server/gate/encode.ts'

export interface Renumbering {
  /** The client that wrote the update, from clock 0 on; it wrote nothing else anywhere. */
  readonly from: number
  readonly client: number
  readonly clock: number
}

export function renumbered(update: Uint8Array, { from, client, clock }: Renumbering): Uint8Array {
  const { structs, ds } = Y.decodeUpdate(update)
  const moved = <Id extends Y.ID | null>(id: Id): Id | Y.ID =>
    id !== null && id.client === from ? Y.createID(client, id.clock + clock) : id
  const own = structs.filter((struct) => struct.id.client === from)
  if (own.length !== structs.length) throw new TypeError('an update of several clients')
  const encoder = new Y.UpdateEncoderV1()
  const out = encoder.restEncoder
  encoding.writeVarUint(out, own.length > 0 ? 1 : 0)
  if (own.length > 0) {
    encoding.writeVarUint(out, own.length)
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, (own[0]?.id.clock ?? 0) + clock)
  }
  for (const struct of own) {
    if (struct instanceof Y.Item) {
      struct.origin = moved(struct.origin)
      struct.rightOrigin = moved(struct.rightOrigin)
      const parent: unknown = struct.parent
      // Undecided as it is, the parent is the name of a root, an id, or what its neighbour has.
      if (parent instanceof Y.ID) Object.assign(struct, { parent: moved(parent) })
    }
    struct.write(encoder, 0)
  }
  const deletes: number[] = []
  for (const [owner, ranges] of ds.clients)
    for (const { clock: start, len } of ranges)
      deletes.push(...(owner === from ? [client, start + clock, len] : [owner, start, len]))
  writeDeletes(out, deletes)
  return encoding.toUint8Array(out)
}
