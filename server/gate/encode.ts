/** Canonical Yjs V1 bytes: clients descending, one group each, shortest numbers, nothing behind. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Struct } from './decode.ts'
import { isGone, type Kept, type Strand } from './strand.ts'

/** Null when there is nothing to write. `deletes` is client, clock, length, … in order within each client. */
export function encodeNew(strands: readonly Strand[], deletes: readonly number[]): Uint8Array | null {
  const fresh = strands.filter((strand) => strand.kept.length > 0)
  if (fresh.length === 0 && deletes.length === 0) return null
  return write(
    fresh.map(({ client, kept, known }) => ({ client, clock: known, structs: joinGarbage(kept) })),
    deletes,
  )
}

/**
 * The part of an update that says something of clocks below `known`, without what is gone already on either side;
 * null when nothing of that remains. Cuts the decoded contents: the strands are spent afterwards.
 */
export function encodeOverlap(
  strands: readonly Strand[],
  isDeleted: (client: number, start: number, end: number) => boolean,
): Uint8Array | null {
  const groups: Group[] = []
  for (const { client, structs, known } of strands) {
    if ((structs[0]?.id.clock ?? known) >= known) continue
    const below = structs.filter((struct) => struct.id.clock < known)
    const says = below.map(
      (struct) =>
        !isGone(struct) &&
        !isDeleted(client, struct.id.clock, Math.min(struct.id.clock + struct.length, known)),
    )
    const first = says.indexOf(true)
    if (first < 0) continue
    const part = below.slice(first, says.lastIndexOf(true) + 1)
    for (const struct of part) cutEnd(struct, known)
    groups.push({
      client,
      clock: part[0]?.id.clock ?? 0,
      structs: part.map((struct) => ({ struct, offset: 0 })),
    })
  }
  return groups.length === 0 ? null : write(groups, [])
}

interface Group {
  readonly client: number
  readonly clock: number
  readonly structs: readonly { readonly struct: Struct; readonly offset: number }[]
}

function cutEnd(struct: Struct, end: number): void {
  const over = struct.id.clock + struct.length - end
  if (over <= 0) return
  if (struct instanceof Y.Item) struct.content.splice(struct.length - over)
  struct.length -= over
}

function write(groups: Group[], deletes: readonly number[]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const out = encoder.restEncoder
  encoding.writeVarUint(out, groups.length)
  for (const { client, clock, structs } of groups.sort((a, b) => b.client - a.client)) {
    encoding.writeVarUint(out, structs.length)
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, clock)
    for (const { struct, offset } of structs) {
      // What is cut follows its own first part, and takes its key from there.
      if (offset > 0 && struct instanceof Y.Item) struct.parentSub = null
      struct.write(encoder, offset)
    }
  }
  writeDeletes(out, deletes)
  return encoding.toUint8Array(out)
}

/** Deletions grouped by client, clients descending. */
export function writeDeletes(out: encoding.Encoder, deletes: readonly number[]): void {
  const clients = new Map<number, number[]>()
  for (let i = 0; i < deletes.length; i += 3) {
    const client = deletes[i] ?? 0
    const clock = deletes[i + 1] ?? 0
    const length = deletes[i + 2] ?? 0
    const ranges = clients.get(client)
    if (ranges === undefined) clients.set(client, [clock, length])
    else ranges.push(clock, length)
  }
  encoding.writeVarUint(out, clients.size)
  for (const [client, ranges] of [...clients].sort((a, b) => b[0] - a[0])) {
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, ranges.length / 2)
    for (const number of ranges) encoding.writeVarUint(out, number)
  }
}

function joinGarbage(kept: readonly Kept[]): Kept[] {
  const joined: Kept[] = []
  for (const piece of kept) {
    const last = joined[joined.length - 1]
    if (last !== undefined && last.struct instanceof Y.GC && piece.struct instanceof Y.GC) {
      joined[joined.length - 1] = {
        ...last,
        struct: new Y.GC(last.struct.id, last.struct.length + piece.struct.length),
      }
    } else joined.push(piece)
  }
  return joined
}
