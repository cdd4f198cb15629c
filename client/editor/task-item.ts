/** A task on the screen: a real checkbox that writers may click, and its text. */
import type { Node } from 'prosemirror-model'
import type { EditorView, NodeView } from 'prosemirror-view'
import { hear } from './unheard.ts'

export class TaskItem implements NodeView {
  readonly dom: HTMLLIElement
  readonly contentDOM: HTMLDivElement
  readonly #box: HTMLInputElement
  #node: Node

  constructor(node: Node, view: EditorView, position: () => number | undefined) {
    this.#node = node
    this.dom = document.createElement('li')
    this.dom.className = 'task'
    const holder = document.createElement('span')
    holder.className = 'task-box'
    holder.contentEditable = 'false'
    this.#box = document.createElement('input')
    this.#box.type = 'checkbox'
    this.#box.addEventListener('mousedown', (event) => {
      // The caret stays in the text.
      event.preventDefault()
    })
    this.#box.addEventListener('click', () => {
      const at = position()
      const checked = this.#box.checked
      // The box shows what the document holds, whatever becomes of this click.
      this.#show()
      if (at === undefined || !view.editable) return
      hear(view)
      view.dispatch(view.state.tr.setNodeAttribute(at, 'checked', checked))
    })
    holder.append(this.#box)
    this.contentDOM = document.createElement('div')
    this.contentDOM.className = 'task-text'
    this.dom.append(holder, this.contentDOM)
    this.#show()
  }

  update(node: Node): boolean {
    if (node.type !== this.#node.type) return false
    this.#node = node
    this.#show()
    return true
  }

  stopEvent(event: Event): boolean {
    return event.target === this.#box
  }

  ignoreMutation(mutation: { target: globalThis.Node }): boolean {
    return !this.contentDOM.contains(mutation.target)
  }

  #show(): void {
    const checked = this.#node.attrs['checked'] === true
    this.#box.checked = checked
    this.dom.dataset['checked'] = String(checked)
    const words = this.#node.textContent.slice(0, 80)
    this.#box.setAttribute('aria-label', words === '' ? 'Done' : `Done: ${words}`)
  }
}
