/** Documents that the thread holds between two renders. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { ContentPool } from '#server/content/pool.ts'
import { NotHeld, type RenderOptions } from '#server/content/port.ts'
import { StoppedClock } from '#tests/history/people.ts'

const OPTIONS: RenderOptions = { format: 'html', standalone: false }
const updates = typed(400)

let pool: ContentPool
beforeAll(() => {
  pool = new ContentPool({ clock: new StoppedClock() })
})
afterAll(() => pool.close())

function typed(count: number): readonly Uint8Array[] {
  const made: Uint8Array[] = []
  const doc = new Y.Doc()
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  paragraph.insert(0, [text])
  doc.on('update', (update: Uint8Array) => made.push(update))
  doc.getXmlFragment('prosemirror').insert(0, [paragraph])
  while (made.length < count) {
    if (made.length % 5 === 0 && text.length > 2) text.delete(1, 1)
    else text.insert((made.length * 7) % (text.length + 1), String.fromCharCode(97 + (made.length % 26)))
  }
  return made
}

async function rendered(key: string, from: number, to: number): Promise<string> {
  const stored = { kind: 'page', updates: updates.slice(from, to), going: { key, from, to } } as const
  return new TextDecoder().decode(await pool.render(stored, OPTIONS))
}

async function anew(to: number): Promise<string> {
  const stored = { kind: 'page', updates: updates.slice(0, to) } as const
  return new TextDecoder().decode(await pool.render(stored, OPTIONS))
}

test('A21 who reads a little further on goes on from what is held, and is told what a load from the start says', async () => {
  expect(pool.holds('slider', 400)).toBe(0)
  await rendered('slider', 0, 100)
  for (const to of [101, 150, 390]) {
    const from = pool.holds('slider', to)
    expect(from).toBeGreaterThanOrEqual(100)
    expect(await rendered('slider', from, to)).toBe(await anew(to))
    expect(pool.holds('slider', 400)).toBe(to)
  }
  expect(pool.holds('slider', 389)).toBe(0)
  expect(pool.holds('another', 400)).toBe(0)
})

test('A21 what is not held any more is not gone on from', async () => {
  await rendered('first', 0, 50)
  for (let other = 0; other < 8; other++) await rendered(`other ${other}`, 0, 10)
  expect(pool.holds('first', 400)).toBe(0)
  await expect(rendered('first', 50, 60)).rejects.toBeInstanceOf(NotHeld)
  await expect(rendered('other 7', 9, 60)).rejects.toBeInstanceOf(NotHeld)
  expect(await rendered('first', 0, 60)).toBe(await anew(60))
})
