/** Which snapshot somebody means who names it by its id or by its name. */
import { Failed, shown } from './command.ts'
import type { Documents } from './documents.ts'

/** Its id. Rejects with Failed where there is none, or more than one. */
export async function snapshotCalled(documents: Documents, id: string, called: string): Promise<string> {
  let found: string | null = null
  for await (const snapshot of documents.snapshots(id)) {
    if (snapshot.id === called) return snapshot.id
    if (snapshot.name !== called) continue
    if (found !== null)
      throw new Failed(
        `Several snapshots are called ${shown(called)}: name one by its id ("snapshot ID --list").`,
      )
    found = snapshot.id
  }
  if (found !== null) return found
  throw new Failed(
    `There is no snapshot ${shown(called)} of this document ("snapshot ID --list" shows them).`,
  )
}
