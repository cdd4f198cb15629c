/**
 * The reader's thread: all reads, on a read-only connection, so that none waits for a commit and none makes one wait.
 * The requests of one message see one state of the store. What is given back is transferred, never copied.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { seq } from '#shared/id.ts'
import { Damaged } from './port.ts'
import { faultText, isDamage } from './sqlite-fault.ts'
import { files } from './sqlite-format.ts'
import type { Close, Ending, Opening, ReaderAnswer, ReaderRequest, ThreadData } from './sqlite-message.ts'
import { PastReader } from './sqlite-past.ts'
import { Shelf } from './sqlite-shelf.ts'
import { SnapshotReader } from './sqlite-snapshots.ts'
import { stretchesOf } from './stretches.ts'

const CACHE_KIB = 512
/** Answers of one message are sent on in parts of about this size, so that small ones do not wait for large ones. */
const PART_BYTES = 1 << 20

const { folder } = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('this file is a thread of the SQLite log')

const database = new DatabaseSync(join(folder, files.store), { readOnly: true, returnArrays: true })
database.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`)
const shelf = new Shelf(database)
const snapshots = new SnapshotReader(database)
const past = new PastReader(database, shelf.pending)

port.on('message', (requests: readonly ReaderRequest[] | Close) => {
  if (requests === 'close') {
    database.close()
    port.close()
    return
  }
  try {
    shelf.together(() => answer(requests))
  } catch (error) {
    // The journal cannot be read: nobody can say what any document holds.
    port.postMessage({ kind: 'fatal', message: faultText(error) } satisfies Ending)
  }
})
port.postMessage({ kind: 'open' } satisfies Opening)

function answer(requests: readonly ReaderRequest[]): void {
  let answers: ReaderAnswer[] = []
  let transfer: ArrayBuffer[] = []
  let bytes = 0
  for (const request of requests) {
    const answer = serve(request)
    answers.push(answer)
    bytes += give(answer, transfer)
    if (bytes < PART_BYTES) continue
    port?.postMessage(answers, transfer)
    answers = []
    transfer = []
    bytes = 0
  }
  if (answers.length > 0) port?.postMessage(answers, transfer)
}

function serve(request: ReaderRequest): ReaderAnswer {
  try {
    switch (request[0]) {
      case 'outline':
        return shelf.outline(request[1])
      case 'read':
        return shelf.read(request[1], request[2], request[3])
      case 'stretches':
        return {
          stretches: stretchesOf(shelf.written(request[1], request[2]), {
            most: request[3],
            pauseMs: request[4],
          }),
        }
      case 'checkpoint':
        return shelf.checkpoint(request[1])
      case 'milestone':
        return past.milestone(request[1], request[2])
      case 'milestones':
        return { seqs: past.milestones(request[1]) }
      case 'boundaries':
        return { seqs: past.boundaries(request[1]) }
      case 'sizes':
        return past.sizes(request[1])
      case 'pushes':
        return shelf.pushes(request[1], { session: request[2], oldest: request[3], most: request[4] })
      case 'list':
        return shelf.list(request[1], { changed: request[2], document: request[3] })
      case 'describe':
        return shelf.describe(request[1])
      case 'erasable':
        return { names: shelf.erasable(request[1], request[2]) }
      case 'snapshot':
        return { snapshots: snapshots.get(request[1], request[2]) }
      case 'snapshots':
        return { snapshots: snapshots.list(request[1], request[2], { seq: seq(request[3]), id: request[4] }) }
    }
  } catch (error) {
    const damaged = error instanceof Damaged || isDamage(error)
    return { failure: damaged ? 'damaged' : 'failed', message: faultText(error) }
  }
}

/** Puts the buffers of an answer on the transfer list; their size in bytes. */
function give(answer: ReaderAnswer, transfer: ArrayBuffer[]): number {
  if (answer === null) return 0
  if ('updates' in answer) {
    transfer.push(answer.updates, answer.numbers.buffer)
    return answer.updates.byteLength + answer.numbers.byteLength
  }
  if ('state' in answer) {
    transfer.push(answer.state.buffer)
    if (!('knowledge' in answer)) return answer.state.byteLength
    transfer.push(answer.knowledge.buffer)
    return answer.state.byteLength + answer.knowledge.byteLength
  }
  return 0
}
