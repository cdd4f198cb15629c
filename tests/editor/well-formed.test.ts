/** Text that other programs trip over: what one person holds is what the other holds, to the last unit. */
import { expect, test } from 'vitest'
import type { DeskPage, Seat } from './desk.ts'
import { setStage } from './stage.ts'

let page: DeskPage
let ada: Seat

setStage((stage) => {
  ;({ page, ada } = stage)
})

/** Puts these UTF-16 units in where the caret is; made in the page, since halves of characters do not get there. */
function insert(units: readonly number[]): Promise<void> {
  return page.page.evaluate((codes) => {
    const view = window.table.seats.get('ada')?.editor.text?.view
    view?.dispatch(view.state.tr.insertText(String.fromCharCode(...codes)))
  }, units)
}

/** The units of the text that somebody is shown, and of the one that their document holds. */
function units(name: string): Promise<{ readonly shown: number[]; readonly held: number[] }> {
  return page.page.evaluate((who) => {
    const text = window.table.seats.get(who)?.editor.text
    const codes = (words: string) => words.split('').map((unit) => unit.charCodeAt(0))
    const held = text?.binding.fragment.toString().replace(/<[^>]*>/g, '') ?? ''
    return { shown: codes(text?.view.state.doc.textContent ?? ''), held: codes(held) }
  }, name)
}

const HALF = 0xd83d
const OTHER_HALF = 0xde00
const REPLACED = 0xfffd

test.each([
  ['a half of a character', [0x61, HALF, 0x62], [0x61, REPLACED, 0x62]],
  ['the other half', [OTHER_HALF], [REPLACED]],
  ['two halves the wrong way round', [OTHER_HALF, HALF], [REPLACED, REPLACED]],
  ['a whole character', [HALF, OTHER_HALF], [HALF, OTHER_HALF]],
  ['a zero', [0x61, 0, 0x62], [0x61, 0, 0x62]],
  ['directions', [0x202e, 0x61, 0x2066, 0x62], [0x202e, 0x61, 0x2066, 0x62]],
  ['many accents', [0x61, ...Array(500).fill(0x301)], [0x61, ...Array(500).fill(0x301)]],
])(
  '%s, written by one person, is the same in both texts and both documents',
  async (_, written, expected) => {
    await ada.place()
    await ada.type('x')
    await insert(written)
    const all = [0x78, ...expected]
    expect(await units('ada')).toEqual({ shown: all, held: all })
    expect(await units('bo')).toEqual({ shown: all, held: all })
    await ada.type('y')
    expect((await units('bo')).shown).toEqual([...all, 0x79])
  },
)
