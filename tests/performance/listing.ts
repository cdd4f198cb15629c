/** `npx node tests/performance/listing.ts [documents]`: listing many documents page by page, beside listing 20. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { batch } from '#tests/log/writing.ts'
import { startServer } from '#tests/server-process.ts'
import { quantile } from './report.ts'

const documents = Number(process.argv[2] ?? '10000')
const ROUNDS = 200
const PAGE = 20
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

async function serverWith(count: number) {
  const dataDir = mkdtempSync(join(tmpdir(), 'vellum-listing-'))
  const log = await openSqliteLog({
    folder: dataDir,
    onFatal: (error) => {
      throw error
    },
  })
  for (let from = 0; from < count; from += 100)
    await log.commit(
      Array.from({ length: Math.min(100, count - from) }, (_, index) =>
        batch(`small ${from + index}`, ['words']),
      ),
    )
  await log.close()
  return { dataDir, server: await startServer({ dataDir, env: { MAX_REQUESTS_PER_SECOND: '0' } }) }
}

const [few, many] = [await serverWith(PAGE), await serverWith(documents)]
async function page(
  base: string,
  cursor: string | null,
): Promise<{ readonly ms: number; readonly next: string | null }> {
  const from = performance.now()
  const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
  const response = await fetch(`${base}/v1/documents?limit=${PAGE}${query}`)
  const { next } = (await response.json()) as { next: string | null }
  return { ms: performance.now() - from, next }
}

// In turns, so that whatever else the machine does falls on both alike.
const times: { few: number[]; many: number[] } = { few: [], many: [] }
let cursor: string | null = null
for (let round = 0; round < ROUNDS; round++) {
  const one = await page(few.server.url, null)
  const other: Awaited<ReturnType<typeof page>> = await page(many.server.url, cursor)
  cursor = other.next
  if (round < 20) continue
  times.few.push(one.ms)
  times.many.push(other.ms)
}
for (const share of [0.5, 0.95]) {
  const [a, b] = [quantile(times.few, share), quantile(times.many, share)]
  say(
    `p${share * 100}: a page of ${PAGE} documents ${a.toFixed(2)} ms, of ${documents} ${b.toFixed(2)} ms, ratio ${(b / a).toFixed(2)}`,
  )
}
for (const { server, dataDir } of [few, many]) {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
}
