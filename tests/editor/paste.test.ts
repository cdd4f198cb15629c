import { afterEach, describe, expect, test } from 'vitest'
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

/** Everything in an editor's HTML that could act: scripts, handlers, addresses with a scheme, styles. */
async function dangers(seat: Seat): Promise<string[]> {
  return seat.text.evaluate((element) =>
    // Only the editor itself draws the sign of a picture.
    [...element.querySelectorAll(':not(.picture > svg, .picture > svg *)')].flatMap((found) => [
      ...(/^(script|iframe|object|embed|svg|math|style|form|base|link|meta)$/i.test(found.localName)
        ? [found.localName]
        : []),
      ...[...found.attributes]
        .filter(
          ({ name, value }) =>
            /^on|^style$|^srcdoc$|^formaction$/.test(name) ||
            (/^(href|src|action)$/.test(name) && !/^(https?:|mailto:|tel:|[^:]*$)/i.test(value)),
        )
        .map(({ name, value }) => `${name}=${value}`),
    ]),
  )
}

describe('pasted HTML', () => {
  test.each([
    ['a script', '<p>ok<script>alert(1)</script></p>'],
    ['a handler', '<p onclick="alert(1)">ok</p><img src="x" onerror="alert(1)">'],
    ['a javascript: link', '<p>ok <a href="javascript:alert(1)">x</a></p>'],
    [
      'a link whose scheme is hidden',
      '<p>ok <a href="ja&#9;va&#10;script:alert(1)">x</a><a href=" JaVaScRiPt:alert(1)">y</a></p>',
    ],
    ['a data: link', '<p>ok <a href="data:text/html,<script>alert(1)</script>">x</a></p>'],
    ['a link without a scheme of its own', '<p>ok <a href="//evil.example">x</a></p>'],
    [
      'a picture of script',
      '<p>ok <img src="javascript:alert(1)"><img src="data:image/svg+xml,<svg onload=alert(1)>"></p>',
    ],
    [
      'svg and math',
      '<p>ok</p><svg onload="alert(1)"><a href="javascript:alert(1)">x</a></svg><math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>',
    ],
    ['styles', '<p style="position:fixed;inset:0;background:url(https://evil.example)">ok</p>'],
    ['a frame', '<p>ok</p><iframe srcdoc="<script>alert(1)</script>"></iframe>'],
    [
      'an alt that closes its tag',
      '<p>ok <img src="https://a.example/a.png" alt=\'"><script>alert(1)</script>\'></p>',
    ],
  ])('%s does nothing', async (_, html) => {
    await ada.paste({ 'text/html': html })
    expect(await ada.words()).toContain('ok')
    expect(await dangers(ada)).toEqual([])
    expect(await dangers(bo)).toEqual([])
  })

  test('a web page’s headings, lists, tables, code and marks become the schema’s', async () => {
    await ada.paste({
      'text/html': `<h2>Title</h2><p>A <b>b</b> <i>i</i> <u>u</u> <del>s</del> <code>c</code>
        <a href="https://a.example">l</a></p><ul><li>x<ol start="3"><li>y</li></ol></li></ul>
        <ul><li><input type="checkbox" checked> done</li></ul><pre class="language-js"><code>a
b</code></pre><blockquote>q</blockquote><hr><table><tr><th>h</th></tr><tr><td colspan="2">d</td></tr></table>`,
    })
    const shown = await ada.shown()
    for (const part of [
      'heading("Title")',
      'bold("b")',
      'italic("i")',
      'underline("u")',
      'strike("s")',
      'code("c")',
      'link("l")',
      'bullet_list(list_item(paragraph("x"), ordered_list(list_item(paragraph("y")))))',
      'task_list(task_item(paragraph("done")))',
      'code_block("a\\nb")',
      'blockquote(paragraph("q"))',
      'horizontal_rule',
      'table_header(paragraph("h"))',
    ])
      expect(shown).toContain(part)
    expect(await ada.held()).toContain('start="3"')
    expect(await ada.held()).toContain('checked="true"')
  })

  test('bold and alignment of word processors, which are styles, are kept', async () => {
    await ada.paste({
      'text/html':
        '<b style="font-weight:normal"><p><span style="font-weight:700;color:red">b</span> <span style="font-style: italic">i</span></p></b>',
    })
    expect(await ada.shown()).toBe('doc(paragraph(bold("b"), " ", italic("i")))')
  })

  test('what is copied here and pasted here is the same', async () => {
    await ada.type('- a **b**')
    await ada.press('Enter')
    await ada.type('c')
    const before = await ada.shown()
    const copied = await ada.page.evaluate(() => {
      const view = window.table.seats.get('ada')?.editor.text?.view
      if (!view) return ''
      const { dom } = view.serializeForClipboard(view.state.doc.slice(0, view.state.doc.content.size))
      return dom.innerHTML
    })
    await ada.press('Control+a')
    await ada.paste({ 'text/html': copied })
    expect(await ada.shown()).toBe(before)
  })
})

describe('attributes written straight into the shared document', () => {
  const cases: readonly (readonly [what: string, node: string, attributes: Record<string, unknown>])[] = [
    ['a level that is code', 'heading', { level: '1 onclick=alert(1)' }],
    ['a level far too deep', 'heading', { level: 1e9 }],
    ['a level that is an object', 'heading', { level: { a: 1 } }],
    ['a level that is a list', 'heading', { level: ['script', { src: 'https://evil.example' }] }],
    ['a language with a style in it', 'code_block', { language: 'x" style="position:fixed' }],
    ['a start beyond numbers', 'ordered_list', { start: 1e300 }],
    ['a kind nobody made', 'callout', { kind: 'x" onload="alert(1)' }],
  ]

  test.each(cases)('%s does nothing and is not rewritten', async (_, node, attributes) => {
    await page.page.evaluate(
      ({ node, attributes }) =>
        window.table.foreign((fragment) => {
          const { Y } = window.tools
          const element = new Y.XmlElement(node)
          for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value as string)
          const paragraph = new Y.XmlElement('paragraph')
          fragment.push([element, paragraph])
        }),
      { node, attributes },
    )
    expect(await dangers(ada)).toEqual([])
    expect(await ada.events()).toEqual([])
    const held = await ada.held()
    await ada.place('end')
    await ada.type('beside')
    expect(await bo.words()).toContain('beside')
    expect((await ada.held()).replace('beside', '')).toBe(held)
  })

  test('a table whose cells claim to span a billion columns is drawn at once', async () => {
    await page.page.evaluate(() =>
      window.table.foreign((fragment) => {
        const { Y } = window.tools
        const cell = new Y.XmlElement('table_cell')
        const hostile: Record<string, unknown> = { colspan: 1e9, rowspan: -5, colwidth: ['x', 1e9] }
        for (const [key, value] of Object.entries(hostile)) cell.setAttribute(key, value as string)
        const row = new Y.XmlElement('table_row')
        row.insert(0, [cell])
        const table = new Y.XmlElement('table')
        table.insert(0, [row])
        fragment.push([table])
      }),
    )
    const cell = ada.text.locator('td')
    expect(await cell.getAttribute('colspan')).toBe('64')
    expect(await cell.getAttribute('rowspan')).toBe(null)
    await cell.click()
    await ada.type('in it')
    await expect.poll(() => bo.words()).toContain('in it')
  })

  test('marks with addresses that may not be opened are words', async () => {
    await ada.type('words')
    await page.page.evaluate(() =>
      window.table.foreign((fragment) => {
        const text = (fragment.get(0) as import('yjs').XmlElement).get(0) as import('yjs').XmlText
        text.format(0, 3, { link: { href: 'javascript:alert(1)' } })
        text.format(3, 2, { comment: { thread: '"><script>alert(1)</script>' } })
      }),
    )
    expect(await dangers(ada)).toEqual([])
    expect(await ada.words()).toBe('words')
    await ada.text.locator('a').click({ modifiers: ['Control'] })
    expect(page.page.context().pages()).toHaveLength(1)
  })
})
