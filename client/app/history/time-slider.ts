/**
 * `<vellum-time-slider>`: the whole life of a document as one line, sittings as pieces of it, named versions as marks.
 * Arrows go edit by edit, Page Up and Page Down sitting by sitting. Dispatches `vellum-position` while it moves.
 */
import { html, nothing, svg, type TemplateResult } from 'lit'
import { PageElement } from '../page-element.ts'
import { type Author, hueOf, SOMEONE } from './authors.ts'
import { headOf, type Life, NO_LIFE, type Sitting, stopAfter, stopBefore } from './life.ts'

/** `isOnTheWay`: keys walk through versions, and go on. */
export class PositionChanged extends Event {
  static readonly type = 'vellum-position'
  readonly position: number
  readonly isOnTheWay: boolean
  constructor(position: number, isOnTheWay: boolean) {
    super(PositionChanged.type, { bubbles: true })
    this.position = position
    this.isOnTheWay = isOnTheWay
  }
}

/** The line is drawn in this many pieces at most: more could not be told apart. */
const PIECES = 1_200
/** More than these are not parted by lines: there would be more line than piece. */
const PARTED = 120

export class VellumTimeSlider extends PageElement {
  static override properties = {
    life: { attribute: false },
    position: { type: Number },
    words: { type: String },
    authors: { attribute: false },
  }

  declare life: Life
  declare position: number
  /** The position in words. */
  declare words: string
  declare authors: ReadonlyMap<string, Author>

  constructor() {
    super()
    this.life = NO_LIFE
    this.position = 0
    this.words = ''
    this.authors = new Map()
  }

  protected override render(): TemplateResult {
    const head = headOf(this.life)
    return html`<div class="time-slider">
      <svg class="life ${this.isDense ? 'dense' : ''}" viewBox="0 0 ${head || 1} 10" preserveAspectRatio="none" aria-hidden="true">
        ${this.pieces(head)}
        ${this.life.versions.map(({ seq, name }) =>
          name === null
            ? nothing
            : svg`<line class="named" x1=${seq} x2=${seq} y1="0" y2="10" vector-effect="non-scaling-stroke"></line>`,
        )}
      </svg>
      <input
        type="range"
        aria-label="Version"
        min="0"
        max=${head}
        step="1"
        .value=${String(this.position)}
        aria-valuetext=${this.words}
        @input=${this.slide}
        @keydown=${this.jump}
      />
    </div>`
  }

  /** Too many pieces to be parted by lines. */
  private get isDense(): boolean {
    return this.life.sittings.length > PARTED
  }

  private lastPieces: { readonly life: Life; readonly authors: unknown; readonly drawn: unknown } | null =
    null

  private pieces(head: number): unknown {
    const { life, authors } = this
    // Thousands of them stay as they are while the slider moves.
    if (this.lastPieces?.life !== life || this.lastPieces.authors !== authors)
      this.lastPieces = {
        life,
        authors,
        drawn: visible(life.sittings, head).map((one) => this.piece(one)),
      }
    return this.lastPieces.drawn
  }

  private piece({ from, to, authors }: Sitting): unknown {
    const most = authors.reduce((a, b) => (b.edits > a.edits ? b : a), { author: '', name: null, edits: 0 })
    const hue = hueOf(this.authors.get(most.author) ?? SOMEONE)
    return svg`<rect class=${hue} x=${from - 1} width=${to - from + 1} y="0" height="10"></rect>`
  }

  private readonly slide = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.go(Number(event.target.value))
  }

  private readonly jump = (event: KeyboardEvent): void => {
    const target = this.target(event.key)
    if (target === null) return
    event.preventDefault()
    this.go(target)
  }

  private target(key: string): number | null {
    if (key === 'PageDown') return stopBefore(this.life, this.position)
    if (key === 'PageUp') return stopAfter(this.life, this.position)
    return null
  }

  private go(position: number): void {
    this.dispatchEvent(new PositionChanged(position, true))
  }
}

/** Sittings too short to be seen become a part of their neighbour. */
function visible(sittings: readonly Sitting[], head: number): readonly Sitting[] {
  const least = head / PIECES
  const out: Sitting[] = []
  for (const sitting of sittings) {
    const last = out.at(-1)
    if (last !== undefined && last.to - last.from + 1 < least)
      out[out.length - 1] = { ...sitting, from: last.from }
    else out.push(sitting)
  }
  return out
}

customElements.define('vellum-time-slider', VellumTimeSlider)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-time-slider': VellumTimeSlider
  }
}
