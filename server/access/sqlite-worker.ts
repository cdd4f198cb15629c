/** The thread of the access store: opens the file, says so, then answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { type AccessAnswer, type AccessRequest, AccessTables } from './sqlite-tables.ts'

const say = (answer: AccessAnswer): void => parentPort?.postMessage(answer)
const failed = (error: unknown): AccessAnswer => ({
  kind: 'failed',
  message: error instanceof Error ? error.message : 'it cannot be opened',
})

/** One commit for all of them; what one of them did wrong is told to that one. */
function answersTo(tables: AccessTables, requests: readonly AccessRequest[]): readonly AccessAnswer[] {
  try {
    return tables.together(() =>
      requests.map((request): AccessAnswer => {
        try {
          return { kind: 'done', value: tables.answer(request) }
        } catch (error) {
          return failed(error)
        }
      }),
    )
  } catch (error) {
    return requests.map(() => failed(error))
  }
}

try {
  const { folder } = workerData as { readonly folder: string }
  const tables = new AccessTables(folder)
  let waiting: AccessRequest[] = []
  const work = (): void => {
    const requests = waiting
    waiting = []
    for (const answer of answersTo(tables, requests)) say(answer)
  }
  parentPort?.on('message', (request: AccessRequest | 'close') => {
    if (request === 'close') {
      work()
      tables.close()
      parentPort?.close()
      return
    }
    // What came while the disk was at work is committed together.
    if (waiting.push(request) === 1) setImmediate(work)
  })
  say({ kind: 'done', value: null })
} catch (error) {
  say(failed(error))
}
