/**
 * `<vellum-history>`: a document's versions: one of them to read, the way through all of them, and the way back to one.
 * It stands in the place of the document, which stays open below. Dispatches `vellum-history-left`.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { browserClock } from '#client/clock.ts'
import type { DocumentId } from '#shared/id.ts'
import type { OpenedDocument } from '../opened.ts'
import { PageElement } from '../page-element.ts'
import { isReading } from '../saving.ts'
import { titleOf } from '../title.ts'
import { type Author, authorsOf, SOMEONE } from './authors.ts'
import type { ModeChanged } from './comparison-choice.ts'
import { Course } from './course.ts'
import './history.css'
import { HistoryApi } from './history-api.ts'
import { historyBar } from './history-bar.ts'
import { headOf, type Life, namedAt, sittingAt } from './life.ts'
import './name-dialog.ts'
import './restore-dialog.ts'
import { timeBar } from './time-bar.ts'
import { PositionChanged, VellumTimeSlider } from './time-slider.ts'
import { emptyNote, refusalNote, versionActions } from './version-actions.ts'
import './version-list.ts'
import { titleAt } from './version-rows.ts'
import { VersionView } from './version-view.ts'
import { type Comparison, Viewing } from './viewing.ts'
import { stamp } from './words.ts'

export class VellumHistory extends PageElement {
  static override properties = {
    documentId: { attribute: false },
    opened: { attribute: false },
    position: { state: true },
    comparison: { state: true },
    showsList: { state: true },
    place: { state: true },
  }

  declare documentId: DocumentId
  declare opened: OpenedDocument
  /** Where somebody looks; null until the life is known. */
  declare position: number | null
  declare comparison: Comparison
  /** On a narrow screen, where it covers the text. */
  declare showsList: boolean
  /** Which of the places that changed was gone to; -1 for none. */
  declare place: number
  private api: HistoryApi | null = null
  private course: Course | null = null
  private viewing: Viewing | null = null
  private view: VersionView | null = null
  private authors: ReadonlyMap<string, Author> = new Map()
  /** The next text is of a version that was chosen: what changed in it is to be seen. */
  private seeks = false
  private endings: (() => void)[] = []

  constructor() {
    super()
    this.position = null
    this.comparison = { kind: 'sitting' }
    this.showsList = false
    this.place = -1
  }

  protected override firstUpdated(): void {
    const mount = this.querySelector<HTMLElement>('.vellum-text')
    if (mount === null) return
    const api = new HistoryApi(this.documentId)
    const authorOf = (author: string): Author => this.authors.get(author) ?? SOMEONE
    this.api = api
    this.view = new VersionView(mount, () => this.querySelector('.time')?.getBoundingClientRect().bottom ?? 0)
    this.viewing = new Viewing({
      api,
      view: this.view,
      clock: browserClock,
      authorOf,
      changed: this.viewChanged,
    })
    this.course = new Course({ api, opened: this.opened, clock: browserClock, changed: this.lifeChanged })
    const changed = (): void => this.requestUpdate()
    window.addEventListener('online', this.again)
    document.addEventListener('keydown', this.leaveByKey)
    this.endings = [
      this.opened.subscribe(changed),
      () => window.removeEventListener('online', this.again),
      () => document.removeEventListener('keydown', this.leaveByKey),
      () => this.course?.close(),
      () => this.viewing?.close(),
      () => this.view?.close(),
    ]
    this.querySelector<HTMLElement>('h1')?.focus()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.endings.splice(0)) end()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('position') || changed.has('comparison')) this.place = -1
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('showsList')) return
    const button = this.querySelector<HTMLElement>('.bar .when-narrow')
    const row = this.querySelector<HTMLElement>('.version-row[tabindex="0"]')
    if (this.showsList) row?.scrollIntoView({ block: 'center' })
    // Who chose by keys is not left where nothing is any more.
    if (this.showsList) row?.focus({ preventScroll: true })
    else if (this.querySelector('.versions')?.contains(document.activeElement) === true)
      button?.focus({ preventScroll: true })
  }

  private get life(): Life | null {
    return this.course?.life ?? null
  }

  private get mayWrite(): boolean {
    const { role, kind, ended } = this.opened
    return !isReading(role) && kind !== 'any' && ended === null
  }

  private readonly lifeChanged = (): void => {
    const { life } = this
    if (life !== null) {
      this.authors = authorsOf(life.sittings, this.course?.me ?? null)
      const head = headOf(life)
      // Who looks at the newest text goes on looking at it.
      if (this.position === null || this.position === this.head) this.go(head, false)
      this.head = head
    }
    this.requestUpdate()
  }

  private head = 0

  private readonly viewChanged = (): void => {
    const { viewing, view } = this
    if (this.seeks && viewing !== null && view !== null && !viewing.isBusy) {
      this.seeks = false
      if (viewing.shown !== null && viewing.shown.places > 0 && !view.showsChange) this.visit(1)
    }
    this.requestUpdate()
  }

  private readonly again = (): void => {
    if (this.course?.refusal != null) void this.course.read()
    if (this.viewing?.refusal != null) this.viewing.again()
    this.requestUpdate()
  }

  private go(position: number, isMoving: boolean): void {
    this.position = position
    this.look(isMoving)
  }

  private look(isMoving: boolean): void {
    const { life, position, comparison } = this
    if (life !== null && position !== null) this.viewing?.look({ life, position, comparison }, isMoving)
  }

  private readonly moved = (event: Event): void => {
    if (!(event instanceof PositionChanged)) return
    const bySlider = event.target instanceof VellumTimeSlider
    this.seeks = !bySlider
    if (!bySlider && !event.isOnTheWay) this.showsList = false
    this.go(event.position, bySlider)
  }

  private readonly compare = (event: ModeChanged): void => {
    this.comparison = event.comparison
    this.look(false)
  }

  private visit(step: 1 | -1): void {
    this.place = this.view?.visit(step) ?? -1
  }

  private readonly leaveByKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || this.querySelector('dialog[open]') !== null)
      return
    if (this.showsList) this.showsList = false
    else this.leave()
  }

  private readonly toggleList = (): void => {
    this.showsList = !this.showsList
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new Event('vellum-history-left', { bubbles: true }))
  }

  private readonly name = (): void => {
    const { api, life, position } = this
    const dialog = this.querySelector('vellum-name-version')
    if (api === null || life === null || position === null || dialog === null) return
    dialog.api = api
    const sitting = sittingAt(life, position)
    const when = titleAt({ sittings: sitting === null ? [] : [sitting], versions: [] }, position, Date.now())
    void dialog.open({ position, when, version: namedAt(life, position) })
  }

  private readonly restore = (): void => {
    const { api, life, position } = this
    if (api === null || life === null || position === null) return
    const sitting = sittingAt(life, position)
    // A name is read for years: today is only today.
    const title =
      namedAt(life, position)?.name ??
      (sitting === null ? 'the beginning' : stamp(position === sitting.to ? sitting.end : sitting.begin))
    void this.querySelector('vellum-restore')?.open({ api, life, position, title })
  }

  protected override render(): TemplateResult {
    const { life, position } = this
    const refusal = this.course?.refusal ?? null
    const isEmpty = life !== null && headOf(life) === 0
    return html`<div
      class="history ${this.showsList ? 'shows-list' : ''}"
      @vellum-position=${this.moved}
      @vellum-named=${() => void this.course?.read()}
      @vellum-restored=${this.leave}
    >
      ${historyBar({
        title: titleOf(this.opened.doc) || 'Untitled',
        actions: this.renderActions(life, position),
        showsList: life === null || isEmpty ? null : this.showsList,
        leave: this.leave,
        toggleList: this.toggleList,
      })}
      <div class="history-body">
        <main>
          ${life === null || isEmpty || position === null ? nothing : this.renderTime(life, position)}
          ${refusal === null ? nothing : refusalNote(refusal, life === null, this.again)}
          ${isEmpty ? emptyNote(this.leave) : nothing}
          ${life === null && refusal === null ? html`<p class="history-note quiet late">Reading the history…</p>` : nothing}
          <article class="version ${this.viewing?.refusal == null ? '' : 'other'}" ?hidden=${this.viewing?.shown == null}><div class="vellum-text"></div></article>
        </main>
        <aside class="versions" aria-label="Versions" ?hidden=${life === null || isEmpty}>
          ${
            life === null
              ? nothing
              : html`<vellum-versions .life=${life} .position=${position ?? 0} .authors=${this.authors}></vellum-versions>`
          }
        </aside>
      </div>
      <vellum-name-version></vellum-name-version>
      <vellum-restore></vellum-restore>
    </div>`
  }

  private renderActions(life: Life | null, position: number | null): unknown {
    if (life === null || headOf(life) === 0 || position === null) return nothing
    return versionActions({ life, position, mayWrite: this.mayWrite, name: this.name, restore: this.restore })
  }

  private renderTime(life: Life, position: number): TemplateResult {
    const { authors, comparison, place } = this
    const { shown = null, isBusy = true, refusal = null } = this.viewing ?? {}
    return timeBar({
      life,
      position,
      authors,
      comparison,
      shown: { shown, isBusy, refusal, place, isCompared: comparison.kind !== 'none' },
      compare: this.compare,
      go: (to) => this.step(to),
      visit: (step) => this.visit(step),
      again: this.again,
    })
  }

  private step(position: number): void {
    this.seeks = true
    this.go(position, false)
  }
}

customElements.define('vellum-history', VellumHistory)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-history': VellumHistory
  }
}
