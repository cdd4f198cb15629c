/** Keeps `--keyboard` on an element: how much of the window's bottom a phone's keyboard covers, in CSS pixels. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'

export class AboveKeyboard implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host
  }

  hostConnected(): void {
    window.visualViewport?.addEventListener('resize', this.#follow)
    window.visualViewport?.addEventListener('scroll', this.#follow)
  }

  hostDisconnected(): void {
    window.visualViewport?.removeEventListener('resize', this.#follow)
    window.visualViewport?.removeEventListener('scroll', this.#follow)
  }

  readonly #follow = (): void => {
    const seen = window.visualViewport
    // Zoomed in, the visible part is smaller for another reason.
    if (!seen || seen.scale > 1.05) return
    const covered = Math.max(0, window.innerHeight - seen.height - seen.offsetTop)
    this.#host.style.setProperty('--keyboard', `${Math.round(covered)}px`)
  }
}
