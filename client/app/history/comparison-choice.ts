/** What a version is compared with: nothing, how its sitting began, or another version. */
import { html, nothing, type TemplateResult } from 'lit'
import { headOf, type Life, stopBefore } from './life.ts'
import { titleAt } from './version-rows.ts'
import type { Comparison } from './viewing.ts'

export interface ModeChanged {
  readonly comparison: Comparison
}

export interface ComparisonChoice {
  readonly life: Life
  readonly position: number
  readonly comparison: Comparison
  readonly changed: (event: ModeChanged) => void
}

/** As many as somebody looks through; the slider reaches the others. */
const OFFERED = 100

export function comparisonChoice(choice: ComparisonChoice): TemplateResult {
  const { comparison, position, changed } = choice
  // With what most look for: what came since; from the newest text, what came last.
  const base = position === headOf(choice.life) ? stopBefore(choice.life, position) : headOf(choice.life)
  const kinds: readonly (readonly [Comparison, string])[] = [
    [{ kind: 'none' }, 'Text'],
    [{ kind: 'sitting' }, 'What changed'],
    [{ kind: 'position', base }, 'Compare'],
  ]
  return html`<fieldset class="comparison">
      <legend class="hidden">What to show</legend>
      ${kinds.map(
        ([its, label]) => html`<label
          ><input
            type="radio"
            name="comparison"
            .checked=${comparison.kind === its.kind}
            @change=${() => changed({ comparison: its })}
          /><span>${label}</span></label
        >`,
      )}
    </fieldset>
    ${comparison.kind === 'position' ? bases(choice, comparison.base) : nothing}`
}

function bases({ life, changed }: ComparisonChoice, base: number): TemplateResult {
  const now = Date.now()
  const head = headOf(life)
  const named = life.versions.filter(({ name }) => name !== null).slice(0, OFFERED)
  const sittings = life.sittings.slice(-OFFERED).toReversed()
  const offered = new Set([0, head, ...named.map(({ seq }) => seq), ...sittings.map(({ to }) => to)])
  const option = (at: number, label: string): TemplateResult =>
    html`<option value=${at} .selected=${at === base}>${label}</option>`
  return html`<label class="base"
    >Compared with
    <select
      @change=${(event: Event) => {
        if (event.target instanceof HTMLSelectElement)
          changed({ comparison: { kind: 'position', base: Number(event.target.value) } })
      }}
    >
      ${offered.has(base) ? nothing : option(base, `${titleAt(life, base, now)}, edit ${base}`)}
      ${option(head, 'Now')}
      ${
        named.length === 0
          ? nothing
          : html`<optgroup label="Named versions">${named.filter(({ seq }) => seq !== head).map(({ seq, name }) => option(seq, name ?? ''))}</optgroup>`
      }
      <optgroup label="Sittings">
        ${sittings.filter(({ to }) => to !== head && !named.some(({ seq }) => seq === to)).map(({ to }) => option(to, titleAt({ ...life, versions: [] }, to, now)))}
      </optgroup>
      ${option(0, 'The beginning')}
    </select></label
  >`
}
