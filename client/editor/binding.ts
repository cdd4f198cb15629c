/**
 * Joins one ProseMirror view to one shared document.
 *
 * It knows no network and no screen but the view's. What it keeps true:
 * 1. Nothing is written into the document because of reading it.
 * 2. An edit is written only while the view shows exactly what the document holds, faithfully read: so what this
 *    version does not know, or failed to show, is never deleted by writing back a text that lacks it.
 * 3. What cannot be shown blocks input until it is shown.
 * 4. Each change from elsewhere touches only what differs in the view.
 */
import type { Node, Schema } from 'prosemirror-model'
import { EditorState, type Selection, type Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import * as Y from 'yjs'
import { CONTENT_ROOT, META_ROOT } from '#shared/schema/document.ts'
import { isNode, isRun, isTexts, type Kept, keptOf, lengthOf, shownOf } from './likeness.ts'
import { narrow } from './narrow.ts'
import { type Anchored, anchor, type Source, selectionAt } from './positions.ts'
import { isTooNew, stampSchemaVersion } from './preflight.ts'
import { type Mapping, type Reading, readFragment } from './reading.ts'
import { standsAlone, Undo } from './undo.ts'
import { writeFragment } from './writing.ts'

/** The meta key of a transaction that shows what came from the document; its value is true. */
export const FROM_DOCUMENT = 'vellum-from-document'

export type Writable =
  | { readonly kind: 'yes' }
  /** The document holds what this version does not know. */
  | { readonly kind: 'unknown'; readonly names: readonly string[] }
  /** The document's schema version is above ours. */
  | { readonly kind: 'too-new' }
  /** The view could not be made to show the document; tried again at its next change. */
  | { readonly kind: 'broken' }

export interface BindingOptions {
  readonly doc: Y.Doc
  readonly schema: Schema
  /** Called when `writable` changes. */
  readonly onWritable: (writable: Writable) => void
  /** Called with what went wrong inside; the text is safe by then. */
  readonly onError: (error: unknown) => void
}

export class Binding implements Source {
  readonly doc: Y.Doc
  readonly fragment: Y.XmlFragment
  readonly mapping: Mapping = new Map()
  readonly undo: Undo
  readonly #options: BindingOptions
  #view: EditorView | null = null
  #writable: Writable = { kind: 'yes' }
  /** The document changed and the view does not show it yet. */
  #stale = false
  #writing = false
  /** The selection before the document's transaction that is running, or before the edit being written. */
  #selection: Anchored | null = null
  readonly #before = () => this.#remember()
  readonly #changed = (_: unknown, transaction: Y.Transaction) => this.#onChange(transaction)
  readonly #metaChanged = () => {
    if (!this.#writing) this.#show()
  }

  constructor(options: BindingOptions) {
    this.#options = options
    this.doc = options.doc
    this.fragment = options.doc.getXmlFragment(CONTENT_ROOT)
    this.undo = new Undo({
      fragment: this.fragment,
      origin: this,
      selection: () => this.#selection,
      restore: (selection) => this.#restore(selection),
    })
  }

  get writable(): Writable {
    return this.#writable
  }

  /** The document to open a view with. */
  read(): Node {
    const reading = readFragment(this.fragment, this.#options.schema, this.mapping)
    this.#admit(reading)
    return reading.doc
  }

  /** From here on the view follows the document. Its `dispatchTransaction` must call `dispatch`. */
  attach(view: EditorView): void {
    this.#view = view
    this.doc.on('beforeAllTransactions', this.#before)
    this.fragment.observeDeep(this.#changed)
    this.doc.getMap(META_ROOT).observe(this.#metaChanged)
    this.#show()
  }

  /** May be called twice. */
  destroy(): void {
    this.#view = null
    this.doc.off('beforeAllTransactions', this.#before)
    this.fragment.unobserveDeep(this.#changed)
    this.doc.getMap(META_ROOT).unobserve(this.#metaChanged)
    this.undo.destroy()
  }

  dispatch(tr: Transaction): void {
    const view = this.#view
    if (view === null || view.isDestroyed) return
    const { state, transactions } = view.state.applyTransaction(tr)
    if (transactions.some((applied) => applied.docChanged) && tr.getMeta(FROM_DOCUMENT) !== true) {
      if (this.#stale || this.#writable.kind !== 'yes') {
        // The edit was made in a text that is not the document's: it is dropped, and the screen drawn again.
        if (this.#stale) this.#show()
        view.updateState(view.state)
        return
      }
      const alone = standsAlone(transactions)
      if (alone) this.undo.separate()
      if (!this.#write(state.doc, tr)) return
      if (alone) this.undo.separate()
    }
    view.updateState(state)
  }

  #write(doc: Node, tr: Transaction): boolean {
    if (this.#view === null) return false
    this.#selection = anchor(this, this.#view.state.selection)
    this.#writing = true
    try {
      this.doc.transact((transaction) => {
        transaction.meta.set('addToHistory', tr.getMeta('addToHistory') !== false)
        if (this.fragment.length === 0 && doc.eq(emptyOf(doc))) return
        stampSchemaVersion(this.doc)
        writeFragment(this.fragment, doc, this.mapping)
      }, this)
      return true
    } catch (error) {
      // Half of an edit may be in the document by now. It is the truth: show it.
      this.#options.onError(error)
      this.#stale = true
      this.#show()
      return false
    } finally {
      this.#writing = false
    }
  }

  #remember(): void {
    if (this.#view === null || this.#writing || this.#stale) return
    this.#selection = anchor(this, this.#view.state.selection)
  }

  #onChange(transaction: Y.Transaction): void {
    Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
      if (struct instanceof Y.Item && struct.content instanceof Y.ContentType)
        this.mapping.delete(struct.content.type)
    })
    if (transaction.origin === this) return
    for (const type of transaction.changed.keys()) this.mapping.delete(type)
    for (const type of transaction.changedParentTypes.keys()) this.mapping.delete(type)
    this.#stale = true
    this.#show()
  }

  /** Makes the view show the document: by small steps, else afresh, else not at all and input stays blocked. */
  #show(): void {
    const view = this.#view
    if (view === null || view.isDestroyed) return
    try {
      const reading = readFragment(this.fragment, this.#options.schema, this.mapping)
      const tr = view.state.tr
      narrow(tr, reading.doc)
      const selection = this.#selection && selectionAt(this, this.#selection, tr.doc)
      if (selection !== null && !selection.eq(tr.selection)) tr.setSelection(selection)
      this.#admit(reading)
      tr.setMeta(FROM_DOCUMENT, true).setMeta('addToHistory', false)
      view.updateState(view.state.apply(tr))
      if (!view.state.doc.eq(reading.doc)) throw new RangeError('the view shows something else')
      if (reading.unknown.length === 0) this.#adopt(this.fragment, view.state.doc)
      this.#stale = false
    } catch (error) {
      this.#options.onError(error)
      this.#showAfresh(view)
    }
  }

  #showAfresh(view: EditorView): void {
    this.mapping.clear()
    this.#stale = true
    try {
      const reading = readFragment(this.fragment, this.#options.schema, this.mapping)
      this.#admit(reading)
      view.updateState(EditorState.create({ doc: reading.doc, plugins: view.state.plugins }))
      this.#stale = false
    } catch (error) {
      this.#options.onError(error)
      this.#become({ kind: 'broken' })
    }
  }

  #admit(reading: Reading): void {
    if (isTooNew(this.doc)) this.#become({ kind: 'too-new' })
    else if (reading.unknown.length > 0) this.#become({ kind: 'unknown', names: reading.unknown })
    else this.#become({ kind: 'yes' })
  }

  #become(writable: Writable): void {
    const changed = JSON.stringify(writable) !== JSON.stringify(this.#writable)
    this.#writable = writable
    if (changed) this.#options.onWritable(writable)
  }

  /** The view keeps its own nodes where they equal those that were read; the mapping must name the view's. */
  #adopt(type: Y.XmlFragment, node: Node): void {
    if (this.mapping.get(type) === node) return
    // Not mapped means not read faithfully.
    if (type !== this.fragment && !this.mapping.has(type)) return
    this.mapping.set(type, node)
    const shown = shownOf(node)
    for (const [index, kept] of keptOf(type).filter(isSeen).entries()) {
      const item = shown[index]
      if (kept instanceof Y.XmlElement) {
        if (isNode(item)) this.#adopt(kept, item)
        continue
      }
      const [only] = kept
      // Text nodes that several shared texts fill belong to none of them: they are read again when needed.
      if (only !== undefined && kept.length === 1 && isTexts(item)) this.mapping.set(only, [...item])
      else for (const text of kept) this.mapping.delete(text)
    }
  }

  #restore(selection: Anchored | null): void {
    const view = this.#view
    if (view === null || this.#stale || selection === null) return
    const found: Selection | null = selectionAt(this, selection, view.state.doc)
    if (found !== null) view.dispatch(view.state.tr.setSelection(found).scrollIntoView())
  }
}

function emptyOf(doc: Node): Node {
  return doc.type.createAndFill() ?? doc
}

/** An emptied text is in the document and not on the screen. */
function isSeen(kept: Kept): boolean {
  return !isRun(kept) || lengthOf(kept) > 0
}
