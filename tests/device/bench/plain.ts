/** An editor without anything of Vellum but its schema: prosemirror with y-prosemirror, to compare with. */
import { baseKeymap } from 'prosemirror-commands'
import { keymap } from 'prosemirror-keymap'
import { EditorState } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { initProseMirrorDoc, ySyncPlugin, yUndoPlugin } from 'y-prosemirror'
import * as Y from 'yjs'
import { createSchema } from '#client/editor/schema.ts'
import { CONTENT_ROOT } from '#shared/schema/document.ts'

/** Shows what this update holds, ready to be typed in. */
export function openPlain(update: Uint8Array): void {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  const fragment = doc.getXmlFragment(CONTENT_ROOT)
  const { doc: shown, mapping } = initProseMirrorDoc(fragment, createSchema())
  const plugins = [ySyncPlugin(fragment, { mapping }), yUndoPlugin(), keymap(baseKeymap)]
  const attributes = { role: 'textbox', 'aria-multiline': 'true' }
  const view = new EditorView(document.body, {
    state: EditorState.create({ doc: shown, plugins }),
    attributes,
  })
  Object.assign(view.dom.style, { maxWidth: '68ch', margin: '0 auto', font: '18px/1.6 serif' })
  view.dom.style.whiteSpace = 'break-spaces'
}
