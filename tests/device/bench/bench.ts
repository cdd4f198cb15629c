/** A page in which the browser's store is put through what every store promises, and Yjs is timed. */
import * as Y from 'yjs'
import { browserClock } from '#client/clock.ts'
import { openIndexedDb } from '#client/document/device/indexed-db.ts'
import { promises } from '#tests/device/store-contract.ts'
import { openPlain } from './plain.ts'

declare global {
  interface Window {
    /** Runs one promise on a database of its own; rejects where it is not kept. */
    readonly keepPromise: (index: number) => Promise<void>
    /** Milliseconds to apply this update (base64) to an empty document, and to encode it again. */
    readonly applyMs: (update: string) => [apply: number, encode: number]
    /** Shows this update (base64) in an editor that is not Vellum's. */
    readonly openPlain: (update: string) => void
  }
}

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

Object.assign(window, {
  openPlain: (base64: string): void => openPlain(bytesOf(base64)),
  applyMs: (base64: string): [number, number] => {
    const update = bytesOf(base64)
    const doc = new Y.Doc()
    const began = performance.now()
    Y.applyUpdate(doc, update)
    const applied = performance.now()
    Y.encodeStateAsUpdate(doc)
    return [applied - began, performance.now() - applied]
  },
  keepPromise: (index: number): Promise<void> | undefined =>
    promises[index]?.run(() => openIndexedDb({ clock: browserClock, name: `promise-${index}` })),
})
