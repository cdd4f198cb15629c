/** Builds a page of this folder and serves it from memory. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

export interface Served {
  readonly url: string
  close(): void
}

export async function serveBench(): Promise<Served> {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false },
  })
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  const files = new Map(
    outputs.map((file) => [`/${file.fileName}`, 'code' in file ? file.code : file.source]),
  )
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const file = files.get(path)
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': type }).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/index.html`, close: () => server.close() }
}
