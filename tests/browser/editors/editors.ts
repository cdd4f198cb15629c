/** A page of somebody else: a published editor on an unmodified y-websocket provider. `?editor=…&sync=…&document=…` */
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import StarterKit from '@tiptap/starter-kit'
import { yCollab } from 'y-codemirror.next'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const query = new URLSearchParams(location.search)
const doc = new Y.Doc()
const provider = new WebsocketProvider(query.get('sync') ?? '', query.get('document') ?? '', doc, {
  disableBc: true,
})
const place = document.querySelector('#place')
if (!(place instanceof HTMLElement)) throw new Error('no place for the editor')

if (query.get('editor') === 'codemirror') {
  const text = doc.getText('codemirror')
  const extensions = [yCollab(text, provider.awareness), EditorView.lineWrapping]
  const view = new EditorView({
    state: EditorState.create({ doc: text.toString(), extensions }),
    parent: place,
  })
  Object.assign(window, { editorText: () => view.state.doc.toString() })
} else {
  const written = new Editor({
    element: place,
    extensions: [StarterKit.configure({ undoRedo: false }), Collaboration.configure({ document: doc })],
  })
  Object.assign(window, { editorText: () => written.getText() })
}

provider.on('sync', (isSynced: boolean) => {
  document.body.setAttribute('data-synced', String(isSynced))
})
provider.on('connection-close', (event) => {
  document.body.setAttribute('data-closed', String(event?.code ?? 'gave up'))
})
