/**
 * <vellum-toolbar>: one row of buttons that show the state where the caret is; the toolbar pattern of the ARIA
 * Authoring Practices. What has no room is in "More"; on a narrow screen the row scrolls sideways instead.
 */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { AboveKeyboard } from './above-keyboard.ts'
import type { Action } from './action.ts'
import type {} from './link-box.ts'
import { canLink } from './links.ts'
import { place } from './place.ts'
import { step } from './roving.ts'
import type { Text } from './text.ts'
import { toolbarStyles } from './toolbar.css.ts'
import { barButton, menuItem } from './toolbar-button.ts'
import { blocks, groups, type Item, isMenu, type MenuName } from './toolbar-items.ts'
import { hear } from './unheard.ts'

const MORE: Item = { id: 'more', name: 'More', icon: 'more', menu: 'more' }
const menuNames: Record<MenuName, string> = { block: 'Kind of block', table: 'Table', more: 'More' }
/** Room kept for "More" and the gap before it, in CSS pixels. */
const MORE_WIDTH = 52

export class VellumToolbar extends LitElement {
  static override properties = {
    text: { attribute: false },
    open: { state: true },
    active: { state: true },
    fitting: { state: true },
  }
  static override styles = toolbarStyles

  /** The open text the buttons act on; null disables them all. */
  declare text: Text | null
  declare private open: MenuName | null
  /** The id of the item that Tab reaches. */
  declare private active: string
  /** How many items have room. */
  declare private fitting: number
  readonly #resized = new ResizeObserver(() => this.#measure())

  constructor() {
    super()
    this.text = null
    this.open = null
    this.active = 'undo'
    this.fitting = Number.POSITIVE_INFINITY
    this.addController(new AboveKeyboard(this))
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#resized.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resized.disconnect()
  }

  /** Opens the link box at the caret. False where there can be no link. */
  editLink(): boolean {
    return this.renderRoot.querySelector('vellum-link-box')?.open() ?? false
  }

  /** Puts the focus on the button that Tab would reach. */
  override focus(): void {
    this.#part(`button[data-id="${this.active}"]`)?.focus()
  }

  protected override render(): TemplateResult {
    const items = this.#items()
    let index = 0
    return html`<div
        class="row"
        role="toolbar"
        aria-label="Formatting"
        @keydown=${this.#onKey}
        @mousedown=${keepFocus}
      >
        ${this.#groups().map(
          (group) =>
            html`<div class="group" role="presentation">
              ${group.map((item) => this.#button(item, index++ >= this.fitting))}
            </div>`,
        )}
        ${
          this.fitting < items.length
            ? html`<div class="group" role="presentation">${this.#button(MORE, false)}</div>`
            : nothing
        }
      </div>
      <div
        class="menu"
        popover
        role="menu"
        aria-label=${this.open === null ? nothing : menuNames[this.open]}
        @keydown=${this.#onMenuKey}
        @mousedown=${keepFocus}
        @toggle=${this.#onToggle}
      >
        ${this.open === null ? nothing : this.#menuItems(this.open).map((action) => this.#menuItem(action))}
      </div>
      ${this.text?.later ? html`<vellum-link-box .view=${this.text.view}></vellum-link-box>` : nothing}`
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('text')) this.#measure()
    const items = this.#items()
    if (!items.some(({ id }) => id === this.active)) this.active = items[0]?.id ?? ''
  }

  #groups(): readonly (readonly Item[])[] {
    const { text } = this
    if (text === null) return []
    const own = {
      undo: text.undo,
      redo: text.redo,
      editLink: (_: unknown, run: unknown) => this.#canLink(run),
      later: text.later,
    }
    return groups(own, text.view.state)
  }

  #items(): readonly Item[] {
    return this.#groups().flat()
  }

  #canLink(run: unknown): boolean {
    if (run !== undefined) return this.editLink()
    return this.text !== null && this.text.later !== null && canLink(this.text.view.state)
  }

  #button(item: Item, hidden: boolean): TemplateResult {
    return barButton({
      item,
      hidden,
      state: this.text?.view.state,
      enabled: this.#enabled(item),
      reached: item.id === this.active,
      open: isMenu(item) && this.open === item.menu,
      press: () => this.#press(item),
    })
  }

  #menuItem(action: Action): TemplateResult {
    const pressed = this.text ? action.pressed?.(this.text.view.state) : undefined
    return menuItem({
      action,
      role: this.open === 'block' ? 'menuitemradio' : action.pressed ? 'menuitemcheckbox' : 'menuitem',
      pressed,
      // What is so already cannot be done again, and is no less true for it.
      enabled: pressed === true || this.#enabled(action),
      press: () => this.#pressInMenu(action),
    })
  }

  #menuItems(name: MenuName): readonly Action[] {
    if (name === 'block') return blocks
    if (name === 'table') return this.#tableActions
    const rest = this.#items().slice(this.fitting)
    return rest.flatMap((item) =>
      !isMenu(item) ? [item] : item.menu === 'table' ? this.#tableActions : blocks,
    )
  }

  get #tableActions(): readonly Action[] {
    return this.text?.later?.tableActions ?? []
  }

  #enabled(item: Item): boolean {
    const view = this.text?.view
    if (!view?.editable) return false
    if (isMenu(item)) return item.menu !== 'table' || this.text?.later !== null
    return item.run(view.state, undefined, view)
  }

  #press(item: Item): void {
    if (this.text) hear(this.text.view)
    if (!this.#enabled(item)) return
    this.active = item.id
    if (isMenu(item)) this.#openMenu(item.menu)
    else this.#run(item)
  }

  #run(action: Action): void {
    const view = this.text?.view
    if (!view) return
    action.run(view.state, view.dispatch, view)
    if (action.id !== 'link') view.focus()
  }

  #pressInMenu(action: Action): void {
    if (!this.#enabled(action)) return
    this.#part('.menu')?.hidePopover()
    this.#run(action)
  }

  #openMenu(name: MenuName): void {
    const wasOpen = this.open === name
    this.#part('.menu')?.hidePopover()
    if (wasOpen) return
    this.open = name
    void this.updateComplete.then(() => {
      const menu = this.#part('.menu')
      const button = this.#part(`button[data-id="${name}"]`)
      if (!menu || !button) return
      menu.showPopover()
      place(menu, button.getBoundingClientRect())
      const checked = menu.querySelector<HTMLElement>('[aria-checked="true"]')
      const first = menu.querySelector<HTMLElement>('button')
      ;(checked ?? first)?.focus()
    })
  }

  readonly #onToggle = (event: ToggleEvent): void => {
    if (event.newState === 'closed') this.open = null
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      this.text?.view.focus()
      return
    }
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('.row button:not([hidden])')]
    const from = buttons.findIndex(({ dataset }) => dataset['id'] === this.active)
    const to = step(event.key, from, buttons.length, ['ArrowLeft', 'ArrowRight'])
    if (event.key === 'ArrowDown' && this.active === 'block') {
      event.preventDefault()
      this.#openMenu('block')
      return
    }
    const next = to === null ? undefined : buttons[to]
    if (next === undefined) return
    event.preventDefault()
    this.active = next.dataset['id'] ?? ''
    next.focus()
  }

  readonly #onMenuKey = (event: KeyboardEvent): void => {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('.menu button')]
    const from = items.findIndex((item) => item.matches(':focus'))
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      this.#part('.menu')?.hidePopover()
      this.focus()
      return
    }
    const to = step(event.key, from, items.length, ['ArrowUp', 'ArrowDown'])
    if (to === null) return
    event.preventDefault()
    items[to]?.focus()
  }

  /** Finds how many items have room: all are laid out once, before the browser paints. */
  #measure(): void {
    const narrow = window.matchMedia('(max-width: 760px)').matches
    this.fitting = Number.POSITIVE_INFINITY
    if (narrow) return
    void this.updateComplete.then(() => {
      const row = this.#part('.row')
      if (!row) return
      const buttons = [...row.querySelectorAll<HTMLElement>('button')]
      const first = buttons[0]?.getBoundingClientRect().left ?? 0
      const room = row.clientWidth - 32
      const ends = buttons.map((button) => button.getBoundingClientRect().right - first)
      if ((ends.at(-1) ?? 0) <= room) return
      this.fitting = Math.max(
        1,
        ends.findIndex((end) => end > room - MORE_WIDTH),
      )
    })
  }

  #part(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector)
  }
}

/** A press must not take the focus, and with it the selection and one's caret on others' screens, from the text. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}

customElements.define('vellum-toolbar', VellumToolbar)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-toolbar': VellumToolbar
  }
}
