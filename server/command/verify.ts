/** `verify`: whether a store, or a copy of one, holds what it says it holds. */
import { existsSync, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import type { Finding, RemovableRow } from '#server/log/finding.ts'
import { advice } from './advice.ts'
import { type Command, exits, Misused } from './command.ts'
import { Progress } from './progress.ts'
import { dataDirOf, reachOptions } from './reach.ts'
import { rebuild } from './rebuilding.ts'
import { plain } from './surroundings.ts'

export const verify: Command = {
  name: 'verify',
  usage: '[FILE] [--data-dir DIR]',
  more: [
    'FILE is a copy made by "backup", with FILE.access beside it where there is one; without it the store in the data folder is read, also while the server runs. Nothing is changed without --repair. Each thing that is wrong is one line: in which document, what, and what to do. The exit code is then 1.',
    'States are what lies beside the entries so that they are read quickly (checkpoints, milestones): each is made anew from the entries and compared.',
    'With --json each is an object {"kind", "document", "what", "advice"}, and the last line is {"documents", "entries", "states", "snapshots", "wrong"}. Ids of documents are written, and nothing of what is in them.',
  ],
  options: {
    'data-dir': reachOptions['data-dir'],
    repair: {
      value: null,
      does: 'Takes away what is wrong and can be done without: states, and snapshots. The server must be stopped.',
    },
    json: { value: null, does: 'Writes one JSON object a line.' },
  },
  least: 0,
  most: 1,
  run: async (given, around) => {
    // Where both want the processor, the server goes first. Threads that are made later take it over.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
    const { accessBeside, accessIn, agree, assertStore, builder } = await import('./store.ts')
    const { checkAccess, checkOf, remove, storeIn, unpacked } = await import('./store.ts')
    const [file] = given.words
    const folder = dataDirOf(given, around.env)
    const isRepair = given.flag('repair')
    if (file === undefined) assertStore(folder)
    else if (isRepair)
      throw new Misused('--repair is for the store of a server (--data-dir), not for a copy.')
    const isFolder = file !== undefined && existsSync(file) && statSync(file).isDirectory()
    const path = file === undefined ? storeIn(folder) : isFolder ? storeIn(file) : join(file)
    const access = file === undefined ? accessIn(folder) : isFolder ? accessIn(file) : accessBeside(path)
    const isJson = given.flag('json')
    const removable: { document: string; row: RemovableRow }[] = []
    const found: Finding[] = []
    const counts = { documents: 0, entries: 0, states: 0, snapshots: 0, wrong: 0 }
    const told = async (): Promise<void> => {
      for (const finding of found.splice(0)) {
        counts.wrong += 1
        const { kind, document, what, row } = finding
        if (row !== undefined && document !== null) removable.push({ document, row })
        await around.out.write(
          isJson
            ? `${JSON.stringify({ kind, document, what, advice: advice[kind] })}\n`
            : `${document === null ? '' : `${plain(document)}: `}${what}. ${advice[kind]}\n`,
        )
      }
    }
    const check = await checkOf(path, (finding) => void found.push(finding))
    const history = builder()
    try {
      const progress = new Progress(around, { does: 'verifying', all: check.size, say: String })
      check.whole()
      for (const what of access === null ? [] : checkAccess(access))
        found.push({ kind: 'access-damaged', document: null, what })
      await told()
      for (const name of check.names()) {
        await check.document(name, async (document) => {
          const onFinding = (kind: Finding['kind'], what: string, row?: RemovableRow) =>
            void found.push({ kind, document: name, what, ...(row !== undefined && { row }) })
          counts.snapshots += document.snapshots()
          counts.states += await rebuild(document, { history, agree, unpacked, onFinding })
          counts.entries += document.isDeleted ? 0 : document.seq
        })
        counts.documents += 1
        progress.at(counts.documents, name)
        await told()
      }
      progress.end()
    } finally {
      await history.close()
      check.close()
    }
    await around.out.write(
      isJson ? `${JSON.stringify(counts)}\n` : `${sentenceOf(counts, access !== null)}\n`,
    )
    if (isRepair && removable.length > 0) {
      await remove(folder, removable)
      around.progress.say(
        `${removable.length} taken away. Verify again: what is left is not to be mended so.`,
      )
    }
    return counts.wrong === 0 ? exits.done : exits.failed
  },
}

interface Looked {
  readonly documents: number
  readonly entries: number
  readonly states: number
  readonly snapshots: number
  readonly wrong: number
}

function sentenceOf({ documents, entries, states, snapshots, wrong }: Looked, withAccess: boolean): string {
  const all = `${documents} documents, ${entries} entries, ${states} states rebuilt, ${snapshots} snapshots`
  const looked = `${all}${withAccess ? ', sessions and links' : ''}`
  if (wrong === 0) return `All is well: ${looked}.`
  return `${wrong === 1 ? 'One thing is' : `${wrong} things are`} wrong: ${looked}.`
}
