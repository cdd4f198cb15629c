/** `node tests/performance/backup.ts [MEGABYTES] [ROUNDS]`: what people notice of a copy of the store, and what it holds. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { batch, entry } from '#tests/log/writing.ts'
import { removeFolder, startServer, temporaryFolder } from '#tests/server-process.ts'
import { beside } from './beside.ts'

const ENTRY_BYTES = 50_000
const GROUP = 20

const [megabytes = '200', rounds = '4'] = process.argv.slice(2)
const dataDir = await temporaryFolder()
try {
  const log = await openSqliteLog({
    folder: dataDir,
    onFatal: (error) => {
      throw error
    },
  })
  const update = new Uint8Array(ENTRY_BYTES).map((_, index) => index % 251)
  const groups = Math.ceil((Number(megabytes) * 1e6) / ENTRY_BYTES / GROUP)
  for (let group = 0; group < groups; group++)
    await log.commit(
      Array.from({ length: GROUP }, (_, index) =>
        batch(`ballast-${group}-${index}`, [entry('', { update })]),
      ),
    )
  await log.close()
  await using server = await startServer({ dataDir, env: { KEEP_SNAPSHOTS: 'false', LOG_LEVEL: 'warn' } })
  const file = join(dataDir, 'copy')
  const command = (): readonly string[] => {
    rmSync(file, { force: true })
    return ['backup', file, '--data-dir', dataDir]
  }
  const found = await beside({ server, rounds: Number(rounds), command })
  process.stdout.write(`A copy of ${megabytes} MB while 20 people type 10 letters a second each:\n\n${found}`)
} finally {
  await removeFolder(dataDir)
}
