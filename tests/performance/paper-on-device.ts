/**
 * `npx node tests/performance/paper-on-device.ts TRACE.json.gz [rounds]`: opens a long document from the device, without
 * a server, beside an empty one, and types into it: with a store, without, and in an editor that is not Vellum's. By hand.
 */
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import * as Y from 'yjs'
import { webSocketCarrier } from '#client/carriers/websocket.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import { nodeChance, nodeClock } from '#server/ops/time.ts'
import { CONTENT_ROOT, SCHEMA_VERSION } from '#shared/schema/document.ts'
import { serveBench } from '#tests/device/bench/serve.ts'
import { type Recording, readRecording } from '#tests/process/paper-typing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { tool } from '#tests/tools.ts'
import { quantile } from './report.ts'

const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const [trace = '', roundsText = '5'] = process.argv.slice(2)
const rounds = Number(roundsText)
const TYPED =
  'ten letters a second for some seconds, as somebody writes who knows what to say; and then some more of it '

/** The recording as paragraphs: a new line begins one, and its history stays in the document. */
function paper({ patches }: Recording): Y.Doc {
  const doc = new Y.Doc()
  const page = doc.getXmlFragment(CONTENT_ROOT)
  const lengths: number[] = []
  const textAt = (at: number): Y.XmlText => {
    const block = page.get(at)
    const text = block instanceof Y.XmlElement ? block.get(0) : null
    if (text instanceof Y.XmlText) return text
    throw new RangeError(`no text at ${at}`)
  }
  const add = (at: number, words: string): void => {
    const block = new Y.XmlElement('paragraph')
    block.insert(0, [new Y.XmlText(words)])
    page.insert(at, [block])
    lengths.splice(at, 0, words.length)
  }
  const find = (position: number): readonly [number, number] => {
    let rest = position
    for (const [at, length] of lengths.entries()) {
      if (rest <= length && at === lengths.length - 1) return [at, rest]
      if (rest < length) return [at, rest]
      rest -= length
    }
    return [lengths.length - 1, rest]
  }
  add(0, '')
  for (const [position, deleted, inserted] of patches)
    doc.transact(() => {
      let rest = deleted
      while (rest > 0) {
        const [at, offset] = find(position)
        const length = Math.min(rest, (lengths[at] ?? 0) - offset)
        if (length > 0) textAt(at).delete(offset, length)
        lengths[at] = (lengths[at] ?? 0) - length
        rest -= length
        if (lengths[at] === 0 && lengths.length > 1) {
          page.delete(at, 1)
          lengths.splice(at, 1)
        }
      }
      if (inserted === '') return
      const [at, offset] = find(position)
      const text = textAt(at)
      const tail = text.toString().slice(offset)
      text.insert(offset, inserted)
      lengths[at] = (lengths[at] ?? 0) + inserted.length
      if (!inserted.includes('\n') || tail === '') return
      text.delete(offset + inserted.length, tail.length)
      lengths[at] = (lengths[at] ?? 0) - tail.length
      add(at + 1, tail)
    })
  return doc
}

/** Puts a document on the server, as the page would. */
async function store(server: ServerProcess, name: string, update: Uint8Array): Promise<void> {
  const document = new LocalDocument({ doc: new Y.Doc(), outbox: new Outbox(newSessionId(nodeChance())) })
  const session = new Session({
    document,
    carriers: [webSocketCarrier(() => `${server.syncUrl}/${name}`)],
    clock: nodeClock(),
    chance: nodeChance(),
    schemaVersion: SCHEMA_VERSION,
  })
  Y.applyUpdate(document.doc, update, 'the recording')
  await new Promise<void>((resolve) => {
    session.subscribe((status) => {
      if (status.kind === 'live' && status.pending === 0) resolve()
    })
    session.start()
  })
  session.close()
  document.awareness.destroy()
}

/** Milliseconds from the start of a load until the text is on the screen. */
async function opened(context: BrowserContext, url: string, letters: number): Promise<number> {
  const page = await context.newPage()
  await page.addInitScript((least: number) => {
    const look = (): void => {
      const text = document.querySelector('[role="textbox"][aria-multiline]')
      if (text === null || (text.textContent?.length ?? 0) < least) requestAnimationFrame(look)
      else requestAnimationFrame(() => Object.assign(window, { visibleMs: performance.now() }))
    }
    requestAnimationFrame(look)
  }, letters)
  await page.goto(url)
  const ms = await page.waitForFunction(() => Reflect.get(window, 'visibleMs') as number | undefined)
  const value = Number(await ms.jsonValue())
  await page.close()
  return value
}

/** Long tasks while somebody types ten letters a second at the end, in milliseconds. */
async function typing(page: Page): Promise<readonly number[]> {
  await page.locator('[role="textbox"][aria-multiline]').waitFor({ timeout: 60_000 })
  await page.locator('[role="textbox"][aria-multiline] > *').first().click()
  await page.keyboard.type('warm ', { delay: 100 })
  await page.evaluate(() => {
    const tasks: number[] = []
    Object.assign(window, { tasks })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(Math.round(duration))
    }).observe({ type: 'longtask' })
  })
  await page.keyboard.type(TYPED, { delay: 100 })
  const tasks = (await page.evaluate(() => Reflect.get(window, 'tasks'))) as number[]
  await page.close({ runBeforeUnload: false })
  return tasks.sort((a, b) => b - a)
}

const told = (name: string, values: readonly number[]): void => {
  const all = values.map((value) => Math.round(value))
  say(
    `${name}: least ${Math.min(...all)}, median ${Math.round(quantile(values, 0.5))} ms of ${all.join(' ')}`,
  )
}

const doc = paper(await readRecording(trace))
const update = Y.encodeStateAsUpdate(doc)
const letters = 90_000
say(`${update.length} bytes, ${doc.getXmlFragment(CONTENT_ROOT).length} paragraphs`)
const server = await startServer()
const bench = await serveBench()
const browser = await chromium.launch({
  executablePath: tool('chromium'),
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  await store(server, 'paper', update)
  await store(server, 'empty', Y.encodeStateAsUpdate(paper({ endContent: '', patches: [[0, 0, '.']] })))
  const context = await browser.newContext()
  for (const name of ['paper', 'empty']) {
    const page = await context.newPage()
    await page.goto(`${server.url}/d/${name}`)
    await page.locator('[role="status"].saved-state.saved').waitFor({ timeout: 60_000 })
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.close()
  }
  await server.kill()
  const [papers, empties, applied, encoded]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < rounds; round++) {
    empties.push(await opened(context, `${server.url}/d/empty`, 1))
    papers.push(await opened(context, `${server.url}/d/paper`, letters))
    const page = await browser.newPage()
    await page.goto(bench.url)
    await page.waitForFunction(() => 'applyMs' in window)
    const [apply, encode] = await page.evaluate(
      (bytes) => window.applyMs(bytes),
      Buffer.from(update).toString('base64'),
    )
    applied.push(apply)
    encoded.push(encode)
    await page.close()
  }
  told('empty, from the device', empties)
  told('paper, from the device', papers)
  told('Y.applyUpdate of the paper, in a page', applied)
  told('Y.encodeStateAsUpdate of the paper, in a page', encoded)
  // On a machine that others use, too, the least of each says most.
  const ratio = Math.min(...papers) / (Math.min(...empties) + Math.min(...applied))
  const ofRounds = papers.map((ms, at) => ms / ((empties[at] ?? 0) + (applied[at] ?? 0)))
  say(`paper / (empty + applyUpdate) = ${ratio.toFixed(2)} by the least of each,`)
  say(
    `median ${quantile(ofRounds, 0.5).toFixed(2)} of ${ofRounds.map((of) => of.toFixed(2)).join(' ')} by rounds`,
  )
  const without = await browser.newContext()
  await without.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }))
  const again = await startServer({ dataDir: server.dataDir, port: server.port })
  const at = async (from: BrowserContext): Promise<Page> => {
    const page = await from.newPage()
    await page.goto(`${again.url}/d/paper`)
    return page
  }
  const plain = async (): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(bench.url)
    await page.waitForFunction(() => 'openPlain' in window)
    await page.evaluate((bytes) => window.openPlain(bytes), Buffer.from(update).toString('base64'))
    return page
  }
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    say(`long tasks while typing, prosemirror and y-prosemirror: ${(await typing(await plain())).join(' ')}`)
    say(`long tasks while typing, Vellum without a store: ${(await typing(await at(without))).join(' ')}`)
    say(`long tasks while typing, Vellum with one: ${(await typing(await at(context))).join(' ')}`)
  }
  await again[Symbol.asyncDispose]()
} finally {
  await browser.close()
  bench.close()
  await server[Symbol.asyncDispose]()
}
