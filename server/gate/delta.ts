import type { Delta } from './known.ts'
import type { List } from './runs.ts'
import type { Sifted } from './sift.ts'
import { isGone } from './strand.ts'

/** What a document knows more once what was sifted is in it. Garbage and deleted content count as deleted. */
export function deltaOf(sifted: Sifted, bytes: number): Delta {
  const structs: number[] = []
  const deletes = [...sifted.deletes]
  const lists: List[] = []
  for (const { client, kept } of sifted.strands) {
    for (const { struct, offset, shape, list } of kept) {
      const clock = struct.id.clock + offset
      const length = struct.length - offset
      let index = lists.length - 1
      if (lists[index] !== list) index = lists.push(list) - 1
      append(structs, [client, clock, length, shape, index])
      if (isGone(struct)) deletes.push(client, clock, length)
    }
  }
  return { bytes, structs, deletes, lists, roots: sifted.roots, meta: sifted.meta }
}

/** Joins what goes on where the last one ended. */
function append(structs: number[], next: readonly [number, number, number, number, number]): void {
  const [client, , length, shape, list] = next
  const last = structs.length - 5
  if (last >= 0 && structs[last] === client && structs[last + 3] === shape && structs[last + 4] === list) {
    structs[last + 2] = (structs[last + 2] ?? 0) + length
  } else structs.push(...next)
}
