/**
 * `<vellum-versions>`: the sittings of a document day by day, the named versions among them. One of them is a stop of
 * the tab key, arrows walk. Dispatches `vellum-position`.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import { avatar } from '../avatar.ts'
import { PageElement } from '../page-element.ts'
import { type Author, isNameless, SOMEONE, summaryWords } from './authors.ts'
import { historyIcon } from './history-icon.ts'
import { headOf, type Life, NO_LIFE, type Sitting, type Version } from './life.ts'
import { PositionChanged } from './time-slider.ts'
import { keyAt, type Row, rowsOf } from './version-rows.ts'
import { clock, count, momentIn, span } from './words.ts'

/** Drawn at once; more at a wish, and where somebody walks there. */
const DRAWN = 100
const MOST_DISCS = 4

type Stop = Exclude<Row, { readonly kind: 'day' }>

export class VellumVersions extends PageElement {
  static override properties = {
    life: { attribute: false },
    position: { type: Number },
    authors: { attribute: false },
    onlyNamed: { state: true },
    first: { state: true },
    end: { state: true },
  }

  declare life: Life
  declare position: number
  declare authors: ReadonlyMap<string, Author>
  declare onlyNamed: boolean
  /** Of the rows, which are drawn: from `first` to before `end`. */
  declare first: number
  declare end: number
  private rows: readonly Row[] = []
  private places: ReadonlyMap<string, number> = new Map()
  private today = ''
  /** The key of the row of the position. */
  private current = ''

  constructor() {
    super()
    this.life = NO_LIFE
    this.position = 0
    this.authors = new Map()
    this.onlyNamed = false
    this.first = 0
    this.end = DRAWN
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const now = Date.now()
    const today = new Date(now).toDateString()
    // Thousands of them stay as they are while the slider moves.
    if (changed.has('life') || changed.has('onlyNamed') || changed.has('authors') || today !== this.today) {
      this.today = today
      this.rows = rowsOf(this.life, this.onlyNamed, now)
      this.places = new Map(this.rows.map(({ key }, place) => [key, place]))
    }
    this.current = keyAt(this.life, this.position)
    if (changed.has('onlyNamed')) [this.first, this.end] = [0, DRAWN]
    const place = this.places.get(this.current)
    if (place !== undefined && (changed.has('position') || changed.has('onlyNamed'))) this.reach(place)
  }

  /** Draws the row at this place and some around it. */
  private reach(place: number): void {
    const { first, end } = this
    const isNear = place >= first - DRAWN && place < end + DRAWN
    if (!isNear) [this.first, this.end] = [Math.max(0, place - DRAWN / 2), place + DRAWN / 2]
    else if (place <= first) this.first = Math.max(0, place - DRAWN / 2)
    else if (place >= end - 1) this.end = place + DRAWN / 2
  }

  protected override render(): TemplateResult {
    const { rows, first, end, current, authors } = this
    const stops = this.stops(first, end)
    const stop = (stops.find(({ key }) => key === current) ?? stops[0])?.key
    const hasNamed = this.life.versions.some(({ name }) => name !== null)
    return html`<div class="versions-head">
        <h2>Versions</h2>
        ${
          hasNamed
            ? html`<label class="check"
                ><input type="checkbox" .checked=${this.onlyNamed} @change=${this.filter} />Only named</label
              >`
            : nothing
        }
      </div>
      ${first > 0 ? html`<button class="button more" @click=${this.newer}>Show newer</button>` : nothing}
      <div class="version-rows" @keydown=${this.walk}>
        ${repeat(
          rows.slice(first, end),
          ({ key }) => key,
          (row) =>
            guard([row, authors, row.key === current, row.key === stop], () =>
              this.renderRow(row, row.key === current, row.key === stop),
            ),
        )}
      </div>
      ${rows.length > end ? html`<button class="button more" @click=${this.older}>Show older</button>` : nothing}
      ${
        isNameless(authors)
          ? html`<p class="quiet foot">This server does not know who is who, so changes have no names.</p>`
          : nothing
      }`
  }

  private seen = ''
  /** A row that a key led to and that is not drawn yet. */
  private goal: Stop | null = null

  protected override updated(): void {
    if (this.goal !== null) this.focusRow(this.goal)
    if (this.current === this.seen) return
    this.seen = this.current
    this.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  private renderRow(row: Row, isCurrent: boolean, isStop: boolean): TemplateResult {
    if (row.kind === 'day') return html`<h3>${row.day}</h3>`
    return html`<button
      class="version-row ${row.kind === 'version' ? 'named' : 'sitting'}"
      aria-current=${isCurrent ? 'true' : 'false'}
      tabindex=${isStop ? 0 : -1}
      @click=${() => this.choose(row, false)}
    >
      ${row.kind === 'version' ? this.renderVersion(row.version, row.sitting) : this.renderSitting(row.sitting)}
    </button>`
  }

  private renderVersion(version: Version, sitting: Sitting | null): TemplateResult {
    const when = sitting === null ? clock(version.time) : momentIn(sitting, version.seq, Date.now())
    return html`<span class="what"
        ><bdi class="name">${version.name}</bdi><span class="quiet">${when}</span></span
      >${historyIcon('named')}`
  }

  private renderSitting(sitting: Sitting): TemplateResult {
    const people = sitting.authors.map(({ author }) => this.authors.get(author) ?? SOMEONE)
    const known = people.filter(({ color }) => color !== null)
    const edits = sitting.authors.reduce((sum, one) => sum + one.edits, 0)
    const names = isNameless(this.authors) ? [] : summaryWords(people.map(({ name }) => name))
    const isNow = sitting.to === headOf(this.life)
    return html`<span class="what"
        ><span class="when">${span(sitting)}${isNow ? html` <span class="now">Now</span>` : nothing}</span>
        <span class="quiet">${names.map((word) => (typeof word === 'string' ? word : html`<bdi>${word.name}</bdi>`))}${names.length === 0 ? nothing : ' · '}${count(edits, 'edit')}</span></span
      ><span class="discs"
        >${known.slice(0, MOST_DISCS).map(({ name, color }) => avatar({ name, color: color ?? 0 }))}</span
      >`
  }

  private readonly filter = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.onlyNamed = event.target.checked
  }

  private readonly older = (): void => {
    this.end += DRAWN
  }

  private readonly newer = (): void => {
    this.first = Math.max(0, this.first - DRAWN)
  }

  private readonly walk = (event: KeyboardEvent): void => {
    const drawn = [...this.querySelectorAll<HTMLElement>('.version-row')]
    const here = this.stops(this.first, this.end)[drawn.findIndex((row) => row.matches(':focus'))]
    const stops = this.stops(0, this.rows.length)
    const from = here === undefined ? -1 : stops.indexOf(here)
    const to = target(event.key, from, stops.length - 1)
    const row = to === null ? undefined : stops[to]
    if (from < 0 || row === undefined) return
    event.preventDefault()
    this.choose(row, true)
    this.focusRow(row)
  }

  private stops(first: number, end: number): readonly Stop[] {
    return this.rows.slice(first, end).filter((row) => row.kind !== 'day')
  }

  private choose(row: Stop, isOnTheWay: boolean): void {
    this.dispatchEvent(new PositionChanged(positionOf(row), isOnTheWay))
  }

  private focusRow(row: Stop): void {
    const place = this.stops(this.first, this.end).indexOf(row)
    this.querySelectorAll<HTMLElement>('.version-row')[place]?.focus()
    this.goal = place < 0 ? row : null
  }
}

function positionOf(row: Stop): number {
  return row.kind === 'version' ? row.version.seq : row.sitting.to
}

/** Where a key leads from a row; null for a key that leads nowhere. */
function target(key: string, from: number, last: number): number | null {
  if (key === 'ArrowUp') return Math.max(0, from - 1)
  if (key === 'ArrowDown') return Math.min(last, from + 1)
  if (key === 'Home') return 0
  return key === 'End' ? last : null
}

customElements.define('vellum-versions', VellumVersions)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-versions': VellumVersions
  }
}
