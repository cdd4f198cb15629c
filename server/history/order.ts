/**
 * In which order a document's lists hold their structs. The encoded state does not say: it has only what each struct
 * was written between, and where that contradicts itself two replicas with the same bytes may show different texts.
 */
import * as Y from 'yjs'

/**
 * A sum over all neighbours, the same however runs are cut and clients are sorted. Not cryptographic: who makes two
 * orders collide has only kept their own document from being healed.
 */
export function orderOf(doc: Y.Doc): string {
  let one = 0
  let other = 0
  for (const structs of doc.store.clients.values()) {
    for (const item of structs) {
      if (!(item instanceof Y.Item) || item.right === null) continue
      const { client, clock } = item.id
      const end = clock + item.length
      const next = item.right.id
      if (next.client === client && next.clock === end) continue
      one = (one + mixed([client, end, next.client, next.clock], 0x9e3779b9)) >>> 0
      other = (other + mixed([next.clock, client, end, next.client], 0x85ebca6b)) >>> 0
    }
  }
  return `${one} ${other}`
}

function mixed(numbers: readonly number[], seed: number): number {
  let state = seed
  for (const number of numbers) {
    state = Math.imul(state ^ number ^ Math.floor(number / 4294967296), 0xc2b2ae35)
    state ^= state >>> 15
  }
  return Math.imul(state ^ (state >>> 13), 0x27d4eb2f) >>> 0
}
