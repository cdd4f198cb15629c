/** The way through time: where one looks, the slider, and what is compared. */
import { html, nothing, type TemplateResult } from 'lit'
import { isFinal } from '../refusal.ts'
import type { Author } from './authors.ts'
import { comparisonChoice, type ModeChanged } from './comparison-choice.ts'
import { type HistoryIcon, historyIcon } from './history-icon.ts'
import { headOf, type Life, stopAfter, stopBefore } from './life.ts'
import './time-slider.ts'
import type { Comparison } from './viewing.ts'
import { legend, positionWords, type State, stateWords } from './wording.ts'

export interface TimeBar {
  readonly life: Life
  readonly position: number
  readonly authors: ReadonlyMap<string, Author>
  readonly comparison: Comparison
  readonly shown: State
  readonly compare: (event: ModeChanged) => void
  readonly go: (position: number) => void
  readonly visit: (step: 1 | -1) => void
  readonly again: () => void
}

export function timeBar(bar: TimeBar): TemplateResult {
  const { life, position, authors, comparison } = bar
  const words = positionWords({ life, position, authors, now: Date.now() })
  const head = headOf(life)
  return html`<section class="time" aria-label="Which version">
    <div class="time-line">
      <p class="moment" title=${words.spoken}><bdi>${words.title}</bdi> <span class="quiet">${words.more}</span></p>
      ${comparisonChoice({ life, position, comparison, changed: bar.compare })}
    </div>
    <div class="time-line slide">
      ${stop('before', 'Sitting before', { isEnd: position === 0, act: () => bar.go(stopBefore(life, position)) })}
      <vellum-time-slider
        .life=${life}
        .position=${position}
        .words=${words.spoken}
        .authors=${authors}
      ></vellum-time-slider>
      ${stop('after', 'Sitting after', { isEnd: position >= head, act: () => bar.go(stopAfter(life, position)) })}
    </div>
    ${renderState(bar)}
  </section>`
}

function renderState({ life, authors, shown: state, visit, again }: TimeBar): TemplateResult {
  const { shown, refusal } = state
  const hasChanges = refusal === null && shown !== null && shown.places > 0
  return html`<div class="time-line state">
    <p role="status">${stateWords(state, life)}</p>
    ${refusal === null || isFinal(refusal) ? nothing : html`<button class="link" @click=${again}>Try again</button>`}
    ${
      hasChanges
        ? html`<span class="places"
            >${stop('previous', 'Previous change', { isEnd: false, act: () => visit(-1) })}${stop('next', 'Next change', { isEnd: false, act: () => visit(1) })}</span
          >${legend({ life, wish: shown.wish, authors })}`
        : nothing
    }
  </div>`
}

interface Stop {
  /** Nothing lies that way. It stays reachable, so that who walks by keys is not thrown out of the row. */
  readonly isEnd: boolean
  readonly act: () => void
}

function stop(sign: HistoryIcon, label: string, { isEnd, act }: Stop): TemplateResult {
  return html`<button
    class="icon-button"
    aria-label=${label}
    aria-disabled=${isEnd ? 'true' : nothing}
    data-tip=${label}
    @click=${() => {
      if (!isEnd) act()
    }}
  >
    ${historyIcon(sign)}
  </button>`
}
