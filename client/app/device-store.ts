/** The browser's store, a part of its own: it must not be in the way of the first screen. */
import { browserChance, browserClock } from '#client/clock.ts'
import { browserTabs } from '#client/document/device/browser.ts'
import { openIndexedDb } from '#client/document/device/indexed-db.ts'
import type { Store } from '#client/document/device/store.ts'
import { newSessionId } from '#client/document/session-id.ts'
import type { DocumentId } from '#shared/id.ts'

export function openStore(name: string): Promise<Store> {
  return openIndexedDb({ clock: browserClock, name })
}

/** Tabs that have it open must not store it again. */
export function announceRemoval(name: string, id: DocumentId): void {
  const tabs = browserTabs(name)(id, () => undefined)
  tabs.post({ kind: 'removed', from: newSessionId(browserChance) })
  tabs.close()
}
