/**
 * What became of a document while this person was without the server: how many of their changes were sent once it was
 * back, and what others had changed meanwhile. Away begins when the page says Offline, or when the document is opened
 * with changes that were written on this device before; it ends when the server holds everything from here.
 */
import * as Y from 'yjs'
import type { Since } from '#client/editor/since.ts'
import { CONTENT_ROOT, META_ROOT, metaKeys } from '#shared/schema/document.ts'
import type { OpenedDocument } from './opened.ts'

export interface Meanwhile {
  /** Changes of this device that were sent. */
  readonly sent: number
  /** Client ids of those who wrote. Who only deleted is not among them: deletions do not say by whom. */
  readonly authors: ReadonlySet<number>
  /** Blocks of the text that others added, changed or removed. */
  readonly blocks: number
  readonly title: boolean
  /** The document right before the others' work came into it. */
  readonly since: Since
}

export class Away {
  readonly #opened: OpenedDocument
  readonly #ended: (meanwhile: Meanwhile) => void
  readonly #listening: () => void
  #isAway = false
  #waiting = 0
  #since: Since | null = null
  #authors = new Set<number>()
  #touched = new Set<Y.Item>()
  #added = 0
  #removed = 0
  #title = false

  /** Calls `ended` each time others' work was merged after a while away. */
  constructor(opened: OpenedDocument, ended: (meanwhile: Meanwhile) => void) {
    this.#opened = opened
    this.#ended = ended
    const { doc } = opened
    const unsubscribe = opened.subscribe(this.#look)
    doc.on('beforeTransaction', this.#before)
    doc.on('afterTransaction', this.#after)
    this.#listening = () => {
      unsubscribe()
      doc.off('beforeTransaction', this.#before)
      doc.off('afterTransaction', this.#after)
    }
    this.#look()
  }

  close(): void {
    this.#listening()
  }

  readonly #look = (): void => {
    const { status, loaded, found, synced } = this.#opened
    const { kind, pending } = status
    if (kind === 'offline' || (loaded && found && !synced && pending > 0)) this.#isAway = true
    if (!this.#isAway) return
    this.#waiting = Math.max(this.#waiting, pending)
    if (kind === 'live' && pending === 0) this.#end()
  }

  #end(): void {
    const since = this.#since
    const meanwhile = {
      sent: this.#waiting,
      authors: this.#authors,
      // A block that was replaced is one that was removed and one that was added.
      blocks: this.#touched.size + Math.max(this.#added, this.#removed),
      title: this.#title,
    }
    this.#isAway = false
    this.#waiting = 0
    this.#since = null
    this.#authors = new Set()
    this.#touched = new Set()
    this.#added = 0
    this.#removed = 0
    this.#title = false
    if (since !== null && (meanwhile.blocks > 0 || meanwhile.title)) this.#ended({ ...meanwhile, since })
  }

  #isOthers({ origin }: Y.Transaction): boolean {
    return this.#isAway && this.#opened.isRemote(origin)
  }

  readonly #before = (transaction: Y.Transaction): void => {
    if (this.#since !== null || !this.#isOthers(transaction)) return
    const { doc } = transaction
    this.#since = {
      stateVector: Y.encodeStateVector(doc),
      snapshot: Y.encodeSnapshot(Y.snapshot(doc)),
      own: [],
    }
  }

  readonly #after = (transaction: Y.Transaction): void => {
    if (!this.#isOthers(transaction)) return
    const { doc, beforeState, afterState, changed, deleteSet } = transaction
    for (const [client, clock] of afterState)
      if (clock > (beforeState.get(client) ?? 0)) this.#authors.add(client)
    const isNew = ({ id }: Y.Item): boolean => id.clock >= (beforeState.get(id.client) ?? 0)
    // Roots as they lie there: asking for one by its kind would make it one of that kind.
    const text = doc.share.get(CONTENT_ROOT)
    const meta = doc.share.get(META_ROOT)
    for (const [type, keys] of changed) {
      if (type === meta && keys.has(metaKeys.title)) this.#title = true
      if (type === text) {
        for (let item = text._start; item !== null; item = item.right) {
          if (isNew(item) && !item.deleted) this.#added += item.length
          else if (!isNew(item) && Y.isDeleted(deleteSet, item.id)) this.#removed += item.length
        }
        continue
      }
      const block = blockOf(type, text)
      if (block !== null && !isNew(block)) this.#touched.add(block)
    }
  }
}

/** The item of the text's own that this is in, or is; null for what is elsewhere or gone. */
function blockOf(type: { readonly _item: Y.Item | null }, text: unknown): Y.Item | null {
  for (
    let item = type._item;
    item !== null;
    item = item.parent instanceof Y.AbstractType ? item.parent._item : null
  ) {
    if (item.deleted) return null
    if (item.parent === text) return item
  }
  return null
}
