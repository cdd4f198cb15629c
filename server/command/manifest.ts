/** What an export notes beside its files: which document each one is, so that an import finds its way back. */
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { formats } from '#server/content/port.ts'
import { maxTitleLength } from '#shared/schema/document.ts'
import { Failed } from './command.ts'

/** One JSON object a line; of two lines about one file or one document the later one counts. */
export const MANIFEST = 'vellum-export.jsonl'

const Line = z.object({
  file: z.string().regex(/^(?!\.{1,2}$)[^/\\]+$/),
  id: z.string(),
  title: z.string().max(maxTitleLength),
  kind: z.enum(['none', 'page', 'any']),
  format: z.enum(formats),
  seq: z.int(),
})

export type Noted = z.infer<typeof Line>

/** Begins it anew with these lines, whole or not at all. */
export async function rewrite(folder: string, lines: Iterable<Noted>): Promise<void> {
  const path = join(folder, MANIFEST)
  await writeFile(`${path}.part`, [...lines].map((line) => `${JSON.stringify(line)}\n`).join(''))
  await rename(`${path}.part`, path)
}

export async function note(folder: string, line: Noted): Promise<void> {
  await appendFile(join(folder, MANIFEST), `${JSON.stringify(line)}\n`)
}

/** By the name of the file; null where the folder has none. Rejects with Failed for one that is not ours. */
export async function notedIn(folder: string): Promise<ReadonlyMap<string, Noted> | null> {
  let text: string
  try {
    text = await readFile(join(folder, MANIFEST), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Failed(`${join(folder, MANIFEST)} cannot be read.`, { cause: error })
  }
  const byId = new Map<string, Noted>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const found = Line.safeParse(parsed(line))
    if (!found.success) throw new Failed(`${join(folder, MANIFEST)}: line ${index + 1} is not of an export.`)
    // Taken out first, so that the order is that of the latest lines.
    byId.delete(found.data.id)
    byId.set(found.data.id, found.data)
  }
  return new Map([...byId.values()].map((noted) => [noted.file, noted]))
}

/** Manifests of the folders that files lie in, each read once. */
export class Manifests {
  readonly #read = new Map<string, Promise<ReadonlyMap<string, Noted> | null>>()

  /** What is noted of the folder of this file; null where nothing is. */
  of(path: string): Promise<ReadonlyMap<string, Noted> | null> {
    const folder = dirname(path)
    const known = this.#read.get(folder) ?? notedIn(folder)
    this.#read.set(folder, known)
    return known
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Told like a line that is something else.
    return null
  }
}
