/** Mistakes that a device could make, planted from outside: each takes the place of a part of the product. */
import type { Store, Write } from '#client/document/device/store.ts'
import { Outbox } from '#client/document/outbox.ts'
import { sessionId } from '#shared/id.ts'
import type { DeviceParts } from './device-run.ts'

/** A store that writes something else than it was told to. */
function writing(change: (write: Write) => Write): (store: Store) => Store {
  return (store) => ({ ...store, write: (write) => store.write(change(write)) })
}

/** Remembers that a push was acknowledged as soon as it is sent. */
class SettlesWhenSent extends Outbox {
  override take() {
    const push = super.take()
    if (push !== null) this.#settled(push.parts)
    return push
  }

  override onSettled(settled: (changes: readonly Uint8Array[]) => void): void {
    super.onSettled(settled)
    this.#settled = settled
  }

  #settled: (changes: readonly Uint8Array[]) => void = () => undefined
}

export const deviceMutants: Readonly<Record<string, DeviceParts>> = {
  'goes on with the session and the numbers of a tab that is gone': {
    session: (_, name) => sessionId(`${'0'.repeat(14)}f${name.at(-1) ?? '0'}`),
  },

  'stores a position before its entries': {
    store: (store) => {
      let held: Pick<Write, 'entries'>['entries'] = []
      return {
        ...store,
        write: (write) => {
          const { entries } = write
          const late = held
          held = entries
          return store.write({ ...write, entries: late })
        },
      }
    },
  },

  'forgets a push before it is acknowledged': { outbox: (session) => new SettlesWhenSent(session) },

  'stores the document and not what waits': { store: writing((write) => ({ ...write, changes: [] })) },

  'never forgets what is acknowledged': { store: writing((write) => ({ ...write, settled: [] })) },

  'calls kept what is only on its way': {
    store: (store) => ({
      ...store,
      write: async (write) => {
        void store.write(write)
        return { kind: 'written' }
      },
    }),
  },

  'puts together what it has and drops what it has not': {
    store: (store) => ({
      ...store,
      readLog: async () => [],
      compact: async (document, state) => {
        const all = await store.readLog(document, [])
        await store.compact(document, state, all)
      },
    }),
  },

  'leaves to nobody what a closed tab had not sent': {
    store: (store) => ({ ...store, changesOf: async () => [] }),
  },
}
