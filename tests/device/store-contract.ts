/**
 * What every store of a device promises, as steps that run wherever the store does: in Node, or in a page. Each throws
 * where a promise is not kept.
 */
import {
  documentOf,
  epochOf,
  type Facts,
  type Place,
  positionOf,
  type Store,
  type StoredPosition,
  type StoredUpdate,
  sessionOf,
  type Write,
} from './store-words.ts'

export interface Promised {
  readonly title: string
  readonly run: (open: () => Promise<Store>) => Promise<void>
}

const ANA = sessionOf(0xa1)
const BO = sessionOf(0xb0)
const DOC = documentOf('plan')
const OTHER = documentOf('plan/2')

const facts: Facts = {
  title: 'Plan',
  kind: 'page',
  role: 'writer',
  schemaVersion: 1,
  openedAt: 1,
  changedAt: 2,
  ended: null,
}

export const promises: readonly Promised[] = [
  {
    title: 'a document that was never written is not there',
    async run(open) {
      equal(await (await open()).load(DOC), null)
    },
  },
  {
    title: 'what was written is there for whoever opens the store next, in causal order',
    async run(open) {
      const store = await open()
      await wrote(store, { log: [update(2, ANA), update(1, BO)], changes: [update(2, ANA)] })
      await wrote(store, { expectsDocument: true, log: [update(10, ANA)], facts: { ...facts, title: 'Now' } })
      const found = await (await open()).load(DOC)
      equal(found?.log.map(said), ['1 b0', '2 a1', '10 a1'])
      equal(found?.changes.map(said), ['2 a1'])
      equal(found?.facts.title, 'Now')
      equal([...(found?.log[2]?.update ?? [])], [10, 0xa1])
    },
  },
  {
    title: 'documents do not touch, even where one name begins with the other',
    async run(open) {
      const store = await open()
      await wrote(store, { log: [update(1, ANA)], changes: [update(1, ANA)] })
      await wrote(store, { document: OTHER, log: [update(1, ANA), update(2, ANA)] })
      await store.remove(OTHER)
      equal((await store.load(DOC))?.log.length, 1)
      equal(await store.load(OTHER), null)
      equal(
        (await store.list()).map(({ id, waiting }) => [id, waiting]),
        [[DOC, 1]],
      )
    },
  },
  {
    title: 'an acknowledged change leaves the outbox and stays in the document',
    async run(open) {
      const store = await open()
      const changes = [update(1, ANA), update(2, ANA), update(3, BO)]
      await wrote(store, { log: changes, changes })
      await wrote(store, { expectsDocument: true, settled: [place(1, ANA), place(3, BO), place(9, BO)] })
      const found = await store.load(DOC)
      equal(found?.changes.map(said), ['2 a1'])
      equal(found?.log.length, 3)
      equal((await store.changesOf(DOC, ANA)).map(said), ['2 a1'])
      equal(await store.changesOf(DOC, BO), [])
    },
  },
  {
    title: 'a position goes forward only, whichever tab writes last, and does not leave its epoch',
    async run(open) {
      const store = await open()
      const at = async (): Promise<unknown> => {
        const { epoch, seq } = (await store.load(DOC))?.position ?? positionOf(0, 0)
        return [epoch, seq]
      }
      await wrote(store, { position: position(1, 7) })
      await wrote(store, { expectsDocument: true, position: position(1, 5) })
      equal(await at(), [epochOf(1), 7])
      await wrote(store, { expectsDocument: true, position: { ...position(1, 2), isReset: true } })
      equal(await at(), [epochOf(1), 2])
      await wrote(store, { expectsDocument: true, position: position(2, 9) })
      equal(await at(), [epochOf(1), 2])
    },
  },
  {
    title: 'an entry that another tab has stored is not stored again',
    async run(open) {
      const store = await open()
      await wrote(store, { entries: [{ ...update(1, ANA), seq: 3 }], position: position(1, 3) })
      const entries = [3, 4].map((seq) => ({ ...update(seq, BO), seq }))
      await wrote(store, { expectsDocument: true, entries, position: position(1, 4) })
      equal((await store.load(DOC))?.log.map(said), ['1 a1', '4 b0'])
    },
  },
  {
    title: 'nothing is written where the document was expected and is gone',
    async run(open) {
      const store = await open()
      await wrote(store, { log: [update(1, ANA)] })
      await store.remove(DOC)
      const write = writing({ expectsDocument: true, log: [update(2, ANA)], changes: [update(2, ANA)] })
      equal(await store.write(write), { kind: 'gone' })
      equal(await store.load(DOC), null)
      equal(await store.changesOf(DOC, ANA), [])
    },
  },
  {
    title: 'one record takes the place of those it contains, and of no other',
    async run(open) {
      const store = await open()
      const log = [update(1, ANA), update(2, ANA), update(3, BO)]
      await wrote(store, { log, changes: [update(2, ANA)] })
      equal((await store.readLog(DOC, [place(1, ANA), place(2, ANA)])).map(said), ['3 b0'])
      await store.compact(DOC, update(4, ANA), [place(1, ANA), place(2, ANA)])
      const found = await store.load(DOC)
      equal(found?.log.map(said), ['3 b0', '4 a1'])
      equal(found?.changes.map(said), ['2 a1'])
      equal(found?.facts.title, 'Plan')
    },
  },
  {
    title: 'a document that is gone is not begun by putting records together',
    async run(open) {
      const store = await open()
      await store.compact(DOC, update(1, ANA), [])
      equal(await store.load(DOC), null)
      equal(await store.readLog(DOC, []), [])
    },
  },
  {
    title: 'two tabs write at once, and nothing of either is lost',
    async run(open) {
      const [one, two] = [await open(), await open()]
      await wrote(one, {})
      const all: Promise<void>[] = []
      for (let order = 1; order <= 40; order++)
        for (const [store, writer] of [[one, ANA] as const, [two, BO] as const]) {
          const record = update(order, writer)
          all.push(wrote(store, { expectsDocument: true, log: [record], changes: [record] }))
        }
      await Promise.all(all)
      const found = await one.load(DOC)
      equal([found?.log.length, found?.changes.length], [80, 80])
    },
  },
  {
    title: 'a large record comes back as it was',
    async run(open) {
      const store = await open()
      const bytes = Uint8Array.from({ length: 1 << 20 }, (_, at) => at % 251)
      await wrote(store, { log: [{ ...place(1, ANA), update: bytes }] })
      const [found] = (await store.load(DOC))?.log ?? []
      equal(found?.update.length, bytes.length)
      equal(
        found?.update.every((byte, at) => byte === bytes[at]),
        true,
      )
    },
  },
]

async function wrote(store: Store, write: Partial<Write>): Promise<void> {
  equal(await store.write(writing(write)), { kind: 'written' })
}

function writing(write: Partial<Write>): Write {
  return {
    document: DOC,
    expectsDocument: false,
    log: [],
    entries: [],
    changes: [],
    settled: [],
    position: null,
    facts,
    isDurable: true,
    ...write,
  }
}

function place(order: number, writer: Place['writer']): Place {
  return { order, writer }
}

function update(order: number, writer: Place['writer']): StoredUpdate {
  return { order, writer, update: Uint8Array.of(order, Number.parseInt(writer.slice(-2), 16)) }
}

function position(epoch: number, seq: number): StoredPosition & { readonly isReset: boolean } {
  return { ...positionOf(epoch, seq), isBound: true, isReset: false }
}

function said({ order, writer }: Place): string {
  return `${order} ${writer.slice(-2)}`
}

function equal(found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (one !== other) throw new Error(`found ${one}, wanted ${other}`)
}
