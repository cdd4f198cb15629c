/**
 * `<vellum-versions>`: the sittings of a document day by day, the named versions among them. One of them is a stop of
 * the tab key, arrows walk. Dispatches `vellum-position`.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { step } from '#client/editor/roving.ts'
import { avatar } from '../avatar.ts'
import { PageElement } from '../page-element.ts'
import { type Author, isNameless, SOMEONE, summary } from './authors.ts'
import { historyIcon } from './history-icon.ts'
import { headOf, type Life, NO_LIFE, type Sitting, sittingAt, type Version } from './life.ts'
import { PositionChanged } from './time-slider.ts'
import { clock, count, dayOf, momentIn, span } from './words.ts'

type Row =
  | { readonly kind: 'day'; readonly key: string; readonly day: string }
  | { readonly kind: 'sitting'; readonly key: string; readonly sitting: Sitting }
  | {
      readonly kind: 'version'
      readonly key: string
      readonly version: Version
      readonly sitting: Sitting | null
    }

/** Drawn at once; more at a wish. */
const DRAWN = 200
const MOST_DISCS = 4

export class VellumVersions extends PageElement {
  static override properties = {
    life: { attribute: false },
    position: { type: Number },
    authors: { attribute: false },
    onlyNamed: { state: true },
    drawn: { state: true },
  }

  declare life: Life
  declare position: number
  declare authors: ReadonlyMap<string, Author>
  declare onlyNamed: boolean
  declare drawn: number

  constructor() {
    super()
    this.life = NO_LIFE
    this.position = 0
    this.authors = new Map()
    this.onlyNamed = false
    this.drawn = DRAWN
  }

  protected override render(): TemplateResult {
    const rows = this.rows(Date.now())
    const { key: current } = this.current(rows) ?? { key: '' }
    const stop = current === '' ? rows.find(({ kind }) => kind !== 'day')?.key : current
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
      <div class="version-rows" @keydown=${this.walk}>
        ${repeat(
          rows.slice(0, this.drawn),
          ({ key }) => key,
          (row) => this.renderRow(row, row.key === current, row.key === stop),
        )}
      </div>
      ${
        rows.length > this.drawn
          ? html`<button class="button more" @click=${this.more}>Show older</button>`
          : nothing
      }
      ${
        isNameless(this.authors)
          ? html`<p class="quiet foot">This server does not know who is who, so changes have no names.</p>`
          : nothing
      }`
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('position'))
      this.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  /** Newest first. */
  private rows(now: number): readonly Row[] {
    const rows: Row[] = []
    const versions = this.life.versions.filter(({ name }) => name !== null)
    let day = ''
    let next = 0
    const begin = (time: number): void => {
      const its = dayOf(time, now)
      if (its !== day) rows.push({ kind: 'day', key: `day ${its}`, day: its })
      day = its
    }
    const nameUpTo = (from: number, sitting: Sitting | null): void => {
      for (
        let version = versions[next];
        version !== undefined && version.seq >= from;
        version = versions[++next]
      ) {
        begin(sitting === null ? version.time : sitting.end)
        rows.push({ kind: 'version', key: `version ${version.id}`, version, sitting })
      }
    }
    for (const sitting of this.life.sittings.toReversed()) {
      nameUpTo(sitting.from, sitting)
      if (this.onlyNamed) continue
      begin(sitting.end)
      rows.push({ kind: 'sitting', key: `sitting ${sitting.from}`, sitting })
    }
    nameUpTo(0, null)
    return rows
  }

  /** The named version at this position, else the sitting around it. */
  private current(rows: readonly Row[]): Row | null {
    const { position } = this
    const named = rows.find((row) => row.kind === 'version' && row.version.seq === position)
    const around = rows.find(
      (row) => row.kind === 'sitting' && row.sitting.from <= position && position <= row.sitting.to,
    )
    return named ?? around ?? null
  }

  private renderRow(row: Row, isCurrent: boolean, isStop: boolean): TemplateResult {
    if (row.kind === 'day') return html`<h3>${row.day}</h3>`
    const position = row.kind === 'version' ? row.version.seq : row.sitting.to
    return html`<button
      class="version-row ${row.kind === 'version' ? 'named' : 'sitting'}"
      aria-current=${isCurrent ? 'true' : 'false'}
      tabindex=${isStop ? 0 : -1}
      @click=${() => this.dispatchEvent(new PositionChanged(position))}
    >
      ${row.kind === 'version' ? this.renderVersion(row.version, row.sitting) : this.renderSitting(row.sitting)}
    </button>`
  }

  private renderVersion(version: Version, sitting: Sitting | null): TemplateResult {
    const when = sitting === null ? clock(version.time) : momentIn(sitting, version.seq, Date.now())
    return html`${historyIcon('named')}<span class="what"
        ><bdi class="name">${version.name}</bdi><span class="quiet">${when}</span></span
      >`
  }

  private renderSitting(sitting: Sitting): TemplateResult {
    const people = sitting.authors.map(({ author }) => this.authors.get(author) ?? SOMEONE)
    const known = people.filter(({ color }) => color !== null)
    const edits = sitting.authors.reduce((sum, one) => sum + one.edits, 0)
    const names = isNameless(this.authors) ? '' : summary(people.map(({ name }) => name))
    const isNow = sitting.to === headOf(this.life)
    return html`<span class="what"
        ><span class="when">${span(sitting)}${isNow ? html` <span class="now">Now</span>` : nothing}</span>
        <span class="quiet">${names === '' ? nothing : html`<bdi>${names}</bdi> · `}${count(edits, 'edit')}</span></span
      ><span class="discs"
        >${known.slice(0, MOST_DISCS).map(({ name, color }) => avatar({ name, color: color ?? 0 }))}</span
      >`
  }

  private readonly filter = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.onlyNamed = event.target.checked
  }

  private readonly more = (): void => {
    this.drawn += DRAWN
  }

  private readonly walk = (event: KeyboardEvent): void => {
    const rows = [...this.querySelectorAll<HTMLElement>('.version-row')]
    const from = rows.findIndex((row) => row.matches(':focus'))
    const to = step(event.key, from, rows.length, ['ArrowUp', 'ArrowDown'])
    if (to === null) return
    event.preventDefault()
    rows[to]?.focus()
    rows[to]?.click()
  }
}

/** What a position is called among these: its name, or when it was. */
export function titleAt(life: Life, position: number, now: number): string {
  const named = life.versions.find(({ seq, name }) => seq === position && name !== null)
  if (named?.name) return named.name
  const sitting = sittingAt(life, position)
  return sitting === null ? 'The beginning' : momentIn(sitting, position, now)
}

customElements.define('vellum-versions', VellumVersions)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-versions': VellumVersions
  }
}
