/** Going back to a version, and going back on that. */
import { refusalFrom } from '../refusal.ts'
import { slips } from '../slips.ts'
import type { HistoryApi } from './history-api.ts'
import type { Life } from './life.ts'

export interface Restoring {
  readonly api: HistoryApi
  readonly life: Life
  readonly position: number
  /** What the version is called. */
  readonly title: string
}

/** As the server has it. */
const MAX_NAME = 200

/** Resolves when the text is that of the version. Rejects with Refusal, and then nothing has changed. */
export async function restore({ api, life, position, title }: Restoring): Promise<void> {
  const there = life.versions.find(({ seq }) => seq === position)
  const snapshot = there ?? (await api.name(position, null))
  const kept = await api.restore(snapshot.id).finally(() => {
    if (there === undefined)
      api.remove(snapshot.id).catch(() => {
        // It was only made to be restored. Where it stays, it is one more that has no name.
      })
  })
  if (kept === null) {
    slips().lay({
      kind: 'restored',
      text: `Nothing changed: the document says already what it said in the version “${title}”.`,
      actions: [],
    })
    return
  }
  await named(api, kept, `Before restoring ${title}`)
  slips().lay({
    kind: 'restored',
    text: `This is the version “${title}” again. What was here before is kept under Version history.`,
    actions: [{ label: 'Undo restore', act: () => void undo(api, kept) }],
  })
}

async function named(api: HistoryApi, kept: string, name: string): Promise<void> {
  await api.rename(kept, name.slice(0, MAX_NAME)).catch(() => {
    // Without a name it is harder to find, and there all the same.
  })
}

async function undo(api: HistoryApi, kept: string): Promise<void> {
  const lay = (text: string, label: string | null): void =>
    slips().lay({
      kind: 'restored',
      text,
      actions: label === null ? [] : [{ label, act: () => void undo(api, kept) }],
    })
  lay('Undoing…', null)
  try {
    const since = await api.restore(kept)
    if (since === null) return lay('The restore is undone already.', null)
    await named(api, since, 'Before undoing a restore')
    lay('The restore was undone. What was written since is kept under Version history.', null)
  } catch (error) {
    lay(`The restore could not be undone. ${refusalFrom(error).message}`, 'Try again')
  }
}
