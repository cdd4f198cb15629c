/** Somebody's words as updates, and what an end makes of those that come. */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { End } from './end.ts'

export class Author {
  readonly #doc = new Y.Doc()

  get text(): string {
    return this.#doc.getText('text').toString()
  }

  /** Writes at the end; the update that says so. */
  write(words: string): Uint8Array {
    const before = Y.encodeStateVector(this.#doc)
    const text = this.#doc.getText('text')
    text.insert(text.length, words)
    return Y.encodeStateAsUpdate(this.#doc, before)
  }
}

/** The text that this end was told. */
export function shown(end: End): string {
  const doc = new Y.Doc()
  for (const { updates } of end.of('entries')) for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('text').toString()
}

/** One state, as an awareness update. */
export function presenceOf(client: number, clock: number, json: string): Uint8Array {
  const out = encoding.createEncoder()
  encoding.writeVarUint(out, 1)
  encoding.writeVarUint(out, client)
  encoding.writeVarUint(out, clock)
  encoding.writeVarString(out, json)
  return encoding.toUint8Array(out)
}

/** Who is here, as this end was told. */
export function here(end: End): ReadonlySet<number> {
  return new Set(states(end).keys())
}

/** The newest state of each who is here, as JSON text. */
export function states(end: End): ReadonlyMap<number, string> {
  const present = new Map<number, string>()
  for (const { presence } of end.of('presence')) {
    const input = decoding.createDecoder(presence)
    for (let left = decoding.readVarUint(input); left > 0; left--) {
      const client = decoding.readVarUint(input)
      decoding.readVarUint(input)
      const json = decoding.readVarString(input)
      if (json === 'null') present.delete(client)
      else present.set(client, json)
    }
  }
  return present
}
