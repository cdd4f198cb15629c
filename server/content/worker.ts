/** The thread's side of pool.ts: one task at a time, each from nothing but what is held. */
import { parentPort } from 'node:worker_threads'
import type { Kind } from '#shared/frame.ts'
import { Held } from './held.ts'
import { type Going, InvalidContent } from './port.ts'
import type { HeldPages } from './render.ts'
import { type Outcome, run, type Task } from './task.ts'

export interface Question {
  readonly task: Task
  readonly kind: Kind
  readonly going: Going | null
  /** The updates, end to end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
}

export type Answer =
  /** `held`: which documents the thread holds now, and where. */
  | {
      readonly kind: 'done'
      readonly outcome: Outcome
      readonly held: readonly (readonly [key: string, position: number])[]
    }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly where: string }

const port = parentPort
if (port === null) throw new TypeError('this file is the body of a thread')

const held: HeldPages = new Held()

port.on('message', ({ task, kind, going, bytes, lengths }: Question) => {
  const updates: Uint8Array[] = []
  let at = 0
  for (const length of lengths) {
    updates.push(bytes.subarray(at, at + length))
    at += length
  }
  try {
    const stored = going === null ? { kind, updates } : { kind, updates, going }
    answer({ kind: 'done', outcome: run(task, stored, held), held: held.positions })
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    const where = error instanceof InvalidContent ? error.where : ''
    answer({ kind: 'failed', name, message, where })
  } finally {
    // Waiting for a collection would keep megabytes of dead updates.
    bytes.buffer.transfer(0)
  }
})

function answer(message: Answer): void {
  port?.postMessage(message, ownBuffers(message))
}

/** What was rendered goes over as it is: a copy of each would wait for a collection in this thread. */
function ownBuffers(message: Answer): ArrayBuffer[] {
  if (message.kind !== 'done' || message.outcome.kind !== 'rendered') return []
  const { buffer, byteLength } = message.outcome.bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
