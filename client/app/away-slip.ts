/** The slip that says what happened while this person was away, and shows where. Fetched when there is something to say. */
import type { VellumEditor } from '#client/editor/editor.ts'
import type { Meanwhile } from './away.ts'
import type { OpenedDocument } from './opened.ts'
import { personFrom } from './person.ts'
import { changes } from './saving.ts'
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

/** "Back online. 14 of your changes were sent. Ana and others changed 3 paragraphs while you were away." */
export function awayWords(
  { sent, authors, blocks, title }: Omit<Meanwhile, 'since'>,
  names: ReadonlyMap<number, string>,
): string {
  const known = new Set<string>()
  let unknown = authors.size === 0
  for (const client of authors) {
    const name = names.get(client)
    if (name === undefined) unknown = true
    else known.add(name)
  }
  const listed = [...known].sort((a, b) => a.localeCompare(b)).slice(0, MOST_NAMES)
  const others = unknown || known.size > MOST_NAMES
  const who = listed.length === 0 ? 'Others' : list.format(others ? [...listed, 'others'] : listed)
  const what = [
    ...(title ? ['the title'] : []),
    ...(blocks > 0 ? [blocks === 1 ? '1 paragraph' : `${blocks.toLocaleString()} paragraphs`] : []),
  ]
  const yours = sent === 0 ? '' : sent === 1 ? ' Your change was sent.' : ` Your ${changes(sent)} were sent.`
  return `Back online.${yours} ${who} changed ${list.format(what)} while you were away.`
}

const MOST_NAMES = 3
const list = new Intl.ListFormat('en')

function markedWords(count: number): string {
  if (count === 0) return 'What others changed is gone again, or cannot be shown.'
  return count === 1
    ? 'The place is marked until you dismiss this.'
    : `${count} places are marked until you dismiss this.`
}
