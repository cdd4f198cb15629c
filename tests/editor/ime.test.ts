import type { CDPSession } from 'playwright-core'
import { expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat
let ime: CDPSession

setStage(
  async (stage) => {
    ;({ page, ada, bo } = stage)
    ime = await page.page.context().newCDPSession(page.page)
    await ada.place()
    await ada.type('ab')
    await ada.press('Enter')
    await ada.type('cd')
  },
  { fresh: true },
)

async function compose(...steps: readonly string[]): Promise<void> {
  for (const text of steps)
    await ime.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    })
}

function commit(text: string): Promise<unknown> {
  return ime.send('Input.insertText', { text })
}

function composing(): Promise<boolean> {
  return page.page.evaluate(() => window.table.seats.get('ada')?.editor.text?.view.composing ?? false)
}

/** Bo's edit arrives while Ada's hands stay where they are. */
function boWrites(at: number, text: string): Promise<void> {
  return page.page.evaluate(
    ({ at, text }) => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.insertText(text, at))
    },
    { at, text },
  )
}

test('a composition goes on while others write in another paragraph', async () => {
  await ada.place('end')
  await compose('n', 'ni', 'に')
  await boWrites(1, '>>')
  expect(await composing()).toBe(true)
  await compose('にほ', 'にほん')
  await commit('日本')
  await expect.poll(() => ada.words()).toBe('>>ab\ncd日本')
  expect(await bo.words()).toBe('>>ab\ncd日本')
})

test('a composition goes on while others write in the same paragraph', async () => {
  await ada.place('end')
  await compose('n', 'ni', 'に')
  await boWrites(5, '>>')
  expect(await composing()).toBe(true)
  await compose('にほ', 'にほん')
  await commit('日本')
  await expect.poll(() => ada.words()).toBe('ab\n>>cd日本')
  expect(await bo.words()).toBe('ab\n>>cd日本')
  expect(await ada.held()).toBe(await bo.held())
})

test('a composition whose paragraph others split and format loses nothing', async () => {
  await ada.place('end')
  await compose('n', 'ni', 'に')
  await page.page.evaluate(() => {
    const view = window.table.seats.get('bo')?.editor.text?.view
    if (!view) return
    const bold = view.state.schema.marks['bold']?.create()
    view.dispatch(view.state.tr.split(6))
    if (bold) view.dispatch(view.state.tr.addMark(8, 9, bold))
  })
  await compose('にほ', 'にほん')
  await commit('日本')
  await expect.poll(() => ada.words()).toBe('ab\nc\nd日本')
  expect(await bo.words()).toBe('ab\nc\nd日本')
  expect(await ada.held()).toBe(await bo.held())
})
