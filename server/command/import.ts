/** `import`: files as documents. */
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Format, formats } from '#server/content/port.ts'
import { documentId } from '#shared/id.ts'
import { type Command, exits, Failed, type Given, Misused } from './command.ts'
import { type Documents, type Made, Refused } from './documents.ts'
import { MANIFEST, Manifests } from './manifest.ts'
import { Progress } from './progress.ts'
import { reachOptions, withDocuments } from './reach.ts'
import { type Source, sourcesOf } from './source.ts'
import { plain, type Surroundings } from './surroundings.ts'
import { titleOf } from './title.ts'

/** Larger ones no server takes. */
const MAX_FILE_BYTES = 16 << 20

export const importing: Command = {
  name: 'import',
  usage: 'FILE… [--format FORMAT] [--into PREFIX]',
  more: [
    `Files are Markdown (.md, .markdown), HTML (.html, .htm), text (.txt), ProseMirror JSON (.json) or Yjs updates (.yjs). In folders other files, hidden ones and links are passed over.`,
    `The id of a document is where its file is below the folder that was named, without the ending: "import notes" makes notes/plan.md the document plan, and with --into team it is team/plan. Files of an export go back to where they came from, by its ${MANIFEST}.`,
    'Its title is that of its front matter, the heading it begins with, the title of an HTML page, or the name of the file.',
    'Where there is a document already it stays as it is, which counts as not done, unless --force writes the file into it: an edit like any other, which a snapshot or the history undoes. A file that cannot be taken is told, and the others go on.',
  ],
  options: {
    format: { value: 'FORMAT', does: `What files that are named one by one are: ${formats.join(', ')}.` },
    into: { value: 'PREFIX', does: 'Put before each id, with a slash between.' },
    force: { value: null, does: 'Writes into documents that are there already.' },
    json: {
      value: null,
      does: 'Writes one JSON object a file: {"file", "id", "outcome": "made", "written", "left" or "failed"}.',
    },
    ...reachOptions,
  },
  least: 1,
  most: 100_000,
  run: async (given, around) => {
    const format = given.choice('format', formats)
    const into = given.text('into')
    if (into !== null && documentId(into) === null)
      throw new Misused('--into must be what an id may begin with: no empty, "." or ".." part.')
    const { files, passedOver } = await sourcesOf(given.words, format)
    return withDocuments(given, around, async (documents) => {
      const counts = await imported(files, { documents, into, given, around })
      if (!given.flag('json')) await around.out.write(`${sentenceOf(counts, passedOver)}\n`)
      return counts.failed + counts.left === 0 ? exits.done : exits.failed
    })
  },
}

interface Importing {
  readonly documents: Documents
  readonly into: string | null
  readonly given: Given
  readonly around: Surroundings
}

type Outcome = 'made' | 'written' | 'left' | 'failed'

async function imported(
  files: readonly Source[],
  parts: Importing,
): Promise<Readonly<Record<Outcome, number>>> {
  const { given, around } = parts
  const progress = new Progress(around, { does: 'importing', all: files.length, say: String })
  const manifests = new Manifests()
  const counts = { made: 0, written: 0, left: 0, failed: 0 }
  for (const [index, source] of files.entries()) {
    const target = { id: '' }
    let outcome: Outcome = 'failed'
    let reason: string | null = null
    try {
      outcome = await importOne(source, target, manifests, parts)
      if (outcome === 'left')
        reason = `there is a document ${plain(target.id)} already (--force writes into it).`
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      reason = error.message
    }
    counts[outcome] += 1
    if (reason !== null) around.progress.say(`${plain(source.path)}: ${reason}`)
    if (given.flag('json')) {
      const told = { file: source.path, id: target.id, outcome, ...(reason !== null && { reason }) }
      await around.out.write(`${JSON.stringify(told)}\n`)
    }
    progress.at(index + 1, source.name)
  }
  progress.end()
  return counts
}

async function importOne(
  source: Source,
  target: { id: string },
  manifests: Manifests,
  { documents, into, given }: Importing,
): Promise<Outcome> {
  const manifest = await manifests.of(source.path)
  const noted = manifest?.get(basename(source.path))
  const name = noted?.id ?? source.name
  target.id = into === null ? name : `${into}/${name}`
  const id = documentId(target.id)
  if (id === null)
    throw new Failed(
      'Its name cannot be an id: 1 to 255 bytes, no control characters, no empty, "." or ".." part.',
    )
  const content = await contentOf(source.path)
  const format: Format = noted?.format ?? source.format
  const kind = noted?.kind === 'any' && format === 'yjs' ? 'any' : 'page'
  const made = {
    kind,
    title: noted?.title ?? titleOf(format, content, source.path),
    format,
    content,
  } as const
  if (await isMade(documents, id, made)) return 'made'
  if (!given.flag('force')) return 'left'
  await documents.write(id, made)
  return 'written'
}

/** A Yjs update that is no page of ours is another editor's, where nothing is noted of it. */
async function isMade(documents: Documents, id: string, made: Made): Promise<boolean> {
  try {
    return await documents.make(id, made)
  } catch (error) {
    const isOther = error instanceof Refused && error.problem === 'invalid-content' && made.format === 'yjs'
    if (!isOther) throw error
    return documents.make(id, { ...made, kind: 'any' })
  }
}

async function contentOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Failed('It is larger than a document may be.')
    return new Uint8Array(await readFile(path))
  } catch (error) {
    if (error instanceof Failed) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Failed(`It cannot be read (${code}).`, { cause: error })
  }
}

function sentenceOf(
  { made, written, left, failed }: Readonly<Record<Outcome, number>>,
  passedOver: number,
): string {
  const parts = [
    `${made} imported`,
    ...(written === 0 ? [] : [`${written} written over`]),
    ...(left === 0 ? [] : [`${left} left as they were`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(passedOver === 0 ? [] : [`${passedOver} other files passed over`]),
  ]
  return `${parts.join(', ')}.`
}
