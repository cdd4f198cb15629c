/** The slip that says what happened while this person was away, and shows where. Fetched when there is something to say. */
import type { VellumEditor } from '#client/editor/editor.ts'
import type { Meanwhile } from './away.ts'
import { awayWords } from './away-words.ts'
import type { OpenedDocument } from './opened.ts'
import { personFrom } from './person.ts'
import { type SlipAction, slips } from './slips.ts'

export interface AwaySlip {
  readonly meanwhile: Meanwhile
  readonly opened: OpenedDocument
  /** The editor that shows the text; null where there is none. */
  readonly editor: () => VellumEditor | null
}

/** Lays the slip; returns what takes it away with its marks. */
export function layAwaySlip({ meanwhile, opened, editor }: AwaySlip): () => void {
  const { awareness } = opened
  const names = new Map<number, string>()
  let marked: number | null = null

  const hear = (): void => {
    for (const [client, state] of awareness.getStates())
      if (typeof state['user'] === 'object') names.set(client, personFrom(state['user'], client).name)
    if (marked === null) lay()
  }
  const show = async (): Promise<void> => {
    marked = (await editor()?.markChanges(meanwhile.since)) ?? 0
    if (marked > 0) editor()?.nextChange()
    lay()
  }
  const end = (): void => {
    awareness.off('change', hear)
    void editor()?.markChanges(null)
  }
  const lay = (): void => {
    const next: SlipAction = { label: 'Next', act: () => editor()?.nextChange() }
    const actions = marked === null ? [{ label: 'Show', act: () => void show() }] : marked > 1 ? [next] : []
    slips().lay({
      kind: 'away',
      text: marked === null ? awayWords(meanwhile, names) : markedWords(marked),
      actions: meanwhile.blocks === 0 ? [] : actions,
      dismissed: end,
    })
  }
  awareness.on('change', hear)
  hear()
  return () => {
    end()
    slips().take('away')
  }
}

function markedWords(count: number): string {
  if (count === 0) return 'What others changed is gone again, or cannot be shown.'
  return count === 1
    ? 'The place is marked until you dismiss this.'
    : `${count} places are marked until you dismiss this.`
}
