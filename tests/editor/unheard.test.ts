/** What the browser has done and the editor has not heard of yet, when something arrives from elsewhere. */
import { describe, expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await ada.place()
  await ada.type('first')
  await ada.press('Enter')
  await ada.type('second')
  await expect.poll(() => bo.words()).toBe('first\nsecond')
  await ada.place('start')
})

/** What Bo does, and what the text is after it. */
const arrivals = {
  'an edit right before it': ['insert', 8, 'first\n>>second'],
  'an edit in another paragraph': ['insert', 1, '>>first\nsecond'],
  'a split': ['split', 4, 'fir\nst\nsecond'],
  'a caret': ['caret', 3, 'first\nsecond'],
  'a title': ['title', 0, 'first\nsecond'],
} as const
type Arrival = keyof typeof arrivals
const names = Object.keys(arrivals) as Arrival[]

/** Makes `arrive()` of the page bring it from Bo at once, in the task that calls it. */
async function prepare(arrival: Arrival): Promise<string> {
  const [what, at, text] = arrivals[arrival]
  await page.page.evaluate(
    ({ what, at }) => {
      const { Y } = window.tools
      const seat = window.table.seats.get('bo')
      const view = seat?.editor.text?.view
      if (!seat || !view) throw new Error('nobody sits there')
      const caret = () => {
        const paragraph = seat.doc.getXmlFragment('prosemirror').get(0) as import('yjs').XmlElement
        const place = Y.createRelativePositionFromTypeIndex(paragraph.get(0) as import('yjs').XmlText, at)
        const json = Y.relativePositionToJSON(place)
        seat.awareness.setLocalStateField('cursor', { anchor: json, head: json })
      }
      const doings = {
        insert: () => view.dispatch(view.state.tr.insertText('>>', at)),
        split: () => view.dispatch(view.state.tr.split(at)),
        title: () => seat.doc.getMap('meta').set('title', 'New'),
        caret,
      }
      if (what === 'caret') seat.awareness.setLocalState({ user: { name: 'bo', color: 4 }, cursor: null })
      Object.assign(window, { arrive: doings[what] })
    },
    { what, at },
  )
  return text
}

/** Lets it arrive after the browser has moved the selection, and right before the editor hears that it did. */
function arriveUnheard(): Promise<void> {
  return page.page.evaluate(() => {
    const { arrive } = window as unknown as { arrive: () => void }
    window.addEventListener('selectionchange', arrive, { capture: true, once: true })
  })
}

/** The middle of the end of the last line. */
async function end(): Promise<{ x: number; y: number }> {
  const box = await ada.text.locator('p').last().boundingBox()
  if (box === null) throw new Error('there is no paragraph')
  return { x: box.x + box.width - 4, y: box.y + box.height / 2 }
}

async function expectAll(text: string): Promise<void> {
  await expect.poll(() => ada.words()).toBe(text)
  await expect.poll(() => bo.words()).toBe(text)
  expect(await ada.held()).toBe(await bo.held())
}

describe('a caret that was moved, and not heard of, stays where it was put', () => {
  test.each(names)('by a key, when %s arrives', async (arrival) => {
    const text = await prepare(arrival)
    await arriveUnheard()
    await ada.press('Control+End')
    await ada.type('|')
    await expectAll(`${text}|`)
  })

  test.each(names)('by a click, when %s arrives', async (arrival) => {
    const text = await prepare(arrival)
    await arriveUnheard()
    const { x, y } = await end()
    await page.page.mouse.click(x, y)
    await ada.type('|')
    await expectAll(`${text}|`)
  })

  test.each(names)('by a button of the mouse that is still down, when %s arrives', async (arrival) => {
    const text = await prepare(arrival)
    const { x, y } = await end()
    await page.page.mouse.move(x, y)
    await page.page.mouse.down()
    await page.page.evaluate(() => (window as unknown as { arrive: () => void }).arrive())
    await page.page.mouse.up()
    await ada.type('|')
    await expectAll(`${text}|`)
  })

  test('in a host page’s own shadow root', async () => {
    await page.clear()
    ;[ada, bo] = await page.pair({ roots: 2 })
    await ada.text.click()
    await ada.type('first')
    await ada.press('Enter')
    await ada.type('second')
    await ada.place('start')
    const text = await prepare('an edit in another paragraph')
    await arriveUnheard()
    await ada.press('Control+End')
    await ada.type('|')
    await expectAll(`${text}|`)
  })
})

test('a selection drawn with the mouse goes on while edits arrive', async () => {
  const text = await prepare('an edit in another paragraph')
  const { x, y } = await end()
  await page.page.mouse.move(x, y)
  await page.page.mouse.down()
  await page.page.mouse.move(x - 300, y, { steps: 3 })
  await arriveUnheard()
  const box = await ada.text.locator('p').last().boundingBox()
  await page.page.mouse.move((box?.x ?? 0) + 1, y, { steps: 3 })
  await page.page.mouse.up()
  await ada.type('2')
  await expectAll(text.replace('second', '2'))
})

test.each(names)(
  'a letter that is on the screen and was not heard of stays, when %s arrives',
  async (arrival) => {
    const text = await prepare(arrival)
    await ada.place('end')
    await page.page.evaluate(() => {
      // Puts it in as a key would; the editor is told at the end of this task.
      document.execCommand('insertText', false, 'x')
      ;(window as unknown as { arrive: () => void }).arrive()
    })
    await ada.type('y')
    await expectAll(`${text}xy`)
  },
)

test('who is not in the text keeps the focus elsewhere, and the caret where it was left', async () => {
  const text = await prepare('an edit in another paragraph')
  await ada.place('end')
  await ada.press('Alt+F10')
  await page.page.evaluate(() => {
    window.getSelection()?.removeAllRanges()
    ;(window as unknown as { arrive: () => void }).arrive()
  })
  expect(await ada.text.evaluate((element) => element === document.activeElement)).toBe(false)
  await ada.press('Escape')
  await ada.type('|')
  await expectAll(`${text}|`)
})

describe('who is faster than the page', () => {
  /** Keeps the page from hearing anything after `event` until the next thing the person does has come. */
  const busyAfter = (event: 'keydown' | 'mousedown') =>
    page.page.evaluate((event) => {
      const { scheduling } = navigator as unknown as { scheduling: { isInputPending(): boolean } }
      const wait = () => {
        const patience = performance.now() + 20_000
        while (!scheduling.isInputPending() && performance.now() < patience);
      }
      window.addEventListener(event, wait, { capture: true, once: true })
    }, event)

  test('and presses Enter right after Control+End splits at the end', async () => {
    const keys = await page.page.context().newCDPSession(page.page)
    const end = { key: 'End', code: 'End', windowsVirtualKeyCode: 35, modifiers: 2 }
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' }
    await busyAfter('keydown')
    await Promise.all([
      keys.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...end }),
      keys.send('Input.dispatchKeyEvent', { type: 'keyDown', ...enter }),
    ])
    await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', ...end, modifiers: 0 })
    await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
    await keys.detach()
    await ada.type('|')
    await expectAll('first\nsecond\n|')
  })
})
