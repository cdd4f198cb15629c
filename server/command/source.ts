/** Which files an import takes: those that are named, and those that are in folders that are named. */
import { type Dirent, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { Format } from '#server/content/port.ts'
import { Failed } from './command.ts'
import { MANIFEST } from './manifest.ts'

export interface Source {
  readonly path: string
  /** Where it is below the folder that was named, with `/`, without its ending. */
  readonly name: string
  readonly format: Format
}

const endings: Readonly<Record<string, Format>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.txt': 'text',
  '.json': 'json',
  '.yjs': 'yjs',
}

export interface Sources {
  readonly files: readonly Source[]
  /** Files in folders whose ending says nothing. */
  readonly passedOver: number
}

/** `format` is that of files that are named one by one; null to go by their endings. Rejects with Failed. */
export async function sourcesOf(paths: readonly string[], format: Format | null): Promise<Sources> {
  const files: Source[] = []
  let passedOver = 0
  for (const path of paths) {
    if (isFolder(path)) {
      for await (const below of filesBelow(path)) {
        if (basename(below) === MANIFEST) continue
        const known = formatOf(below)
        if (known === null) passedOver += 1
        else files.push({ path: join(path, below), name: bare(below), format: known })
      }
      continue
    }
    const known = format ?? formatOf(path)
    if (known === null)
      throw new Failed(`${path}: its ending does not say what it is. Say it with --format, or use ${all()}.`)
    files.push({ path, name: bare(basename(path)), format: known })
  }
  return { files, passedOver }
}

function formatOf(path: string): Format | null {
  return endings[extname(path).toLowerCase()] ?? null
}

function bare(path: string): string {
  return path.slice(0, path.length - extname(path).length)
}

function all(): string {
  return Object.keys(endings).join(', ')
}

function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new Failed(`There is no file or folder ${path}.`)
  return found.isDirectory()
}

/** Names relative to the folder, in order. Hidden ones and links are left alone: a link may lead anywhere. */
async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<string, void> {
  const entries: Dirent[] = await readdir(join(folder, prefix), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(folder, name)
    else if (entry.isFile()) yield name
  }
}
