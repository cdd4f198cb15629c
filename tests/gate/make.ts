/** Updates made by hand, for what no client writes by itself. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** What `change` did to a new document, as one update. */
export function made(client: number, change: (doc: Y.Doc) => void, start?: Uint8Array): Uint8Array {
  const doc = new Y.Doc()
  if (start !== undefined) Y.applyUpdate(doc, start)
  doc.clientID = client
  const before = Y.encodeStateVector(doc)
  change(doc)
  return Y.encodeStateAsUpdate(doc, before)
}

/** `text` as one client typed it into the root `t`. */
export function typed(client: number, text: string): Uint8Array {
  return made(client, (doc) => doc.getText('t').insert(0, text))
}

/** An update without structs. `ranges` is client, then clock and length of each. */
export function deletion(...clients: readonly (readonly [number, ...number[]])[]): Uint8Array {
  const out = encoding.createEncoder()
  encoding.writeVarUint(out, 0)
  encoding.writeVarUint(out, clients.length)
  for (const [client, ...ranges] of clients) {
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, ranges.length / 2)
    for (const number of ranges) encoding.writeVarUint(out, number)
  }
  return encoding.toUint8Array(out)
}

/** One client's structs, written by `write`, without deletions. */
export function structs(
  place: { client: number; clock: number; count: number },
  write: (out: encoding.Encoder) => void,
): Uint8Array {
  const out = encoding.createEncoder()
  encoding.writeVarUint(out, 1)
  encoding.writeVarUint(out, place.count)
  encoding.writeVarUint(out, place.client)
  encoding.writeVarUint(out, place.clock)
  write(out)
  encoding.writeVarUint(out, 0)
  return encoding.toUint8Array(out)
}

/** `count` elements, each inside the one before. */
export function nested(client: number, count: number): Uint8Array {
  return structs({ client, clock: 0, count }, (out) => {
    for (let i = 0; i < count; i++) {
      encoding.writeUint8(out, 7)
      encoding.writeVarUint(out, i === 0 ? 1 : 0)
      if (i === 0) encoding.writeVarString(out, 'prosemirror')
      else {
        encoding.writeVarUint(out, client)
        encoding.writeVarUint(out, i - 1)
      }
      encoding.writeVarUint(out, 3)
      encoding.writeVarString(out, 'blockquote')
    }
  })
}

/** `count` characters, each in a root of its own. */
export function rooted(client: number, names: readonly string[]): Uint8Array {
  return structs({ client, clock: 0, count: names.length }, (out) => {
    for (const name of names) {
      encoding.writeUint8(out, 4)
      encoding.writeVarUint(out, 1)
      encoding.writeVarString(out, name)
      encoding.writeVarString(out, 'x')
    }
  })
}
