import { expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await ada.place()
  await ada.type('some words')
})

const caret = (seat: Seat) => seat.text.locator('.person-caret')
const before = (seat: Seat) =>
  caret(seat).evaluate((element) => {
    const range = document.createRange()
    range.setStart(element.closest('p') ?? element, 0)
    range.setEndBefore(element)
    return range.toString()
  })

test('others see where one is, in one’s colour, under one’s name, unheard by screen readers', async () => {
  await caret(bo).waitFor({ state: 'attached' })
  expect(await before(bo)).toBe('some words')
  expect(await caret(bo).textContent()).toBe('ada')
  expect(await caret(bo).getAttribute('class')).toContain('person-0')
  expect(await caret(bo).getAttribute('aria-hidden')).toBe('true')
  expect(await caret(bo).getAttribute('style')).toBe(null)
  expect(await caret(ada).count()).toBe(0)
  expect(await bo.words()).toBe('some words')
})

test('the name shows when the caret moves and goes by itself', async () => {
  const named = bo.text.locator('.person-caret.named')
  // It shows for having written, too.
  await caret(bo).waitFor({ state: 'attached' })
  await named.waitFor({ state: 'detached' })
  const shows = named.waitFor({ state: 'attached' })
  await ada.place(2)
  await shows
  await named.waitFor({ state: 'detached' })
})

test('a selection is drawn, and stays on its words while others write before it', async () => {
  await ada.place(6, 11)
  const selected = bo.text.locator('.person-selection')
  await expect.poll(() => selected.textContent()).toBe('words')
  await page.page.evaluate(() => {
    const view = window.table.seats.get('bo')?.editor.text?.view
    view?.dispatch(view.state.tr.insertText('>>> ', 1))
  })
  await expect.poll(() => selected.allTextContents().then((all) => all.join(''))).toBe('words')
})

test('the caret stays on others’ screens while its owner is in the toolbar, and goes with its owner', async () => {
  await ada.press('Alt+F10')
  await page.page.evaluate(() => {
    const view = window.table.seats.get('bo')?.editor.text?.view
    view?.dispatch(view.state.tr.insertText('>>> ', 1))
  })
  expect(await ada.words()).toBe('>>> some words')
  expect(await caret(bo).count()).toBe(1)
  await page.page.evaluate(() => {
    const seat = window.table.seats.get('ada')
    if (seat) seat.editor.awareness = null
  })
  await expect.poll(() => caret(bo).count()).toBe(0)
})

test.each([
  ['a colour that is a style', { name: 'eve', color: 'red;position:fixed' }, 'eve'],
  ['a colour out of the palette', { name: 'eve', color: 99 }, 'eve'],
  ['a name without end', { name: 'e'.repeat(5_000), color: 1 }, 'e'.repeat(40)],
  [
    'a name that is markup',
    { name: '<img src=x onerror=alert(1)>', color: 1 },
    '<img src=x onerror=alert(1)>',
  ],
  ['a name that turns the text around', { name: '\u202eeve\u0000', color: 1 }, 'eve'],
  ['no name at all', {}, 'Somebody'],
  ['a user that is no object', 'eve', 'Somebody'],
])('%s is only a plain name beside a caret', async (_, user, shown) => {
  await page.page.evaluate(
    (user) => window.table.seats.get('ada')?.awareness.setLocalStateField('user', user),
    user,
  )
  await expect.poll(() => caret(bo).textContent()).toBe(shown)
  expect(await caret(bo).getAttribute('class')).toMatch(/person-\d\b/)
  expect(await caret(bo).getAttribute('style')).toBe(null)
  expect(await caret(bo).locator('img').count()).toBe(0)
})

test.each([
  ['a number', 7],
  ['an empty object', {}],
  ['positions in nothing', { anchor: { tname: 'nowhere' }, head: { tname: 'nowhere' } }],
  [
    'ids nobody has',
    { anchor: { item: { client: 1, clock: 99 } }, head: { item: { client: 1, clock: 99 } } },
  ],
  ['ids that are no ids', { anchor: { item: { client: 'x', clock: {} } }, head: { type: -1 } }],
])('a cursor that is %s is not drawn and harms nothing', async (_, cursor) => {
  await page.page.evaluate(
    (cursor) => window.table.seats.get('ada')?.awareness.setLocalStateField('cursor', cursor),
    cursor,
  )
  await expect.poll(() => caret(bo).count()).toBe(0)
  await bo.place('end')
  await bo.type('!')
  expect(await ada.words()).toBe('some words!')
})
