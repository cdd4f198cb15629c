/**
 * What two who wrote at once would take from each other: words that one put into a block while the other made another
 * block of it, moved it, joined or divided it, or left it out. They are put where the words around them stand now; where
 * those are gone the block stays, with all that was in it.
 */
import * as Y from 'yjs'
import { Counterparts, type Letter } from './counterpart.ts'
import { keepBlocks, type Path } from './keeping.ts'
import { blockOf, Meeting, type MeetingEdits, type MetText, type Side, type Stretch } from './meeting.ts'
import { isPlain } from './text-run.ts'

/** The edit of one client that wrote nothing else, with what it needs so that nothing is lost. Throws what loading throws. */
export function rescued(
  base: readonly Uint8Array[],
  edits: MeetingEdits & { readonly client: number },
): Uint8Array {
  const { fixes } = fixesOf(base, edits, edits.client)
  return fixes === null ? edits.ours : Y.mergeUpdates([edits.ours, fixes])
}

/** What is to be written after two edits so that neither takes from the other, and the client it is written under. */
export function fixesOf(
  base: readonly Uint8Array[],
  edits: MeetingEdits,
  client?: number,
): { readonly fixes: Uint8Array | null; readonly client: number } {
  const meeting = new Meeting(base, edits)
  const { doc, root } = meeting
  const theirs = lostOf(meeting, 'since')
  const ours = lostOf(meeting, 'ours')
  if (client !== undefined) doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => void updates.push(update))
  doc.transact(() => {
    for (const fix of fromBehind([...theirs.fixes, ...ours.fixes])) fix.apply()
    keepBlocks(root, theirs.blocks, [...base, ...edits.since])
    keepBlocks(root, ours.blocks, [...base, edits.ours])
  })
  return { fixes: updates[0] ?? null, client: doc.clientID }
}

interface Fix {
  readonly text: Y.XmlText
  readonly index: number
  readonly apply: () => void
}

interface Lost {
  readonly fixes: readonly Fix[]
  /** Blocks that are to stay. */
  readonly blocks: readonly Path[]
}

/** What one side put in and the other took along. */
function lostOf(meeting: Meeting, side: Side): Lost {
  const remover = side === 'ours' ? 'since' : 'ours'
  const concerned = meeting.texts.flatMap((met) => {
    const removed = removedFrom(met, side, remover)
    return removed === null ? [] : [{ met, removed }]
  })
  const fixes: Fix[] = []
  const blocks: Path[] = meeting.nodes
    .filter((node) => node.from === side && node.removedBy === remover)
    .map(({ path }) => path)
  if (concerned.length === 0) return { fixes, blocks }
  const targets = meeting.texts.filter((met) => isTarget(met, remover))
  const counterparts = new Counterparts(targets.map(standing))
  for (const { met, removed } of concerned) {
    const letters = counterparts.of(removed.words)
    for (const { at, stretch } of removed.gained) {
      const place = placeOf(letters, at)
      const target = place === null ? undefined : targets[place.text]
      if (place === null || target === undefined) {
        if (met.removedBy !== null && stretch.words.trim() !== '') blocks.push(met.path)
        continue
      }
      if (target === met) continue
      fixes.push(inserting(target, place.offset, stretch))
      if (met.removedBy === null) fixes.push(removing(met, stretch.index, stretch.words.length))
    }
    for (const at of removed.takenByBoth) {
      const place = letters[at]
      const target = place === null || place === undefined ? undefined : targets[place.text]
      if (place && target !== undefined) fixes.push(removing(target, place.offset, 1))
    }
  }
  return { fixes, blocks }
}

interface Removed {
  /** Of the state both began at, what the other took away. */
  readonly words: string
  /** What this side had put in, and before which of those letters. */
  readonly gained: readonly { readonly at: number; readonly stretch: Stretch }[]
  /** Which of those letters this side had taken away, too. */
  readonly takenByBoth: readonly number[]
}

/** Null where nothing that this side did has gone, or stands apart from the words it belongs to. */
function removedFrom({ removedBy, stretches }: MetText, side: Side, remover: Side): Removed | null {
  if (removedBy !== null && removedBy !== remover) return null
  const isGone = removedBy === remover
  let words = ''
  const gained: { at: number; stretch: Stretch }[] = []
  const takenByBoth: number[] = []
  for (const [index, stretch] of stretches.entries()) {
    if (stretch.from === 'base' && (isGone || stretch.removedBy === remover)) {
      if (isGone && stretch.removedBy === side)
        for (let at = 0; at < stretch.words.length; at++) takenByBoth.push(words.length + at)
      words += stretch.words
    } else if (
      stretch.from === side &&
      (isGone ? isLost(stretch, side) : isStranded(stretches, index, remover))
    )
      gained.push({ at: words.length, stretch })
  }
  return gained.length + takenByBoth.length === 0 ? null : { words, gained, takenByBoth }
}

/** What a side took away again itself is not lost. What it put into a block that was gone went at once. */
function isLost(stretch: Stretch, side: Side): boolean {
  return side === 'ours' ? stretch.removedBy !== null : stretch.removedBy === 'ours'
}

/** Whether the words on both sides of it have gone from a text that stays. */
function isStranded(stretches: readonly Stretch[], index: number, remover: Side): boolean {
  const isGone = (one: Stretch | undefined) => one?.from === 'base' && one.removedBy === remover
  return stretches[index]?.removedBy === null && isGone(stretches[index - 1]) && isGone(stretches[index + 1])
}

/** Texts that stand and in which the other side wrote. */
function isTarget({ text, removedBy, stretches }: MetText, remover: Side): boolean {
  return removedBy === null && stretches.some(({ from }) => from === remover) && isPlain(text)
}

function standing({ stretches }: MetText): string {
  return stretches
    .filter(({ removedBy }) => removedBy === null)
    .map(({ words }) => words)
    .join('')
}

/** Beside the nearest letter that stands again. */
function placeOf(letters: readonly (Letter | null)[], at: number): Letter | null {
  for (let distance = 0; distance <= letters.length; distance++) {
    const before = letters[at - 1 - distance]
    if (before) return { ...before, offset: before.offset + 1 }
    const behind = letters[at + distance]
    if (behind) return behind
  }
  return null
}

function inserting({ text, path }: MetText, index: number, { words, marks }: Stretch): Fix {
  const isCode = blockOf(path)?.nodeName === 'code_block'
  const set = Object.entries(marks).filter(([, value]) => value !== null && !isCode)
  return { text, index, apply: () => text.insert(index, words, Object.fromEntries(set)) }
}

function removing({ text }: MetText, index: number, length: number): Fix {
  return { text, index, apply: () => text.delete(index, length) }
}

/** So that the places of the others stay right. */
function fromBehind(fixes: readonly Fix[]): Fix[] {
  return fixes.toReversed().sort((a, b) => b.index - a.index)
}
