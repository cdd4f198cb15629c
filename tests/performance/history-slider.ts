/**
 * `npx node tests/performance/history-slider.ts TRACE.json.gz [asked]`: how long it takes from a movement of the history's
 * slider to the text on the screen, in a browser, on a long document; beside what the server alone takes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import type {} from '#client/app/history/history.ts'
import { launchBrowser } from '#tests/browser.ts'
import { newPage } from '#tests/page/stage.ts'
import { readRecording } from '#tests/process/paper-typing.ts'
import { startServer } from '#tests/server-process.ts'
import { PAPER, writePaper } from './paper-store.ts'
import { quantile } from './report.ts'

const [trace = '', askedText = '100'] = process.argv.slice(2)
const asked = Number(askedText)
/** The whole, and its parts. */
const KINDS = ['TaskDuration', 'ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'] as const
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const told = (name: string, times: readonly number[]): boolean => {
  const [p50, p95, most] = [0.5, 0.95, 1].map((share) => quantile(times, share).toFixed(0))
  return say(`${name}: median ${p50} ms, p95 ${p95} ms, most ${most} ms (${times.length})`)
}

const folder = mkdtempSync(join(tmpdir(), 'vellum-slider-'))
const head = await writePaper(folder, await readRecording(trace))
const server = await startServer({ dataDir: folder, env: { MAX_REQUESTS_PER_SECOND: '0' } })
const browser = await launchBrowser()
try {
  const address = `${server.url}/v1/documents/${PAPER}`
  const positions = Array.from({ length: asked }, (_, turn) => 1 + ((turn * 104_729) % head))
  await fetch(`${address}/content?format=json&at=${head >> 1}`)
  await milestones(address)
  const { page } = await newPage(browser)
  await page.goto(`${server.url}/d/${PAPER}`)
  await page.locator('.saved-state.saved').waitFor()
  const opening = performance.now()
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Version history' }).click()
  await page.locator('.version .vellum-text').waitFor()
  say(
    `${head} edits; load ${loadavg()[0]?.toFixed(1)}; the history is there after ${(performance.now() - opening).toFixed(0)} ms`,
  )
  await page.getByText('Text', { exact: true }).click()
  const jumps: number[] = []
  // Time of the page's own thread, which a busy machine does not stretch.
  const watch = await page.context().newCDPSession(page)
  await watch.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await spent(watch)
  for (const position of positions) jumps.push(await jump(page, position))
  const after = await spent(watch)
  for (const kind of KINDS)
    say(
      `of the page's thread, a jump takes ${((1_000 * ((after[kind] ?? 0) - (before[kind] ?? 0))) / asked).toFixed(1)} ms: ${kind}`,
    )
  told('a jump to any position, from the slider to the painted text', jumps)
  const alone: number[] = []
  for (const position of positions) {
    const from = performance.now()
    await (await fetch(`${address}/content?format=json&at=${position + 1}`)).text()
    alone.push(performance.now() - from)
  }
  told('the same from the server alone, one edit further', alone)
  const frames = await drag(page, 3_000)
  told('dragged over all of its life in 3 s, from one text shown to the next', frames)
  await page.getByText('What changed', { exact: true }).click()
  const marked: number[] = []
  for (const position of positions.slice(0, asked / 2)) marked.push(await jump(page, position))
  told('a jump with what changed in the sitting marked (its 700 edits)', marked)
  say(`load ${loadavg()[0]?.toFixed(1)}`)
} finally {
  await browser.close()
  await server.kill('SIGTERM')
  rmSync(folder, { recursive: true })
}

async function spent(watch: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { metrics } = await watch.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

/** Waits until no more intermediate states come: the first reading makes them. */
async function milestones(address: string): Promise<void> {
  for (let last = -1; ; await later(2_000)) {
    const { history } = (await (await fetch(address)).json()) as { history?: { milestoneBytes: number } }
    if (history === undefined || history.milestoneBytes === last) return
    last = history.milestoneBytes
  }
}

/** Moves the slider there at once; milliseconds until its text was painted. */
function jump(page: Page, position: number): Promise<number> {
  return page.evaluate(async (to) => {
    const slider = document.querySelector<HTMLInputElement>('vellum-time-slider input')
    const history = document.querySelector('vellum-history') as unknown as {
      readonly viewing: { readonly isBusy: boolean } | null
    }
    if (slider === null) throw new Error('there is no slider')
    const from = performance.now()
    slider.value = String(to)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    // Looking at every frame would cost more than what is measured.
    await new Promise<void>((shown) => {
      const look = (): void => {
        if (history.viewing?.isBusy !== false) return
        observer.disconnect()
        shown()
      }
      const observer = new MutationObserver(look)
      observer.observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      })
      look()
    })
    // The frame that shows it, and the end of its painting.
    await new Promise<void>((next) => requestAnimationFrame(() => setTimeout(() => next())))
    return performance.now() - from
  }, position)
}

/** Moves the slider evenly through all of its life; milliseconds between the texts that were shown. */
function drag(page: Page, duringMs: number): Promise<number[]> {
  return page.evaluate(async (during) => {
    const slider = document.querySelector<HTMLInputElement>('vellum-time-slider input')
    const history = document.querySelector('vellum-history') as unknown as {
      readonly viewing: { readonly shown: unknown } | null
    }
    if (slider === null) throw new Error('there is no slider')
    const times: number[] = []
    let shown = history.viewing?.shown
    const begin = performance.now()
    for (let last = begin; ; ) {
      const now = await new Promise<number>((next) => requestAnimationFrame(next))
      if (now - begin > during) return times
      slider.value = String(Math.max(0, Math.round(Number(slider.max) * (1 - (now - begin) / during))))
      slider.dispatchEvent(new Event('input', { bubbles: true }))
      if (history.viewing?.shown === shown) continue
      shown = history.viewing?.shown
      times.push(now - last)
      last = now
    }
  }, duringMs)
}
