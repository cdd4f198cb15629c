import { afterEach, describe, expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat
let bo: Seat

setStage(
  (stage) => {
    ;({ page, ada, bo } = stage)
  },
  { fresh: true },
)
afterEach(async () => {
  expect(await ada.events()).toEqual([])
  expect(await bo.events()).toEqual([])
})

describe('two people in one text', () => {
  test('an empty document can be typed in, and looking at it writes nothing', async () => {
    expect(await ada.written()).toBe(0)
    await ada.text.click()
    expect(await ada.written()).toBe(0)
    await ada.type('Hello')
    expect(await bo.words()).toBe('Hello')
    expect(await ada.held()).toBe('<paragraph>Hello</paragraph>')
    expect(await bo.written()).toBe(0)
  })

  test('both type in one paragraph at once and every letter stays', async () => {
    await ada.place()
    await ada.type('one two')
    await page.hold()
    await ada.place('end')
    await ada.type(' three')
    await bo.place('start')
    await bo.type('zero ')
    await page.release()
    expect(await ada.words()).toBe('zero one two three')
    expect(await bo.words()).toBe('zero one two three')
    expect(await ada.held()).toBe(await bo.held())
  })

  test('the caret stays in its word while somebody writes on both sides of it at once', async () => {
    await ada.place()
    await ada.type('middle')
    await ada.place(4)
    await page.page.evaluate(() => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.insertText(' after', 7).insertText('before ', 1))
    })
    await ada.type('|')
    expect(await bo.words()).toBe('before mid|dle after')
  })

  test('a selection keeps its words while somebody splits the paragraph before it', async () => {
    await ada.place()
    await ada.type('one two three')
    await ada.place(9, 14)
    await page.page.evaluate(() => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.split(5))
    })
    await ada.type('3')
    expect(await bo.words()).toBe('one \ntwo 3')
  })

  test('somebody in an empty paragraph types there, also when empty blocks appear above it', async () => {
    await ada.place()
    await page.page.evaluate(() =>
      window.table.foreign((fragment) => {
        const { Y } = window.tools
        fragment.push([new Y.XmlElement('blockquote'), new Y.XmlElement('paragraph')])
      }),
    )
    await ada.type('mine')
    expect(await bo.shown()).toBe('doc(blockquote(paragraph), paragraph("mine"))')
  })

  test('what is switched on for the next letters, or off, stays so while somebody else writes', async () => {
    await ada.place()
    await ada.type('**bold**')
    await boWrites(1, '1')
    await ada.type(' plain ')
    await ada.press('Control+u')
    await boWrites(1, '2')
    await ada.type('under')
    const held = '<paragraph><bold>21bold</bold> plain <underline>under</underline></paragraph>'
    expect(await ada.held()).toBe(held)
    expect(await bo.held()).toBe(held)
  })
})

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
