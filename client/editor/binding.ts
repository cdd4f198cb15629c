/**
 * Joins one ProseMirror view to one shared document.
 *
 * It knows no network and no screen but the view's. What it keeps true:
 * 1. Nothing is written into the document because of reading it.
 * 2. An edit is written only while the view shows exactly what the document holds, faithfully read: so what this
 *    version does not know, or failed to show, is never deleted by writing back a text that lacks it.
 * 3. What cannot be shown blocks input until it is shown.
 * 4. Each change from elsewhere touches only what differs in the view.
 * 5. While somebody composes with an input method, others' changes wait, for a bounded time; what is composed then is
 *    made again on top of them before it is written.
 * 6. What the browser has done already, a caret moved or a letter put in, is read before others' changes are shown.
 */
import type { Node, Schema } from 'prosemirror-model'
import { EditorState, type Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import type * as Y from 'yjs'
import { CONTENT_ROOT, META_ROOT } from '#shared/schema/document.ts'
import { setCaretAnew } from './caret-anew.ts'
import { adopt, forgetChanged, forgetDeleted } from './mapping.ts'
import { type Anchored, anchor, type Source, selectionAt } from './positions.ts'
import { isTooNew, stampSchemaVersion } from './preflight.ts'
import { type Mapping, type Reading, readFragment } from './reading.ts'
import { type Undoable, undoable } from './rebase.ts'
import { FROM_DOCUMENT, isBlank, showing, showingOnTop } from './showing.ts'
import { standsAlone, Undo } from './undo.ts'
import { hear } from './unheard.ts'
import type { Writable } from './writable.ts'
import { writeFragment } from './writing.ts'

/** How long others' changes wait for a composition; drawing the text under an input method can end or double it. */
const HOLD_MS = 2_000
/** After the end of a composition the browser may still be changing the text. */
const SETTLE_MS = 50
const LEAVING = ['beforeunload', 'pagehide'] as const

export type { Writable }
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
  /** What was changed here while others' changes wait; null while none do. */
  #held: Undoable[] | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  /** What is held was read from the page right before the document's transaction that is running. */
  #heard = false
  /** The selection before the document's transaction that is running, or before the edit being written. */
  #selection: Anchored | null = null
  readonly #before = () => this.#remember()
  readonly #after = () => this.#heard && this.settle()
  readonly #changed = (_: unknown, transaction: Y.Transaction) => this.#onChange(transaction)
  readonly #metaChanged = () => {
    if (!this.#writing && this.#held === null) this.#show()
  }

  readonly #composed = () => {
    if (this.#held !== null) this.#settleIn(SETTLE_MS)
  }

  readonly #leaving = () => this.settle()

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
    this.doc.on('afterAllTransactions', this.#after)
    this.fragment.observeDeep(this.#changed)
    this.doc.getMap(META_ROOT).observe(this.#metaChanged)
    view.dom.addEventListener('compositionend', this.#composed)
    // What is held must be in the document before the page can be gone.
    for (const type of LEAVING) window.addEventListener(type, this.#leaving)
    this.#show()
  }

  /** May be called twice. */
  destroy(): void {
    this.settle()
    this.#view?.dom.removeEventListener('compositionend', this.#composed)
    for (const type of LEAVING) window.removeEventListener(type, this.#leaving)
    this.#view = null
    this.doc.off('beforeAllTransactions', this.#before)
    this.doc.off('afterAllTransactions', this.#after)
    this.fragment.unobserveDeep(this.#changed)
    this.doc.getMap(META_ROOT).unobserve(this.#metaChanged)
    this.undo.destroy()
  }

  dispatch(tr: Transaction): void {
    const view = this.#view
    if (view === null || view.isDestroyed) return
    const { state, transactions } = view.state.applyTransaction(tr)
    if (transactions.some((applied) => applied.docChanged) && tr.getMeta(FROM_DOCUMENT) !== true) {
      if (this.#held !== null) {
        for (const applied of transactions) this.#held.push(...undoable(applied))
        view.updateState(state)
        return
      }
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
    if (this.#stale) this.#show()
  }

  #write(doc: Node, tr: Transaction): boolean {
    if (this.#view === null) return false
    this.#selection = anchor(this, this.#view.state.selection)
    this.#writing = true
    try {
      this.doc.transact((transaction) => {
        transaction.meta.set('addToHistory', tr.getMeta('addToHistory') !== false)
        if (this.fragment.length === 0 && isBlank(doc)) return
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
    const view = this.#view
    if (view === null || this.#writing || this.#stale || this.#held !== null) return
    // An edit written now would become part of the transaction that is about to run: it waits for that one's end.
    this.#held = []
    try {
      hear(view)
    } catch (error) {
      this.#options.onError(error)
    }
    this.#heard = this.#held.length > 0
    if (this.#heard) return
    this.#held = null
    this.#selection = anchor(this, view.state.selection)
  }

  #onChange(transaction: Y.Transaction): void {
    forgetDeleted(this.mapping, transaction)
    if (transaction.origin === this) return
    forgetChanged(this.mapping, transaction)
    if (this.#held !== null) return
    if (this.#writing) {
      // Somebody answered this edit before the view shows it: first the edit, then the answer.
      this.#stale = true
      return
    }
    if (this.#view?.composing && !this.#stale) {
      this.#held = []
      this.#settleIn(HOLD_MS)
      return
    }
    this.#stale = true
    this.#show()
  }

  #settleIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.settle(), ms)
  }

  /** Shows what waited, with what was composed meanwhile on top, and writes that. Nothing where nothing waits. */
  settle(): void {
    const view = this.#view
    const held = this.#held
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#held = null
    this.#heard = false
    if (held === null || view === null || view.isDestroyed) return
    this.#stale = true
    if (held.length === 0) {
      this.#show()
      return
    }
    try {
      const reading = readFragment(this.fragment, this.#options.schema, this.mapping)
      this.#admit(reading)
      if (this.#writable.kind !== 'yes') {
        this.#show()
        return
      }
      const tr = showingOnTop(view.state, held, reading.doc)
      const state = view.state.apply(tr)
      this.#stale = false
      if (!this.#write(state.doc, tr)) return
      view.updateState(state)
      if (this.#stale) this.#show()
    } catch (error) {
      this.#options.onError(error)
      this.#showAfresh(view)
    }
  }

  /** Makes the view show the document: by small steps, else afresh, else not at all and input stays blocked. */
  #show(): void {
    const view = this.#view
    if (view === null || view.isDestroyed) return
    try {
      const reading = readFragment(this.fragment, this.#options.schema, this.mapping)
      const remembered = this.#selection
      const tr = showing(view.state, reading.doc, (doc) => remembered && selectionAt(this, remembered, doc))
      this.#admit(reading)
      view.updateState(view.state.apply(tr))
      if (!view.state.doc.eq(reading.doc)) throw new RangeError('the view shows something else')
      setCaretAnew(view)
      if (reading.unknown.length === 0) adopt(this.mapping, this.fragment, view.state.doc)
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

  #restore(selection: Anchored | null): void {
    const view = this.#view
    if (view === null || this.#stale || selection === null) return
    const found = selectionAt(this, selection, view.state.doc)
    if (found !== null) view.dispatch(view.state.tr.setSelection(found).scrollIntoView())
  }
}
