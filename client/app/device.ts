/** What this device holds of one person. One for the page; the store itself is fetched beside the first screen. */
import type { ListedDocument, Store } from '#client/document/device/store.ts'
import type { DocumentId } from '#shared/id.ts'

export type KnownDocument = ListedDocument

export interface Device {
  /** Of the store. */
  readonly name: string
  /** Rejects where there is none. */
  readonly store: Promise<Store>
  /** Every document this device holds; [] when there is no store. Never rejects. */
  documents(): Promise<readonly KnownDocument[]>
  /** Removes this device's copy, unsent changes included. Only after the person said so. */
  discard(id: DocumentId): Promise<void>
}

/** A store for each person: what one of them has not sent is neither shown to another nor sent as theirs. */
export function browserDevice(key: string): Device {
  // As it was called when there was only one.
  const name = key === 'anonymous' ? 'vellum' : `vellum-${key}`
  const loading = import('./device-store.ts')
  const store = loading.then(({ openStore }) => openStore(name))
  store.catch(() => {
    // Whoever needs it is told; nobody may need it.
  })
  return {
    name,
    store,
    async documents() {
      try {
        return await (await store).list()
      } catch {
        // No store, or one that cannot be read: then nothing is held here that could be shown.
        return []
      }
    },
    async discard(id) {
      const { announceRemoval } = await loading
      announceRemoval(name, id)
      await (await store).remove(id)
    },
  }
}
