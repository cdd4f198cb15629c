/** A crowd that keeps worker threads busy with one document: who writes elsewhere waits for one of them, not for all. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type SessionId, sessionId } from '#shared/id.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { metric } from './bystanders.ts'
import { RawChannel } from './raw-channel.ts'

const CROWD = 30
const PASTES = 7
const KEYSTROKES = 40
/** Each of the crowd repeats all of this: a large update that has to be compared with the log, which is long. */
const CROWDED_EDITS = 2_000

let server: ServerProcess

beforeAll(async () => {
  server = await startServer({ env: { MAX_WORKER_MS_PER_SECOND: '0', MAX_UPDATES_PER_SECOND: '0' } })
})

afterAll(() => server[Symbol.asyncDispose]())

/** Milliseconds that worker threads have worked. */
function worked(): Promise<number> {
  return metric(server, 'vellum_history_milliseconds_total')
}

const MINE = sessionId('00000000000000aa')

/** Pushes what was written in `doc` since the last time, and says how long it took until it was saved. */
class Writer {
  readonly doc = new Y.Doc()
  readonly #channel: RawChannel
  #number = 0
  #pushed: Uint8Array | undefined

  private constructor(channel: RawChannel) {
    this.#channel = channel
  }

  static async in(document: string): Promise<Writer> {
    return new Writer(await (await RawChannel.open(server.syncUrl, document)).join([MINE]))
  }

  async writes(words: string): Promise<number> {
    this.doc.getText('text').insert(0, words)
    const started = performance.now()
    this.#channel.send({
      type: 'push',
      session: MINE,
      number: ++this.#number,
      update: Y.encodeStateAsUpdate(this.doc, this.#pushed),
    })
    this.#pushed = Y.encodeStateVector(this.doc)
    await this.#channel.next('ack')
    return performance.now() - started
  }

  leave(): void {
    this.#channel.close()
  }
}

/** Sends all of a document again and again, each time as soon as it was answered; counts the answers. */
class Repeater {
  answers = 0
  readonly #channel: RawChannel
  readonly #session: SessionId
  readonly #over: Promise<void>
  #isOver = false

  constructor(channel: RawChannel, session: SessionId, update: Uint8Array) {
    this.#channel = channel
    this.#session = session
    this.#over = this.#go(update)
  }

  async #go(update: Uint8Array): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      this.#channel.send({ type: 'push', session: this.#session, number, update })
      await this.#channel.next('ack')
      this.answers += 1
    }
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#over
    this.#channel.close()
  }
}

function middle(numbers: readonly number[], share = 0.5): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

test('H1 a crowd in one document, and somebody who pastes and types in another', async () => {
  const author = await Writer.in('crowded')
  // Each letter in a place of its own: nothing of it can be merged, so that each comparison takes a while.
  for (let at = 0; at < CROWDED_EDITS; at++) {
    author.doc.getText('text').insert(Math.floor(at / 2), 'word ')
  }
  await author.writes('x'.repeat(70_000))
  const all = Y.encodeStateAsUpdate(author.doc)
  const bystander = await Writer.in('quiet')
  const quietKeys: number[] = []
  for (let key = 0; key < KEYSTROKES; key++) quietKeys.push(await bystander.writes('k'))

  const crowd = await Promise.all(
    Array.from({ length: CROWD }, async (_, index) => {
      const session = sessionId((0xc0 + index).toString(16).padStart(16, '0'))
      return new Repeater(
        await (await RawChannel.open(server.syncUrl, 'crowded')).join([session]),
        session,
        all,
      )
    }),
  )
  const answers = () => crowd.reduce((sum, { answers }) => sum + answers, 0)
  while (answers() < CROWD) await bystander.writes('k')
  const [answersBefore, workedBefore] = [answers(), await worked()]
  const between: number[] = []
  for (let paste = 0; paste < PASTES; paste++) {
    const before = await worked()
    await bystander.writes('y'.repeat(100_000))
    between.push((await worked()) - before)
  }
  const busyKeys: number[] = []
  for (let key = 0; key < KEYSTROKES; key++) busyKeys.push(await bystander.writes('k'))
  await Promise.all(crowd.map((repeater) => repeater.end()))
  const anAnswer = ((await worked()) - workedBefore) / (answers() - answersBefore)
  author.leave()
  bystander.leave()

  // In one queue a paste would wait for a question of each of the crowd, and an answer takes four questions.
  expect(middle(between) / anAnswer).toBeLessThan(CROWD / 6)
  // Keystrokes are judged on the event loop, and no worker's time is theirs; other processes disturb both runs.
  const ratio = middle(busyKeys, 0.99) / Math.max(5, middle(quietKeys, 0.99))
  expect(ratio).toBeLessThan(40)
}, 120_000)
