import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Desk, type DeskPage, openDesk, type Seat } from './desk.ts'

let desk: Desk
let page: DeskPage
let ada: Seat
let bo: Seat

beforeAll(async () => {
  desk = await openDesk()
  page = await desk.page()
})
afterAll(() => desk.close())
beforeEach(() => page.clear())
afterEach(async () => {
  expect(await page.violations()).toEqual([])
})

/** What a newer version, or somebody hostile, may leave in a document, each beside a paragraph "kept". */
const unknowns = {
  'a node': (fragment: Fragment, Y: Yjs) => fragment.push([new Y.XmlElement('poll')]),
  'a node with text in it': (fragment: Fragment, Y: Yjs) => {
    const poll = new Y.XmlElement('poll')
    const text = new Y.XmlText()
    text.insert(0, 'yes or no')
    poll.insert(0, [text])
    fragment.push([poll])
  },
  'a mark': (fragment: Fragment) => text(fragment).format(0, 2, { sparkle: {} }),
  'an attribute': (fragment: Fragment) => first(fragment).setAttribute('mood', 'blue'),
  'an attribute of a mark': (fragment: Fragment) => text(fragment).format(0, 2, { bold: { weight: 900 } }),
  'something embedded': (fragment: Fragment) => text(fragment).insertEmbed(1, { chart: 1 }),
  'a node where it does not belong': (fragment: Fragment, Y: Yjs) => {
    const row = new Y.XmlElement('table_row')
    fragment.push([row])
  },
  'text outside of any block': (fragment: Fragment, Y: Yjs) => {
    const bare = new Y.XmlText()
    bare.insert(0, 'bare')
    fragment.push([bare])
  },
  'a hook': (fragment: Fragment, Y: Yjs) => fragment.push([new Y.XmlHook('map') as never]),
  'nesting without end': (fragment: Fragment, Y: Yjs) => {
    let inner = new Y.XmlElement('blockquote')
    for (let i = 0; i < 500; i++) {
      const outer = new Y.XmlElement('blockquote')
      outer.insert(0, [inner])
      inner = outer
    }
    fragment.push([inner])
  },
  'a newer schema version': (_: Fragment, __: Yjs, doc: Doc) => doc.getMap('meta').set('schemaVersion', 2),
} as const

type Yjs = Window['tools']['Y']
type Fragment = import('yjs').XmlFragment
type Doc = import('yjs').Doc

const first = (fragment: Fragment) => fragment.get(0) as import('yjs').XmlElement
const text = (fragment: Fragment) => first(fragment).get(0) as import('yjs').XmlText

/** Runs the change of that name in the page, past every editor. */
function foreign(name: keyof typeof unknowns): Promise<void> {
  const helpers = `const first = ${first}; const text = ${text};`
  return page.page.evaluate(
    `{ ${helpers} window.table.foreign((fragment, doc) => (${unknowns[name]})(fragment, window.tools.Y, doc)) }`,
  )
}

describe('what this version does not know', () => {
  test.each(Object.keys(unknowns) as (keyof typeof unknowns)[])(
    '%s, brought by somebody while the text is open: nothing is written, nothing is lost, the text can be read',
    async (name) => {
      ;[ada, bo] = await page.pair()
      await ada.place()
      await ada.type('kept')
      const before = [await ada.written(), await bo.written()]
      await foreign(name)
      const held = await ada.held()
      expect([await ada.written(), await bo.written()]).toEqual(before)
      await ada.place('end')
      await ada.type('typed')
      await ada.text.click()
      await ada.type('more')
      expect([await ada.written(), await bo.written()]).toEqual(before)
      expect(await ada.held()).toBe(held)
      expect(await ada.text.getAttribute('contenteditable')).toBe('false')
      expect(await ada.text.getAttribute('aria-readonly')).toBe('true')
      expect((await ada.events()).map(({ type }) => type)).toEqual(['vellum-unknown-content'])
      expect(await ada.text.textContent()).toContain('ept')
      expect(await ada.button('Bold').getAttribute('aria-disabled')).toBe('true')
    },
  )

  test.each(Object.keys(unknowns) as (keyof typeof unknowns)[])(
    '%s, in a document that is opened: zero updates, whatever is clicked and typed',
    async (name) => {
      const writer = await page.sit('writer')
      await writer.place()
      await writer.type('kept')
      await foreign(name)
      const held = await writer.held()
      const reader = await page.sit('reader')
      await reader.text.click()
      await reader.type('x')
      await reader.press('Control+b', 'Enter', 'Backspace', 'Control+z')
      expect(await reader.written()).toBe(0)
      expect(await reader.held()).toBe(held)
    },
  )

  test('when what was not known is taken away again, the text can be written in again', async () => {
    ;[ada, bo] = await page.pair()
    await ada.place()
    await ada.type('kept')
    await foreign('a node')
    expect(await ada.text.getAttribute('contenteditable')).toBe('false')
    await page.page.evaluate(() => window.table.foreign((fragment) => fragment.delete(1, 1)))
    expect(await ada.text.getAttribute('contenteditable')).toBe('true')
    await ada.place()
    await ada.type(' on')
    expect(await bo.words()).toBe('kept on')
  })

  test('the first edit says in the document which schema it was written with', async () => {
    ada = await page.sit('ada')
    const version = () =>
      page.page.evaluate(() => window.table.seats.get('ada')?.doc.getMap('meta').get('schemaVersion') ?? null)
    expect(await version()).toBe(null)
    await ada.place()
    await ada.type('x')
    expect(await version()).toBe(1)
  })
})

describe('when showing a change fails', () => {
  beforeEach(async () => {
    ;[ada, bo] = await page.pair()
    await ada.place()
    await ada.type('old')
  })

  /** The next `times` changes of Bo's screen fail inside the view. */
  const fail = (times: number) =>
    page.page.evaluate((times) => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      if (!view) return
      const real = view.updateState.bind(view)
      let left = times
      view.updateState = (state) => {
        if (left-- > 0) throw new RangeError('a fault inside the view')
        real(state)
      }
    }, times)

  test('once, the text is shown afresh and the next keystroke takes nothing back', async () => {
    await fail(1)
    await page.page.evaluate(() => {
      const view = window.table.seats.get('ada')?.editor.text?.view
      view?.dispatch(view.state.tr.insertText(' remote', 4))
    })
    expect(await bo.words()).toBe('old remote')
    await bo.place()
    await bo.type('!')
    expect(await ada.words()).toBe('old remote!')
    expect((await bo.events()).map(({ type }) => type)).toContain('vellum-error')
  })

  test('again and again, input is blocked until it is shown, and the next change heals it', async () => {
    await fail(1_000)
    await ada.type(' remote')
    const held = await ada.held()
    const written = await bo.written()
    await page.page.evaluate(() => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      try {
        view?.dispatch(view.state.tr.insertText('stale', 1))
      } catch {
        // The view is the one that fails; what counts is what reached the document.
      }
    })
    expect(await bo.written()).toBe(written)
    expect(await ada.held()).toBe(held)
    await fail(0)
    await page.page.evaluate(() => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      if (view) Reflect.deleteProperty(view, 'updateState')
    })
    await ada.type(' more')
    expect(await bo.words()).toBe('old remote more')
    await bo.place()
    await bo.type('!')
    expect(await ada.words()).toBe('old remote more!')
  })

  test('an edit that is answered before the view shows it takes nothing back', async () => {
    await page.page.evaluate(() => {
      const seat = window.table.seats.get('bo')
      const { Y } = window.tools
      let answered = false
      seat?.doc.on('update', () => {
        if (answered) return
        answered = true
        window.table.foreign((fragment) => {
          const paragraph = new Y.XmlElement('paragraph')
          const text = new Y.XmlText()
          text.insert(0, 'answer')
          paragraph.insert(0, [text])
          fragment.push([paragraph])
        })
      })
    })
    await bo.place('start')
    await bo.type('ab')
    expect(await bo.words()).toBe('abold\nanswer')
    expect(await ada.words()).toBe('abold\nanswer')
  })
})

describe('decorations and places', () => {
  test('a decoration, and a mapped position, survive what others write elsewhere and beside', async () => {
    ;[ada, bo] = await page.pair()
    await ada.place()
    await ada.type('first line')
    await ada.press('Enter')
    await ada.type('a found word here')
    await ada.press('Enter')
    await ada.type('last')
    await page.page.evaluate(() => {
      const view = window.table.seats.get('ada')?.editor.text?.view
      if (!view) return
      const { Decoration, DecorationSet, Plugin } = window.tools
      const plugin: import('prosemirror-state').Plugin<import('prosemirror-view').DecorationSet> = new Plugin(
        {
          state: {
            init: (_, { doc }) => DecorationSet.create(doc, [Decoration.inline(15, 20, { class: 'found' })]),
            apply: (tr, found) => found.map(tr.mapping, tr.doc),
          },
          props: { decorations: (state) => plugin.getState(state) },
        },
      )
      view.updateState(view.state.reconfigure({ plugins: [...view.state.plugins, plugin] }))
    })
    const found = ada.text.locator('.found')
    expect(await found.textContent()).toBe('found')
    await bo.place('start')
    await bo.type('new ')
    await bo.press('Enter')
    expect(await found.textContent()).toBe('found')
    await bo.place('end')
    await bo.type(' words')
    const here = (await bo.words()).indexOf('here')
    await bo.place(here + 2)
    await bo.type('right ')
    expect(await found.textContent()).toBe('found')
    expect(await ada.words()).toBe(await bo.words())
  })
})

describe.each([0, 1, 3])('inside %i shadow roots of a host page', (roots) => {
  /** What the tests with faults made go wrong before. */
  let expected: number
  beforeEach(() => {
    expected = page.errors.length
  })
  afterEach(() => {
    expect(page.errors.slice(expected)).toEqual([])
  })

  test('somebody with the focus in the text receives others’ edits and takes none back', async () => {
    ;[ada, bo] = await page.pair({ roots })
    await ada.text.click()
    await ada.type('mine')
    await page.page.evaluate(() => {
      const view = window.table.seats.get('bo')?.editor.text?.view
      view?.dispatch(view.state.tr.insertText('theirs ', 1))
    })
    expect(await ada.words()).toBe('theirs mine')
    await ada.type('!')
    expect(await ada.words()).toBe('theirs mine!')
    expect(await bo.words()).toBe('theirs mine!')
    await ada.press('Home')
    await ada.type('>')
    await expect.poll(() => bo.words()).toBe('>theirs mine!')
    expect(await ada.text.evaluate((element) => getComputedStyle(element).fontSize)).toBe('18px')
  })

  test('moved into another root, the editor goes on with its text, undo and selection', async () => {
    ;[ada, bo] = await page.pair({ roots })
    await ada.text.click()
    await ada.type('before')
    await page.page.evaluate(() => {
      const editor = window.table.seats.get('ada')?.editor
      const host = document.createElement('div')
      document.getElementById('ada')?.append(host)
      if (editor) host.attachShadow({ mode: 'open' }).append(editor)
    })
    await ada.text.click()
    const hasFocus = () =>
      page.page.evaluate(() => window.table.seats.get('ada')?.editor.text?.view.hasFocus())
    expect(await hasFocus()).toBe(true)
    await ada.press('End')
    await ada.type(' after')
    expect(await bo.words()).toBe('before after')
    await ada.press('Control+z')
    await expect.poll(() => bo.words()).not.toContain('after')
  })
})
