/**
 * Knowledge as bytes, for checkpoints and workers. History of FORMAT: 1 first format.
 * format, meta; roots; authors; lists (client + 1, clock, name); clients: id, clock, author, runs (gap from the last
 * start, shape, list), deletions (gap from the last end, length). Numbers are lib0 varUints.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { Ranges } from './ranges.ts'
import { type List, Runs } from './runs.ts'

const FORMAT = 1

export interface StoredClient {
  clock: number
  readonly author: string
  readonly runs: Runs
  deleted: Ranges | null
}

export interface Stored {
  readonly clients: Map<number, StoredClient>
  readonly roots: Set<string>
  readonly meta: boolean
}

export function writeKnowledge({ clients, roots, meta }: Stored): Uint8Array {
  const out = encoding.createEncoder()
  const put = (number: number) => encoding.writeVarUint(out, number)
  put(FORMAT)
  put(meta ? 1 : 0)
  put(roots.size)
  for (const root of roots) encoding.writeVarString(out, root)
  const authors = [...new Set([...clients.values()].map(({ author }) => author))]
  const numbers = new Map(authors.map((author, number) => [author, number]))
  put(authors.length)
  for (const author of authors) encoding.writeVarString(out, author)
  const lists = writeLists(out, clients)
  put(clients.size)
  for (const [client, { clock, author, runs, deleted }] of clients) {
    put(client)
    put(clock)
    put(numbers.get(author) ?? 0)
    put(runs.starts.length)
    let last = 0
    runs.starts.forEach((start, i) => {
      put(start - last)
      put(runs.shapes[i] ?? 0)
      put(lists(runs.lists[i]))
      last = start
    })
    put(deleted?.size ?? 0)
    last = 0
    deleted?.each((start, end) => {
      put(start - last)
      put(end - start)
      last = end
    })
  }
  return encoding.toUint8Array(out)
}

/** Writes each list once; answers with its number. */
function writeLists(
  out: encoding.Encoder,
  clients: ReadonlyMap<number, StoredClient>,
): (list: List | undefined) => number {
  const numbers = new Map<string, number>()
  const nameOf = ({ client, clock, name }: List) => `${client} ${clock} ${name}`
  const all: List[] = []
  for (const { runs } of clients.values()) {
    for (const list of runs.lists) {
      if (numbers.has(nameOf(list))) continue
      numbers.set(nameOf(list), all.length)
      all.push(list)
    }
  }
  encoding.writeVarUint(out, all.length)
  for (const { client, clock, name } of all) {
    encoding.writeVarUint(out, client + 1)
    encoding.writeVarUint(out, clock)
    encoding.writeVarString(out, name)
  }
  return (list) => (list === undefined ? 0 : (numbers.get(nameOf(list)) ?? 0))
}

/** Throws RangeError for bytes that `writeKnowledge` did not make. */
export function readKnowledge(bytes: Uint8Array): Stored {
  try {
    const from = decoding.createDecoder(bytes)
    const stored = readFrom(from)
    if (decoding.hasContent(from)) throw new RangeError('something stands behind it')
    return stored
  } catch (cause) {
    throw new RangeError('these bytes are no knowledge of a document', { cause })
  }
}

function readFrom(from: decoding.Decoder): Stored {
  const get = () => decoding.readVarUint(from)
  if (get() !== FORMAT) throw new RangeError('another format')
  const meta = get() === 1
  const roots = new Set<string>()
  for (let left = get(); left > 0; left--) roots.add(decoding.readVarString(from))
  const authors: string[] = []
  for (let left = get(); left > 0; left--) authors.push(decoding.readVarString(from))
  const lists: List[] = []
  for (let left = get(); left > 0; left--)
    lists.push({ client: get() - 1, clock: get(), name: decoding.readVarString(from) })
  const clients = new Map<number, StoredClient>()
  for (let left = get(); left > 0; left--) {
    const client = get()
    const clock = get()
    const author = authors[get()]
    if (author === undefined) throw new RangeError('an author is missing')
    const runs = readRuns(get, lists)
    clients.set(client, { clock, author, runs, deleted: readRanges(get) })
  }
  return { clients, roots, meta }
}

function readRuns(get: () => number, all: readonly List[]): Runs {
  const starts: number[] = []
  const shapes: number[] = []
  const lists: List[] = []
  let at = 0
  for (let left = get(); left > 0; left--) {
    at += get()
    starts.push(at)
    shapes.push(get())
    const list = all[get()]
    if (list === undefined) throw new RangeError('a list is missing')
    lists.push(list)
  }
  return new Runs(starts, shapes, lists)
}

function readRanges(get: () => number): Ranges | null {
  const starts: number[] = []
  const ends: number[] = []
  let at = 0
  for (let left = get(); left > 0; left--) {
    at += get()
    starts.push(at)
    at += get()
    ends.push(at)
  }
  return starts.length === 0 ? null : new Ranges(starts, ends)
}
