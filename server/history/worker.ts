/** The thread's side of thread.ts: holds the runs under way and does one step of one of them at a time. */
import { parentPort } from 'node:worker_threads'
import { unpack } from './piece.ts'
import { begin, type Outcome, type Run } from './task.ts'
import type { Answer, Step } from './thread.ts'

const port = parentPort
if (port === null) throw new TypeError('this file is the body of a thread')

const runs = new Map<number, Run>()

port.on('message', (step: Step) => {
  const started = performance.now()
  let answer: Answer
  try {
    const outcome = advance(step)
    answer = { kind: 'done', outcome, ms: performance.now() - started }
  } catch (error) {
    runs.delete(step.run)
    answer = { ...failed(error), ms: performance.now() - started }
  }
  port.postMessage(answer, answer.kind === 'done' ? buffers(answer.outcome) : [])
})

function advance(step: Step): Outcome | null {
  if (step.begin !== null) runs.set(step.run, begin(step.begin.task, step.begin.start))
  // The buffers were handed over to this thread. Waiting for a collection would add megabytes of dead ones.
  if (step.begin?.start) free(step.begin.start.state)
  if (step.then === 'drop') {
    runs.delete(step.run)
    return null
  }
  const run = runs.get(step.run)
  if (run === undefined) throw new TypeError('a step of a run that was not begun')
  if (step.piece !== null) {
    run.add(unpack(step.piece))
    free(step.piece.bytes)
  }
  if (step.then === 'wait') return null
  runs.delete(step.run)
  return run.finish()
}

function free(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0)
}

/** What can be handed over instead of cloned: buffers that hold nothing but one result. */
function buffers(outcome: Outcome | null): ArrayBuffer[] {
  if (outcome?.kind === 'diff') return whole(outcome.update)
  if (outcome?.kind === 'build') return [...whole(outcome.built.state), ...whole(outcome.built.knowledge)]
  return []
}

function whole(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? [bytes.buffer]
    : []
}

function failed(error: unknown): Omit<Extract<Answer, { kind: 'failed' }>, 'ms'> {
  if (!(error instanceof Error)) return { kind: 'failed', name: 'Error', message: String(error), cause: '' }
  const cause = error.cause instanceof Error ? error.cause.message : ''
  return { kind: 'failed', name: error.name, message: error.message, cause }
}
