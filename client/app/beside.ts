/**
 * What is said beside a document's text: what happened while one was away, and that this device keeps nothing. The parts
 * that say it are fetched when there is something to say.
 */
import type { VellumEditor } from '#client/editor/editor.ts'
import { Away, type Meanwhile } from './away.ts'
import type { OpenedDocument } from './opened.ts'

export class Beside {
  readonly #opened: OpenedDocument
  readonly #editor: () => VellumEditor | null
  readonly #away: Away
  readonly #unsubscribe: () => void
  /** What takes away that which is said. */
  #endAway = (): void => undefined
  #endKeeping: (() => void) | null = null
  #isClosed = false

  /** `editor`: the one that shows the text; null where there is none. */
  constructor(opened: OpenedDocument, editor: () => VellumEditor | null) {
    this.#opened = opened
    this.#editor = editor
    this.#away = new Away(opened, (meanwhile) => this.#fetch(this.#tellMeanwhile(meanwhile)))
    this.#unsubscribe = opened.subscribe(this.#look)
    this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#away.close()
    this.#unsubscribe()
    this.#endAway()
    this.#endKeeping?.()
  }

  readonly #look = (): void => {
    if (this.#opened.device.kind === 'not-kept' && this.#endKeeping === null)
      this.#fetch(this.#watchKeeping())
  }

  async #tellMeanwhile(meanwhile: Meanwhile): Promise<void> {
    const { layAwaySlip } = await import('./away-slip.ts')
    if (this.#isClosed) return
    this.#endAway()
    this.#endAway = layAwaySlip({ meanwhile, opened: this.#opened, editor: this.#editor })
  }

  async #watchKeeping(): Promise<void> {
    const { watchKeeping } = await import('./not-kept.ts')
    if (!this.#isClosed) this.#endKeeping ??= watchKeeping(this.#opened)
  }

  #fetch(part: Promise<void>): void {
    part.catch(() => {
      // It did not arrive: the state of saving in the bar says the same in fewer words.
    })
  }
}
