import type { Delta } from './known.ts'
import type { Sifted } from './sift.ts'
import { isGone } from './strand.ts'

/** What a document knows more once what was sifted is in it. Garbage and deleted content count as deleted. */
export function deltaOf(sifted: Sifted, bytes: number): Delta {
  const structs: number[] = []
  const deletes = [...sifted.deletes]
  for (const { client, kept } of sifted.strands) {
    for (const { struct, offset, shape } of kept) {
      const clock = struct.id.clock + offset
      const length = struct.length - offset
      append(structs, client, clock, length, shape)
      if (isGone(struct)) deletes.push(client, clock, length)
    }
  }
  return { bytes, structs, deletes, roots: sifted.roots, meta: sifted.meta }
}

function append(structs: number[], client: number, clock: number, length: number, shape: number): void {
  const last = structs.length - 4
  if (last >= 0 && structs[last] === client && structs[last + 3] === shape) {
    structs[last + 2] = (structs[last + 2] ?? 0) + length
  } else structs.push(client, clock, length, shape)
}
