import { afterEach, expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await ada.place()
})
afterEach(async () => {
  expect(await bo.shown()).toBe(await ada.shown())
})

test('undo takes back one’s own edits and leaves others’ in the same paragraph', async () => {
  await ada.type('ada ')
  await bo.place('end')
  await bo.type('bo ')
  await ada.place('end')
  await ada.type('again')
  await ada.press('Control+z')
  expect(await ada.words()).not.toContain('again')
  expect(await ada.words()).toContain('bo ')
  await ada.press('Control+z', 'Control+z', 'Control+z')
  expect(await ada.words()).toBe('bo ')
  await ada.press('Control+Shift+z', 'Control+y')
  expect(await ada.words()).toBe('ada bo again')
})

test('undo never takes back what was there when the document was opened', async () => {
  await ada.type('there before')
  const late = await page.sit('late')
  await late.place('end')
  await late.press('Control+z')
  expect(await ada.words()).toBe('there before')
  expect(await late.written()).toBe(0)
})

test('a paste, a change of block and leaving the text are steps of their own', async () => {
  await ada.type('one ')
  await ada.paste({ 'text/plain': 'pasted' })
  await ada.type(' two')
  await ada.press('Control+Alt+1')
  await ada.type('!')
  await bo.text.focus()
  await ada.text.focus()
  await ada.place('end')
  await ada.type('?')
  const seen = [await ada.shown()]
  for (let i = 0; i < 6; i++) {
    await ada.press('Control+z')
    seen.push(await ada.shown())
  }
  expect(seen).toEqual([
    'doc(heading("one pasted two!?"))',
    'doc(heading("one pasted two!"))',
    'doc(heading("one pasted two"))',
    'doc(paragraph("one pasted two"))',
    'doc(paragraph("one pasted"))',
    'doc(paragraph("one "))',
    'doc(paragraph)',
  ])
})

test('undo puts the selection where the edit was', async () => {
  await ada.type('first')
  await ada.press('Enter')
  await ada.type('second')
  await bo.text.focus()
  await ada.place(3)
  await ada.type('XX')
  await ada.place('end')
  await ada.press('Control+z')
  await ada.type('-')
  expect(await ada.words()).toBe('fi-rst\nsecond')
})

test('undoing a paragraph somebody else has written in since leaves it to them', async () => {
  await ada.type('a')
  await bo.text.focus()
  await ada.text.focus()
  await ada.place('end')
  await ada.press('Enter')
  await bo.place('end')
  await bo.type('mine')
  await ada.text.focus()
  await ada.press('Control+z')
  expect(await ada.words()).toContain('mine')
})

test('a reader has nothing to undo and can change nothing', async () => {
  await ada.type('x')
  await page.page.evaluate(() => {
    const editor = window.table.seats.get('ada')?.editor
    if (editor) editor.editable = false
  })
  await expect.poll(() => ada.text.getAttribute('aria-readonly')).toBe('true')
  await ada.text.focus()
  await ada.press('Control+z', 'y')
  expect(await ada.words()).toBe('x')
  expect(await ada.toolbar.isVisible()).toBe(false)
})
