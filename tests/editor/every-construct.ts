/** A long document with every construct people can make, written the way they write it: by keys, signs and buttons. */
import type { Page } from 'playwright-core'

/** Types the document at the end of the text in `page`'s only editor, or in the one inside `within`. */
export async function writeDocument(page: Page, within = 'body'): Promise<void> {
  const hand = new Hand(page)
  await page.locator(`${within} [role=textbox]`).click()
  await hand.press('Control+End')
  await hand.lines(
    '# The tide tables of Saltmarsh',
    'This paper has **bold**, *italic*, ~~struck~~ and `inline code`, and [a link](https://example.org/tides).',
  )
  await hand.type('Some words stand ')
  await hand.press('Control+u')
  await hand.type('on a line')
  await hand.press('Control+u')
  await hand.type(', and after a break')
  await hand.press('Shift+Enter')
  await hand.lines('the same paragraph goes on.', '## What was measured')
  await hand.lines('- Height of the water', 'Direction of the wind')
  await hand.press('Tab')
  await hand.lines('at the pier', 'at the lighthouse')
  await hand.press('Enter', 'Enter')
  await hand.lines('### In which order', '1. Read the gauge', 'Write it down', 'Read it again')
  await hand.press('Enter')
  await hand.lines('[ ] Oil the gauge', '[x] Buy a new pencil')
  await hand.press('Enter')
  await hand.lines('> Time and tide wait for nobody.')
  await hand.press('Enter')
  await hand.lines('#### The program', '```js')
  await hand.type('const high = tides.filter((t) => t.height > 4)')
  await hand.press('Enter')
  await hand.type('print(high)')
  await hand.press('Control+Enter')
  await hand.lines('##### A line across', '---###### And a table')
  await page.locator(`${within} [role=toolbar]`).getByRole('button', { name: 'Insert table' }).click()
  for (const cell of ['Day', 'High', 'Low', 'Monday', '4.21', '0.87', 'Tuesday', '4.35']) {
    await hand.type(cell)
    await hand.press('Tab')
  }
  await hand.type('0.79')
  await hand.press('Control+End')
}

class Hand {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text)
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key)
  }

  async lines(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.type(text)
      await this.press('Enter')
    }
  }
}

/** The names of all nodes and marks that `writeDocument` leaves in a text. */
export const written = [
  'heading',
  'paragraph',
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'link',
  'hard_break',
  'bullet_list',
  'ordered_list',
  'list_item',
  'task_list',
  'task_item',
  'blockquote',
  'code_block',
  'horizontal_rule',
  'table',
  'table_row',
  'table_header',
  'table_cell',
] as const
