/** A page in which the browser's store is put through what every store promises. */
import { browserClock } from '#client/clock.ts'
import { openIndexedDb } from '#client/document/device/indexed-db.ts'
import { promises } from '#tests/device/store-contract.ts'

declare global {
  interface Window {
    /** Runs one promise on a database of its own; rejects where it is not kept. */
    readonly keepPromise: (index: number) => Promise<void>
  }
}

Object.assign(window, {
  keepPromise: (index: number): Promise<void> | undefined =>
    promises[index]?.run(() => openIndexedDb({ clock: browserClock, name: `promise-${index}` })),
})
