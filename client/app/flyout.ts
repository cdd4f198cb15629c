/**
 * A button and the small panel it opens, by the platform's popover: Escape and a click outside close it, focus goes
 * back to the button. The panel hangs under the button's right edge.
 */
import { html, nothing, type TemplateResult } from 'lit'

export interface Flyout {
  /** Unique in the page. */
  readonly id: string
  readonly kind: 'dialog' | 'menu'
  /** Accessible name of the button, and its tooltip. */
  readonly label: string
  readonly look: string
  /** False where parts of the button have tooltips of their own. */
  readonly tip?: boolean
  readonly button: TemplateResult
  readonly panel: TemplateResult
  /** Name of the panel, where it is not the button's. */
  readonly panelLabel?: string
  readonly opened?: () => void
}

const GAP = 6
const MARGIN = 8

export function flyout(flyout: Flyout): TemplateResult {
  return html`<button
      class=${flyout.look}
      aria-label=${flyout.label}
      aria-haspopup=${flyout.kind}
      data-tip=${flyout.tip === false ? nothing : flyout.label}
      popovertarget=${flyout.id}
    >
      ${flyout.button}
    </button>
    <div
      class="flyout ${flyout.kind}"
      id=${flyout.id}
      popover
      role=${flyout.kind}
      aria-label=${flyout.panelLabel ?? flyout.label}
      @beforetoggle=${(event: ToggleEvent) => place(event)}
      @toggle=${(event: ToggleEvent) => {
        if (event.newState === 'open') flyout.opened?.()
      }}
      @keydown=${flyout.kind === 'menu' ? walkMenu : undefined}
    >
      ${flyout.panel}
    </div>`
}

/** Closes the flyout this event happened in. */
export function closeFlyout(event: Event): void {
  const panel = event.target instanceof Element ? event.target.closest<HTMLElement>('.flyout') : null
  if (panel?.matches(':popover-open')) panel.hidePopover()
}

function place(event: ToggleEvent): void {
  const panel = event.target
  if (event.newState !== 'open' || !(panel instanceof HTMLElement)) return
  const button = document.querySelector(`[popovertarget="${CSS.escape(panel.id)}"]`)
  // A button that is not drawn has no place: on a narrow screen the menu opens its panel instead.
  const shown = button?.checkVisibility() === true ? button : document.querySelector('[popovertarget="menu"]')
  if (shown === null) return
  const at = shown.getBoundingClientRect()
  const width = document.documentElement.clientWidth
  panel.style.top = `${Math.round(at.bottom + GAP)}px`
  panel.style.right = `${Math.round(Math.max(MARGIN, width - at.right))}px`
}

/** The menu pattern: arrows walk, Home and End jump, Tab leaves. */
function walkMenu(event: KeyboardEvent): void {
  const panel = event.currentTarget
  if (!(panel instanceof HTMLElement)) return
  const items = [...panel.querySelectorAll<HTMLElement>('[role="menuitem"]')].filter((item) =>
    item.checkVisibility(),
  )
  const now = items.findIndex((item) => item.matches(':focus'))
  const next = nextItem(event.key, now, items.length)
  if (event.key === 'Tab') panel.hidePopover()
  if (next === null) return
  event.preventDefault()
  items[next]?.focus()
}

function nextItem(key: string, now: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (now + 1) % count
    case 'ArrowUp':
      return (Math.max(now, 0) + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
