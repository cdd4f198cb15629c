/** The buttons of the toolbar and the items of its menus, drawn from values. */
import { html, nothing, type TemplateResult } from 'lit'
import type { EditorState } from 'prosemirror-state'
import type { Action } from './action.ts'
import { icon } from './icons.ts'
import { keysShown, keysSpoken } from './keys.ts'
import { blockName, type Item, isMenu } from './toolbar-items.ts'

export interface BarButton {
  readonly item: Item
  readonly state: EditorState | undefined
  /** In "More" for want of room. */
  readonly hidden: boolean
  readonly enabled: boolean
  /** Tab reaches this one. */
  readonly reached: boolean
  readonly open: boolean
  readonly press: () => void
}

/** A disabled button stays in the row of arrow keys, so that it can be found and its name heard. */
export function barButton({ item, state, hidden, enabled, reached, open, press }: BarButton): TemplateResult {
  const menu = isMenu(item)
  const pressed = menu || state === undefined ? undefined : item.pressed?.(state)
  const keys = menu ? undefined : item.keys
  const words = item.id === 'block' && state !== undefined ? blockName(state) : null
  return html`<button
    type="button"
    class=${words === null ? nothing : 'block'}
    data-id=${item.id}
    ?hidden=${hidden}
    tabindex=${reached ? 0 : -1}
    aria-label=${words === null ? item.name : `${item.name}: ${words}`}
    aria-pressed=${pressed ?? nothing}
    aria-disabled=${!enabled}
    aria-haspopup=${menu ? 'menu' : nothing}
    aria-expanded=${menu ? open : nothing}
    aria-keyshortcuts=${keys === undefined ? nothing : keysSpoken(keys)}
    @click=${press}
  >
    ${words === null ? nothing : html`<span>${words}</span>${icon('down')}`}
    ${item.icon ? icon(item.icon) : nothing}
    <span class="tip" aria-hidden="true">${item.name}${keys ? html`<kbd>${keysShown(keys)}</kbd>` : nothing}</span>
  </button>`
}

export interface MenuItem {
  readonly action: Action
  readonly role: 'menuitem' | 'menuitemradio' | 'menuitemcheckbox'
  readonly pressed: boolean | undefined
  readonly enabled: boolean
  readonly press: () => void
}

export function menuItem({ action, role, pressed, enabled, press }: MenuItem): TemplateResult {
  return html`<button
    type="button"
    role=${role}
    tabindex="-1"
    aria-checked=${pressed ?? nothing}
    aria-disabled=${!enabled}
    @click=${press}
  >
    <span class="mark">${pressed ? icon('check') : action.icon ? icon(action.icon) : nothing}</span>${action.name}
    ${action.keys ? html`<kbd aria-hidden="true">${keysShown(action.keys)}</kbd>` : nothing}
  </button>`
}
