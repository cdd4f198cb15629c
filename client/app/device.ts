/** What this device holds. One for the page; the store itself is fetched beside the first screen. */
import type { ListedDocument, Store } from '#client/document/device/store.ts'
import type { DocumentId } from '#shared/id.ts'

export type KnownDocument = ListedDocument

export interface Device {
  /** Rejects where there is none. */
  readonly store: Promise<Store>
  /** Every document this device holds; [] when there is no store. Never rejects. */
  documents(): Promise<readonly KnownDocument[]>
  /** Removes this device's copy, unsent changes included. Only after the person said so. */
  discard(id: DocumentId): Promise<void>
}

export function browserDevice(): Device {
  const loading = import('./device-store.ts')
  const store = loading.then(({ openStore }) => openStore())
  store.catch(() => {
    // Whoever needs it is told; nobody may need it.
  })
  return {
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
      announceRemoval(id)
      await (await store).remove(id)
    },
  }
}
