/** The thread of the access store: opens the file, says so, then answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { type AccessAnswer, type AccessRequest, AccessTables } from './sqlite-tables.ts'

const say = (answer: AccessAnswer): void => parentPort?.postMessage(answer)
const failed = (error: unknown): AccessAnswer => ({
  kind: 'failed',
  message: error instanceof Error ? error.message : 'it cannot be opened',
})

try {
  const { folder } = workerData as { readonly folder: string }
  const tables = new AccessTables(folder)
  parentPort?.on('message', (request: AccessRequest | 'close') => {
    if (request === 'close') {
      tables.close()
      parentPort?.close()
      return
    }
    try {
      say({ kind: 'done', value: tables.answer(request) })
    } catch (error) {
      say(failed(error))
    }
  })
  say({ kind: 'done', value: null })
} catch (error) {
  say(failed(error))
}
