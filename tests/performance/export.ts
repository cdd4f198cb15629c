/** `node tests/performance/export.ts [DOCUMENTS] [ROUNDS]`: what people notice of an export of all documents. */
import { join } from 'node:path'
import { Program, pathOf } from '#tests/api/program.ts'
import { removeFolder, startServer, temporaryFolder } from '#tests/server-process.ts'
import { beside } from './beside.ts'

const [documents = '1000', rounds = '4'] = process.argv.slice(2)
const folder = await temporaryFolder()
try {
  await using server = await startServer({
    env: {
      KEEP_SNAPSHOTS: 'false',
      LOG_LEVEL: 'warn',
      MAX_NEW_DOCUMENTS_PER_HOUR: '0',
      MAX_REQUESTS_PER_SECOND: '0',
    },
  })
  const program = new Program(server)
  // About ten thousand characters.
  const markdown =
    `# A document\n\n${'Some **words** in a paragraph, as people write them. '.repeat(19)}\n\n`.repeat(10)
  for (let at = 0; at < Number(documents); at++) {
    const body = JSON.stringify({ title: `Document ${at}`, format: 'markdown', content: markdown })
    const headers = { 'content-type': 'application/json' }
    const { status, text } = await program.ask('PUT', pathOf(`exported/${at}`), { headers, body })
    if (status !== 201) throw new Error(text)
  }
  const command = (round: number) => ['export', join(folder, String(round)), '--all', '--url', server.url]
  const found = await beside({ server, rounds: Number(rounds), command })
  process.stdout.write(
    `An export of ${documents} documents while 20 people type 10 letters a second each:\n\n${found}`,
  )
} finally {
  await removeFolder(folder)
}
