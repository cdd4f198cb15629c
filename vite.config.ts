import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname

/** Builds client/app into dist/. Everything is a file of its own: the page's policy allows nothing inline. */
export default defineConfig({
  root: join(here, 'client/app'),
  base: '/',
  publicDir: false,
  plugins: [slimIcons(), compressed()],
  build: {
    outDir: join(here, 'dist'),
    emptyOutDir: true,
    // The first versions that know light-dark(), popover and adopted style sheets.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // Fonts and icons as data: URLs would be refused by the policy.
    assetsInlineLimit: 0,
    // Every browser of `target` preloads modules by itself.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
})

/** Icons without what only a file of its own needs: the licence is in the package, the name space in every page. */
function slimIcons(): Plugin {
  return {
    name: 'vellum-slim-icons',
    enforce: 'pre',
    async load(id) {
      const [path = '', query] = id.split('?')
      if (query !== 'raw' || !path.includes('/lucide-static/')) return null
      const svg = (await readFile(path, 'utf8'))
        .replace(/<!--.*?-->\s*/s, '')
        .replace(/\s+(?:class|xmlns)="[^"]*"/g, '')
        .replace(/\s*\n\s*/g, ' ')
        .replaceAll('> <', '><')
        .trim()
      return `export default ${JSON.stringify(svg)}`
    },
  }
}

/** Lays a .br and a .gz beside every file that is text, so that serving one costs no compression. */
function compressed(): Plugin {
  return {
    name: 'vellum-compressed',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))
      await Promise.all(texts.map((name) => compress(join(dir, name))))
    },
  }
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path)
  await Promise.all([
    promisify(brotliCompress)(bytes).then((small) => writeFile(`${path}.br`, small)),
    promisify(gzip)(bytes, { level: 9 }).then((small) => writeFile(`${path}.gz`, small)),
  ])
}
