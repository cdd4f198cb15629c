/** Marks over what others changed while one was away. */
import { beforeEach, describe, expect, test } from 'vitest'
import { barriers } from '#tests/barriers.ts'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(async (stage) => {
  ;({ page, ada, bo } = stage)
  await bo.place()
  await bo.type('one two three')
  await bo.press('Enter')
  await bo.type('four five')
  await expect.poll(() => ada.words()).toBe('one two three\nfour five')
})

/** From now on Ada is away: what Bo does waits until `back`. */
async function leave(): Promise<void> {
  await page.hold()
  await page.page.evaluate(() => {
    const { Y } = window.tools
    const doc = window.table.seats.get('ada')?.doc
    if (!doc) throw new Error('nobody sits there')
    const since = {
      stateVector: Y.encodeStateVector(doc),
      snapshot: Y.encodeSnapshot(Y.snapshot(doc)),
      own: [],
    }
    Object.assign(window, { since })
  })
}

/** Everything arrives, and what others changed is marked. How many places are. */
async function back(): Promise<number> {
  await page.release()
  return mark()
}

function mark(change: { own?: readonly number[]; snapshot?: Uint8Array | null } = {}): Promise<number> {
  return page.page.evaluate((change) => {
    const { since } = window as unknown as { since: import('#client/editor/since.ts').Since }
    const { snapshot, ...rest } = { ...since, ...change }
    const asked = snapshot === null || snapshot === undefined ? rest : { ...rest, snapshot }
    return window.table.seats.get('ada')?.editor.markChanges(asked) ?? -1
  }, change)
}

function next(): Promise<boolean> {
  return page.page.evaluate(() => window.table.seats.get('ada')?.editor.nextChange() ?? false)
}

const inserted = () => ada.text.locator('.change.inserted').allTextContents()
const changed = () => ada.text.locator('.change.changed')
const deleted = () => ada.text.locator('.change.deleted')

/** Bo writes without keys, so that the focus stays where it is. */
function boWrites(text: string, at: number): Promise<void> {
  return page.page.evaluate(
    ({ text, at }) => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.insertText(text, at))
    },
    { text, at },
  )
}

function boDeletes(from: number, to: number): Promise<void> {
  return page.page.evaluate(
    ({ from, to }) => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.delete(from, to))
    },
    { from, to },
  )
}

describe('what others put in', () => {
  test('is marked letter for letter, and what one wrote oneself meanwhile is not', async () => {
    await leave()
    await boWrites('NEW ', 5)
    await boWrites(' END', 29)
    await ada.place('start')
    await ada.type('mine ')
    expect(await back()).toBe(2)
    expect(await ada.words()).toBe('mine one NEW two three\nfour five END')
    expect(await inserted()).toEqual(['NEW ', ' END'])
    expect(await ada.text.locator('.change.inserted').first().getAttribute('role')).toBe('insertion')
    expect(await ada.html()).not.toContain(' style=')
  })

  test('that goes on from what the same person had written before is marked from there', async () => {
    await leave()
    await boWrites('!!', 25)
    expect(await back()).toBe(1)
    expect(await inserted()).toEqual(['!!'])
  })

  test('in new blocks, cells and breaks is marked, and nothing stands where it may not', async () => {
    await leave()
    await bo.place('end')
    await bo.press('Enter')
    await bo.type('- item')
    await bo.press('Enter')
    await bo.type('last')
    await bo.press('Enter', 'Enter')
    await bo.type('---')
    await bo.button('Insert table').click()
    await bo.type('cell')
    expect(await back()).toBeGreaterThan(0)
    await expect.poll(inserted).toEqual(['item', 'last', 'cell'])
    expect(await ada.text.locator('hr.change.changed').count()).toBe(1)
    expect(await ada.text.locator(':is(ul, tr, tbody) > .change:not(li, td, th, tr)').count()).toBe(0)
  })

  test('is not marked where it is one’s own, written in an earlier visit', async () => {
    await leave()
    await boWrites('NEW ', 5)
    await page.release()
    const own = await page.page.evaluate(() => [window.table.seats.get('bo')?.doc.clientID ?? 0])
    expect(await mark({ own })).toBe(0)
    expect(await inserted()).toEqual([])
  })

  test('a changed kind of a block, or a box that was ticked, is marked', async () => {
    await bo.place('end')
    await bo.press('Enter')
    await bo.type('[ ] task')
    await leave()
    await bo.text.getByRole('checkbox').click()
    expect(await back()).toBe(1)
    expect(await changed().count()).toBe(1)
    expect(await changed().first().innerText()).toContain('task')
  })
})

describe('what others took away', () => {
  test('leaves a mark in its place, and what one took away oneself does not', async () => {
    await ada.place(5, 9)
    await ada.press('Delete')
    await expect.poll(() => bo.words()).toBe('one three\nfour five')
    await leave()
    await boDeletes(12, 17)
    expect(await back()).toBe(1)
    expect(await ada.words()).toBe('one three\nfive')
    expect(await deleted().count()).toBe(1)
    expect(await deleted().evaluate((element) => element.closest('p')?.textContent)).toMatch(/^five/)
    expect(await deleted().getAttribute('aria-hidden')).toBe('true')
  })

  test('as whole blocks leaves a mark in the text beside', async () => {
    await leave()
    await boDeletes(0, 15)
    expect(await back()).toBe(1)
    expect(await ada.words()).toBe('four five')
    expect(await deleted().evaluate((element) => element.parentElement?.localName)).toBe('p')
  })

  test('is not asked about without a snapshot', async () => {
    await leave()
    await boDeletes(1, 5)
    await page.release()
    expect(await mark({ snapshot: null })).toBe(0)
    expect(await deleted().count()).toBe(0)
  })
})

describe('marks', () => {
  beforeEach(async () => {
    await leave()
    await boWrites('NEW ', 5)
    await boWrites(' END', 29)
    expect(await back()).toBe(2)
  })

  test('stay on their words while both go on writing, and what comes later is not marked', async () => {
    await ada.place('start')
    await ada.type('before ')
    await boWrites(' later', 8)
    await expect.poll(() => ada.words()).toBe('before  laterone NEW two three\nfour five END')
    expect(await inserted()).toEqual(['NEW ', ' END'])
    expect(await bo.words()).toBe(await ada.words())
  })

  test('are taken away, and nothing of them is ever written', async () => {
    const held = await ada.held()
    const written = await ada.written()
    await page.page.evaluate(() => window.table.seats.get('ada')?.editor.markChanges(null))
    expect(await ada.text.locator('.change').count()).toBe(0)
    expect(await next()).toBe(false)
    expect(await ada.held()).toBe(held)
    expect(await ada.written()).toBe(written)
  })

  test('are gone over by keyboard in their order, and then from the first again', async () => {
    await ada.place('end')
    expect(await next()).toBe(true)
    await ada.type('1')
    await expect.poll(() => ada.words()).toBe('one 1NEW two three\nfour five END')
    expect(await next()).toBe(true)
    await ada.type('2')
    await expect.poll(() => ada.words()).toBe('one 1NEW two three\nfour five2 END')
    await ada.place('start')
    expect(await next()).toBe(true)
    await ada.type('3')
    await expect.poll(() => ada.words()).toBe('one 13NEW two three\nfour five2 END')
  })

  test('far away come into sight', async () => {
    await ada.place(5)
    for (let line = 0; line < 60; line++) await ada.press('Enter')
    await ada.place('start')
    await page.page.evaluate(() => window.scrollTo(0, 0))
    expect(await next()).toBe(true)
    const box = await ada.text.locator('.change.inserted').first().boundingBox()
    expect(box?.y).toBeGreaterThan(0)
    expect(box?.y).toBeLessThan(800)
  })

  test('are gone over where nobody may write', async () => {
    await page.page.evaluate(async () => {
      const editor = window.table.seats.get('ada')?.editor
      if (editor) editor.editable = false
      await editor?.updateComplete
    })
    expect(await next()).toBe(true)
    expect(await ada.text.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  test.each(['light', 'dark'] as const)('break no rule axe knows, %s', async (colorScheme) => {
    await page.page.emulateMedia({ colorScheme })
    const without = ['region', 'page-has-heading-one', 'landmark-one-main']
    expect(await barriers(page.page, { within: '#ada', without })).toEqual([])
    await page.page.emulateMedia({ colorScheme: null })
  })
})

test('what cannot be read marks nothing and harms nothing', async () => {
  await leave()
  await boWrites('NEW ', 5)
  await page.release()
  const answer = await page.page.evaluate(() =>
    window.table.seats.get('ada')?.editor.markChanges({
      stateVector: new Uint8Array([255, 255, 255]),
      own: [],
    }),
  )
  expect(answer).toBe(0)
  expect((await ada.events()).map(({ type }) => type)).toEqual(['vellum-error'])
  await ada.place('end')
  await ada.type('!')
  await expect.poll(() => bo.words()).toBe('one NEW two three\nfour five!')
})

test('a text that this version cannot show in full is not marked', async () => {
  await leave()
  await page.release()
  await page.page.evaluate(() =>
    window.table.foreign((fragment) => fragment.push([new window.tools.Y.XmlElement('poll')])),
  )
  expect(await mark()).toBe(0)
})
