/**
 * <vellum-toolbar>: one row of buttons that show the state where the caret is; the toolbar pattern of the ARIA
 * Authoring Practices. What has no room is in "More"; on a narrow screen the row scrolls sideways instead.
 */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { linkAt, removeLink, setLink } from './commands.ts'
import { icon } from './icons.ts'
import { keysShown, keysSpoken } from './keys.ts'
import { type LinkBox, linkBox } from './link-box.ts'
import { place } from './place.ts'
import type { Text } from './text.ts'
import { toolbarStyles } from './toolbar.css.ts'
import {
  type Action,
  blockName,
  blocks,
  groups,
  type Item,
  isMenu,
  type MenuName,
  tableActions,
} from './toolbar-items.ts'

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
    link: { state: true },
  }
  static override styles = toolbarStyles

  /** The open text the buttons act on; null disables them all. */
  declare text: Text | null
  declare private open: MenuName | null
  /** The id of the item that Tab reaches. */
  declare private active: string
  /** How many items have room. */
  declare private fitting: number
  declare private link: LinkBox | null
  readonly #resized = new ResizeObserver(() => this.#measure())

  constructor() {
    super()
    this.text = null
    this.open = null
    this.active = 'undo'
    this.fitting = Number.POSITIVE_INFINITY
    this.link = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#resized.observe(this)
    window.visualViewport?.addEventListener('resize', this.#aboveKeyboard)
    window.visualViewport?.addEventListener('scroll', this.#aboveKeyboard)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resized.disconnect()
    window.visualViewport?.removeEventListener('resize', this.#aboveKeyboard)
    window.visualViewport?.removeEventListener('scroll', this.#aboveKeyboard)
  }

  /** Opens the link box at the caret. False where there can be no link. */
  editLink(): boolean {
    const view = this.text?.view
    if (!view?.editable || setLink('https://example.org')(view.state) === false) return false
    const existing = linkAt(view.state)
    this.link = { address: existing?.href ?? '', existing: existing !== null, wrong: false }
    void this.updateComplete.then(() => {
      const box = this.#part('.link')
      const { from, to } = view.state.selection
      const start = view.coordsAtPos(from)
      const end = view.coordsAtPos(to, -1)
      box?.showPopover()
      if (box) place(box, { left: start.left, top: start.top, bottom: Math.max(start.bottom, end.bottom) })
      this.renderRoot.querySelector('input')?.select()
    })
    return true
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
      <div class="link" popover role="dialog" aria-label="Link" @keydown=${this.#onLinkKey} @toggle=${this.#onLinkToggle}>
        ${
          this.link === null
            ? nothing
            : linkBox(this.link, {
                apply: (address) => this.#applyLink(address),
                remove: () => this.#finishLink(removeLink),
                close: () => this.#part('.link')?.hidePopover(),
              })
        }
      </div>`
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
    }
    return groups(own, text.view.state)
  }

  #items(): readonly Item[] {
    return this.#groups().flat()
  }

  #canLink(run: unknown): boolean {
    if (run !== undefined) return this.editLink()
    return this.text !== null && setLink('https://example.org')(this.text.view.state)
  }

  #button(item: Item, hidden: boolean): TemplateResult {
    const state = this.text?.view.state
    const menu = isMenu(item)
    const enabled = this.#enabled(item)
    const pressed = menu || state === undefined ? undefined : item.pressed?.(state)
    const keys = menu ? undefined : item.keys
    return html`<button
      type="button"
      class=${item.id === 'block' ? 'block' : nothing}
      data-id=${item.id}
      ?hidden=${hidden}
      tabindex=${item.id === this.active ? 0 : -1}
      aria-label=${item.id === 'block' && state ? `${item.name}: ${blockName(state)}` : item.name}
      aria-pressed=${pressed ?? nothing}
      aria-disabled=${!enabled}
      aria-haspopup=${menu ? 'menu' : nothing}
      aria-expanded=${menu ? this.open === item.menu : nothing}
      aria-keyshortcuts=${keys === undefined ? nothing : keysSpoken(keys)}
      @click=${() => this.#press(item)}
    >
      ${item.id === 'block' && state ? html`<span>${blockName(state)}</span>${icon('down')}` : nothing}
      ${item.icon ? icon(item.icon) : nothing}
      <span class="tip" aria-hidden="true">${item.name}${keys ? html`<kbd>${keysShown(keys)}</kbd>` : nothing}</span>
    </button>`
  }

  #menuItem(action: Action): TemplateResult {
    const state = this.text?.view.state
    const pressed = state && action.pressed?.(state)
    const role = this.open === 'block' ? 'menuitemradio' : action.pressed ? 'menuitemcheckbox' : 'menuitem'
    return html`<button
      type="button"
      role=${role}
      tabindex="-1"
      aria-checked=${pressed ?? nothing}
      aria-disabled=${!this.#enabled(action)}
      @click=${() => this.#pressInMenu(action)}
    >
      <span class="mark">${pressed ? icon('check') : action.icon ? icon(action.icon) : nothing}</span>${action.name}
      ${action.keys ? html`<kbd aria-hidden="true">${keysShown(action.keys)}</kbd>` : nothing}
    </button>`
  }

  #menuItems(name: MenuName): readonly Action[] {
    if (name === 'block') return blocks
    if (name === 'table') return tableActions
    const rest = this.#items().slice(this.fitting)
    return rest.flatMap((item) => (!isMenu(item) ? [item] : item.menu === 'table' ? tableActions : blocks))
  }

  #enabled(item: Item): boolean {
    const view = this.text?.view
    if (!view?.editable) return false
    return isMenu(item) || item.run(view.state, undefined, view)
  }

  #press(item: Item): void {
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

  readonly #onLinkToggle = (event: ToggleEvent): void => {
    if (event.newState === 'closed') this.link = null
  }

  readonly #onLinkKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.#part('.link')?.hidePopover()
    this.text?.view.focus()
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

  /** On a phone the row stands on the keyboard, which covers the page without shrinking it. */
  readonly #aboveKeyboard = (): void => {
    const seen = window.visualViewport
    if (!seen || seen.scale > 1.05) return
    const covered = Math.max(0, window.innerHeight - seen.height - seen.offsetTop)
    this.style.setProperty('--keyboard', `${Math.round(covered)}px`)
  }

  #applyLink(address: string): void {
    const view = this.text?.view
    if (!view || this.link === null) return
    if (address.trim() === '' && this.link.existing) this.#finishLink(removeLink)
    else if (setLink(address)(view.state)) this.#finishLink(setLink(address))
    else this.link = { ...this.link, address, wrong: true }
  }

  #finishLink(command: typeof removeLink): void {
    const view = this.text?.view
    this.#part('.link')?.hidePopover()
    if (!view) return
    command(view.state, view.dispatch, view)
    view.focus()
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

function step(
  key: string,
  from: number,
  count: number,
  [back, on]: readonly [string, string],
): number | null {
  if (count === 0) return null
  if (key === on) return (from + 1) % count
  if (key === back) return (from - 1 + count) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : null
}

customElements.define('vellum-toolbar', VellumToolbar)
