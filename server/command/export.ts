/** `export`: documents as files in a folder. */

import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { type Format, formats } from '#server/content/port.ts'
import { type Command, type Exit, exits, Failed, type Given, Misused } from './command.ts'
import type { Document, Documents } from './documents.ts'
import { fileNameOf } from './file-name.ts'
import { MANIFEST, type Noted, note, notedIn, rewrite } from './manifest.ts'
import { Progress } from './progress.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { plain, type Surroundings } from './surroundings.ts'

export const extensions: Readonly<Record<Format, string>> = {
  markdown: 'md',
  html: 'html',
  text: 'txt',
  json: 'json',
  yjs: 'yjs',
}

export const exporting: Command = {
  name: 'export',
  usage: 'DIR (--all | ID…) [--format FORMAT]',
  more: [
    `FORMAT is one of ${formats.join(', ')}; markdown without it. What another Yjs editor made has no Markdown or HTML: it is written as yjs.`,
    `A file is called by its title and some letters that stand for its id. ${MANIFEST} in the folder notes which document each file is: "import" reads it, so that what was exported goes back to where it came from. json and yjs say everything a page says; other formats what they can say.`,
    'No file is replaced without --force. One document after the other is asked for; what is made after the export began is not in it.',
  ],
  options: {
    all: { value: null, does: 'All documents that the server shows you.' },
    format: { value: 'FORMAT', does: 'The format; markdown without it.' },
    force: {
      value: null,
      does: 'Replaces files that are there already, also those an export before this one called otherwise.',
    },
    json: { value: null, does: 'Writes one JSON object a document: {"id", "file"} or {"id", "failed"}.' },
    ...reachOptions,
  },
  least: 1,
  most: 100_000,
  run: (given, around) => {
    const [folder = '', ...ids] = given.words
    const format = given.choice('format', formats) ?? 'markdown'
    if (given.flag('all') === ids.length > 0)
      throw new Misused('Name documents by their ids, or all with --all.')
    return withDocuments(given, around, async (documents) => {
      const before = await prepare(folder, given.flag('force'))
      const wanted = given.flag('all')
        ? await documents.all((count) => {
            if (around.progress.isWatched) around.progress.over(`listing: ${count}`)
          })
        : ids
      return exported(wanted, { folder, format, before, documents, given, around })
    })
  },
}

interface Exporting {
  readonly folder: string
  readonly format: Format
  /** The names of files that an export before this one made here, by id. */
  readonly before: ReadonlyMap<string, string>
  readonly documents: Documents
  readonly given: Given
  readonly around: Surroundings
}

async function exported(wanted: readonly (Document | string)[], parts: Exporting): Promise<Exit> {
  const { given, around } = parts
  const progress = new Progress(around, { does: 'exporting', all: wanted.length, say: String })
  let done = 0
  let failed = 0
  for (const [index, one] of wanted.entries()) {
    const id = typeof one === 'string' ? one : one.id
    try {
      const startedAt = around.now()
      const file = await exportOne(one, parts)
      // Others write on this server: half of its time stays theirs.
      if (parts.documents.isShared) await later(around.now() - startedAt)
      done += 1
      if (given.flag('json')) await around.out.write(`${JSON.stringify({ id, file })}\n`)
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      failed += 1
      around.progress.say(`${plain(id)}: ${error.message}`)
      if (given.flag('json')) await around.out.write(`${JSON.stringify({ id, failed: error.message })}\n`)
    }
    progress.at(index + 1, id)
  }
  progress.end()
  if (!given.flag('json'))
    await around.out.write(
      `${done} exported to ${parts.folder}${failed === 0 ? '' : `, ${failed} failed`}.\n`,
    )
  return failed === 0 ? exits.done : exits.failed
}

/** Its file's name. Rejects with Failed. */
async function exportOne(
  one: Document | string,
  { folder, format, before, documents, given }: Exporting,
): Promise<string> {
  const found = typeof one === 'string' ? await documents.get(one) : one
  const { id, title, kind, seq } = found
  const written = kind === 'any' && (format === 'markdown' || format === 'html') ? 'yjs' : format
  const wanted = { format: written, at: null, snapshot: null, isStandalone: written === 'html' }
  const content = await documents.content(id, wanted)
  const file = fileNameOf(found, extensions[written])
  await put(join(folder, file), content, given.flag('force'))
  await note(folder, { file, id, title, kind, format: written, seq })
  const older = before.get(id)
  // It was called something else, or written in another format.
  if (older !== undefined && older !== file) await rm(join(folder, older), { force: true })
  return file
}

/** What an export before this one made here. Rejects with Failed. */
async function prepare(folder: string, isForced: boolean): Promise<ReadonlyMap<string, string>> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new Failed(`The folder ${folder} cannot be made: ${reasonOf(error)}.`, { cause: error })
  }
  const before: ReadonlyMap<string, Noted> | null = await notedIn(folder)
  if (before === null) return new Map()
  if (!isForced)
    throw new Failed(
      `${folder} holds an export already: name another folder, or replace its files with --force.`,
    )
  await rewrite(folder, before.values())
  return new Map([...before.values()].map(({ id, file }) => [id, file]))
}

/** Whole or not at all. */
async function put(path: string, content: Uint8Array, isForced: boolean): Promise<void> {
  const written = isForced ? `${path}.${process.pid}.part` : path
  let isOurs = false
  try {
    // Never through a link that somebody left there.
    const file = await open(written, 'wx', 0o600)
    isOurs = true
    try {
      await file.writeFile(content)
    } finally {
      await file.close()
    }
    if (isForced) await rename(written, path)
  } catch (error) {
    if (isOurs) await rm(written, { force: true })
    throw new Failed(`${path} cannot be written: ${reasonOf(error)}.`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EEXIST') return 'it is there already (--force replaces it)'
  if (code === 'ENOSPC') return 'the disk is full'
  return code === '' ? String(error) : code
}
