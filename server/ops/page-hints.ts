/** What a document's page will ask for later, as a `Link` header, from the manifest the builder writes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Faces every document shows: Latin letters of the text and of what is around it. */
const FACES = ['inter-latin-wght-normal.woff2', 'source-serif-4-latin-wght-normal.woff2']

interface Built {
  readonly file: string
  readonly isEntry?: boolean
  readonly dynamicImports?: readonly string[]
}

/** '' where the builder left no manifest: the page then works the same, a moment later. */
export async function documentHints(dist: string): Promise<string> {
  const manifest = await readManifest(join(dist, '.vite/manifest.json'))
  const hints: string[] = []
  for (const [source, built] of Object.entries(manifest)) {
    if (FACES.some((face) => source.endsWith(`/${face}`)))
      hints.push(`</${built.file}>; rel=preload; as=font; type="font/woff2"; crossorigin`)
    for (const part of (built.isEntry && built.dynamicImports) || []) {
      const file = manifest[part]?.file
      if (file !== undefined) hints.push(`</${file}>; rel=modulepreload`)
    }
  }
  return hints.join(', ')
}

async function readManifest(path: string): Promise<Readonly<Record<string, Built>>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, Built>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
