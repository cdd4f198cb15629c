import { afterEach, expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await ada.place()
  await ada.button('Insert table').click()
})
afterEach(async () => {
  expect(await bo.shown()).toBe(await ada.shown())
  expect(await ada.events()).toEqual([])
})

/** The words in each cell, without the names beside others' carets. */
const rows = (seat: Seat) =>
  seat.text.locator('tr').evaluateAll((all) =>
    all.map((row) =>
      [...row.children].map((cell) => {
        const copy = cell.cloneNode(true) as Element
        for (const caret of copy.querySelectorAll('.person-caret')) caret.remove()
        return copy.textContent
      }),
    ),
  )

async function command(seat: Seat, name: string): Promise<void> {
  await seat.button('Table').click()
  await page.page.locator(`#${seat.name}`).getByRole('menuitem', { name }).click()
}

test('a table is typed in with Tab and Shift-Tab, and grows a row at its end', async () => {
  for (const word of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) {
    await ada.type(word)
    await ada.press('Tab')
  }
  expect(await rows(bo)).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
    ['g', 'h', 'i'],
    ['j', '', ''],
  ])
  await ada.press('Shift+Tab')
  await ada.type('J')
  expect((await rows(bo))[3]).toEqual(['J', '', ''])
})

test('rows and columns are put in and taken out from the toolbar', async () => {
  await ada.type('a')
  await command(ada, 'Insert row below')
  await command(ada, 'Insert column after')
  expect((await rows(ada)).map((row) => row.length)).toEqual([4, 4, 4, 4])
  await command(ada, 'Delete row')
  await command(ada, 'Delete column')
  expect((await rows(bo)).map((row) => row.length)).toEqual([3, 3, 3])
  await command(ada, 'Delete table')
  expect(await bo.text.locator('table').count()).toBe(0)
})

test('two people type in two cells, and in one, at once', async () => {
  await page.hold()
  await ada.type('ada')
  await bo.place(6)
  await bo.text.locator('td').last().click()
  await bo.type('bo')
  await bo.text.locator('th').first().click()
  await bo.type('too')
  await page.release()
  const [first] = await rows(ada)
  expect([...(first?.[0] ?? '')].sort().join('')).toBe('aadoot')
  expect((await rows(ada)).at(-1)?.at(-1)).toBe('bo')
})

test('one adds a row and the other a column at once: both stop, and hold the same table', async () => {
  await ada.type('x')
  await page.hold()
  await command(ada, 'Insert row below')
  await bo.text.locator('th').first().click()
  await command(bo, 'Insert column after')
  const before = [await ada.written(), await bo.written()]
  await page.release()
  // Repairs are made by who edits the table next, never in answer to what arrives.
  expect([await ada.written(), await bo.written()]).toEqual(before)
  expect(await ada.held()).toBe(await bo.held())
  await ada.text.locator('th').first().click()
  await ada.type('y')
  const settled = await bo.written()
  expect(settled).toBe(before[1])
  expect(new Set((await rows(ada)).map((row) => row.length)).size).toBe(1)
  expect(await ada.held()).toBe(await bo.held())
})
