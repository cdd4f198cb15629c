/** One open text: the view, its binding and its plugins, made together and ended together. */
import type { Schema } from 'prosemirror-model'
import { type Command, EditorState, Plugin } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { AllowedPictures } from '#shared/schema/pictures.ts'
import { bareAtoms } from './bare-atoms.ts'
import { Binding } from './binding.ts'
import type { Shown } from './changes.ts'
import { showBeginningFirst } from './first-sight.ts'
import type { Later } from './later.ts'
import { markdownRules } from './markdown-rules.ts'
import { ClipboardParser, quiet } from './paste.ts'
import { pictureView } from './picture.ts'
import { createSchema } from './schema.ts'
import { shortcuts } from './shortcuts.ts'
import { TaskItem } from './task-item.ts'
import { hear } from './unheard.ts'
import { wellFormed } from './well-formed.ts'
import type { Writable } from './writable.ts'

export interface TextOptions {
  readonly doc: Y.Doc
  readonly awareness: Awareness | null
  /** The element the text is made in. */
  readonly mount: HTMLElement
  readonly label: string
  readonly editable: () => boolean
  /** From where pictures are loaded; others are shown as their words. */
  readonly pictures: AllowedPictures
  readonly editLink: Command
  readonly focusToolbar: Command
  /** Called after each change of the text, the selection, or what may be done. */
  readonly onUpdate: () => void
  /** Called once, when what comes after the text itself is there. */
  readonly onLater: () => void
  readonly onWritable: (writable: Writable) => void
  readonly onError: (error: unknown) => void
}

/** CSS pixels of the window that may be covered, beside a line's worth of air. */
const COVERED = { top: 120, bottom: 80, left: 0, right: 0 }

export class Text {
  readonly schema: Schema = createSchema()
  readonly view: EditorView
  readonly binding: Binding
  readonly undo: Command
  readonly redo: Command
  readonly #onLater: () => void
  readonly #awareness: Awareness | null
  #later: Later | null = null

  constructor(options: TextOptions) {
    const { doc, mount, onUpdate } = options
    const binding = new Binding({
      doc,
      schema: this.schema,
      onWritable: options.onWritable,
      onError: options.onError,
    })
    this.binding = binding
    this.#onLater = options.onLater
    this.#awareness = options.awareness
    const canChange = () => options.editable() && binding.writable.kind === 'yes'
    const manager = binding.undo.manager
    this.undo = (_, dispatch) => {
      if (!canChange() || !manager.canUndo()) return false
      if (dispatch !== undefined) manager.undo()
      return true
    }
    this.redo = (_, dispatch) => {
      if (!canChange() || !manager.canRedo()) return false
      if (dispatch !== undefined) manager.redo()
      return true
    }
    const showAll = showBeginningFirst(mount)
    const state = EditorState.create({
      doc: binding.read(),
      plugins: [
        markdownRules(this.schema),
        ...shortcuts({
          schema: this.schema,
          undo: this.undo,
          redo: this.redo,
          editLink: options.editLink,
          focusToolbar: options.focusToolbar,
          later: () => this.#later,
        }),
        bareAtoms(),
        wellFormed(),
        new Plugin({ view: () => ({ update: onUpdate }) }),
      ],
    })
    this.view = new EditorView(
      { mount },
      {
        state,
        editable: canChange,
        attributes: () => ({
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-label': options.label,
          'aria-readonly': String(!canChange()),
          spellcheck: 'true',
          // Without it a text that cannot be edited could not be reached or scrolled by keyboard.
          tabindex: '0',
        }),
        dispatchTransaction: (tr) => binding.dispatch(tr),
        nodeViews: {
          task_item: (node, view, position) => new TaskItem(node, view, position),
          image: pictureView(options.pictures),
        },
        transformPastedHTML: quiet,
        clipboardParser: new ClipboardParser(this.schema),
        // The page's bar and the toolbar cover the top of what scrolls, on a phone the toolbar the bottom.
        scrollThreshold: COVERED,
        scrollMargin: COVERED,
        handleDOMEvents: {
          // Keys come before news of the selection: Enter right after End would split where the caret was before.
          keydown: (view, event) => {
            if (!event.isComposing) hear(view)
            return false
          },
          focus: () => {
            showAll()
            void this.whenLater()
            return false
          },
          blur: () => {
            binding.undo.separate()
            return false
          },
        },
      },
    )
    binding.attach(this.view)
    manager.on('stack-item-added', onUpdate)
    manager.on('stack-item-popped', onUpdate)
    manager.on('stack-cleared', onUpdate)
    void this.whenLater()
  }

  /** What came after the text itself; null as long as it did not. */
  get later(): Later | null {
    return this.#later
  }

  /** The same, as soon as it is there; null where it cannot be had now. */
  async whenLater(): Promise<Later | null> {
    // Without a network it may not be there: it is asked for again when the text gets the focus.
    const later =
      this.#later ??
      (await import('./later.ts').then(
        (loaded) => loaded.later,
        () => null,
      ))
    const { view } = this
    if (later !== null && this.#later === null && view.composing)
      await new Promise((ended) => view.dom.addEventListener('compositionend', ended, { once: true }))
    if (later === null || this.#later !== null || view.isDestroyed) return this.#later
    this.#later = later
    hear(view)
    const plugins = later.plugins({ awareness: this.#awareness, source: this.binding })
    view.updateState(view.state.reconfigure({ plugins: [...view.state.plugins, ...plugins] }))
    this.#onLater()
    return later
  }

  /** What is shown, beside the document it shows: what is held back is written first. */
  shown(): Shown {
    const { binding, schema, view } = this
    hear(view)
    binding.settle()
    const { doc, fragment, mapping } = binding
    return { doc, fragment, mapping, schema, shown: view.state.doc }
  }

  /** Asks again whether the text may be changed. */
  refresh(): void {
    this.view.setProps({})
  }

  destroy(): void {
    this.binding.destroy()
    this.view.destroy()
  }
}
