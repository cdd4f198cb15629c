/** `backup`: a copy of the store, also while the server writes in it. */
import { constants, setPriority } from 'node:os'
import { type Command, exits, Failed, shown } from './command.ts'
import { megabytes, Progress } from './progress.ts'
import { dataDirOf, reachOptions } from './reach.ts'

/** Of the time it takes, so much is left to those who write. */
const IDLE_SHARE = 0.5

export const backup: Command = {
  name: 'backup',
  usage: 'FILE [--data-dir DIR]',
  more: [
    'FILE is one state of all documents: everything that was acknowledged before the copy began is in it. It is there whole or not at all, and no file is replaced without --force. Give it to "verify" to be sure of it.',
    'Where people sign in, FILE.access beside it holds the sessions and links that let them in, and what people are called. Not in it are settings, among them AUTH_SECRET, and the audit log: copy that file yourself.',
    'To get it back: put FILE as vellum.db, and FILE.access as access.sqlite, into an empty folder, and start the server with that folder as DATA_DIR.',
  ],
  options: {
    'data-dir': reachOptions['data-dir'],
    force: { value: null, does: 'Replaces FILE where it is there already, once the copy is whole.' },
    json: {
      value: null,
      does: 'Writes {"file", "bytes", "access"}: the last is null where nobody ever had to sign in.',
    },
  },
  least: 1,
  most: 1,
  run: async (given, around) => {
    const [file = ''] = given.words
    // Where both want the processor, the server goes first. Threads that are made later take it over.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
    const { accessIn, assertStore, copyOf, storeIn } = await import('./store.ts')
    const folder = dataDirOf(given, around.env)
    assertStore(folder)
    let progress: Progress | null = null
    const forget: (() => void)[] = []
    const copy = (from: string, to: string, isStore: boolean) =>
      copyOf({
        from,
        isStore,
        to,
        replaces: given.flag('force'),
        idleShare: IDLE_SHARE,
        onBegun: (takeBack) => void forget.push(around.onInterrupted(takeBack)),
        onProgress: (copied, all) => {
          if (!isStore) return
          progress ??= new Progress(around, { does: 'copying', all, say: megabytes })
          progress.at(copied)
        },
      })
    try {
      const access = accessIn(folder)
      const beside = `${file}.access`
      if (access !== null) await copy(access, beside, false)
      const { bytes } = await copy(storeIn(folder), file, true)
      await around.out.write(
        given.flag('json')
          ? `${JSON.stringify({ file, bytes, access: access === null ? null : beside })}\n`
          : `${megabytes(bytes)} are in ${file}${access === null ? '' : `, sessions and links in ${beside}`}. "verify ${file}" reads all of it again.\n`,
      )
      return exits.done
    } catch (error) {
      if (error instanceof Failed) throw error
      throw new Failed(`${shown(file)} was not made: ${reasonOf(error)}`, { cause: error })
    } finally {
      for (const one of forget) one()
      ;(progress as Progress | null)?.end()
    }
  },
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const sentences: Readonly<Record<string, string>> = {
    ENOENT: 'its folder is not there.',
    EACCES: 'nothing may be written there.',
    EPERM: 'nothing may be written there.',
    EROFS: 'nothing can be written there.',
    ENOSPC: 'the disk is full.',
    EISDIR: 'it is a folder.',
  }
  return sentences[code] ?? (error instanceof Error ? error.message : String(error))
}
