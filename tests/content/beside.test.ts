import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { write } from '#server/content/edit.ts'
import type { Format } from '#server/content/port.ts'
import { pageBytes } from '#server/content/render.ts'
import { textOf } from '#server/content/tree.ts'
import { bytesOf, edit, opened, pageOf, storedOf, wordsOf } from './pages.ts'

let lastClient = 500_000

interface Beside {
  readonly base: Y.Doc
  readonly others: Uint8Array | null
  readonly format?: Format
  readonly text: string
}

/** What a document says after somebody wrote `text` who had read `base`, when others had written since. */
function after({ base, others, format = 'markdown', text }: Beside): Y.Doc {
  lastClient += 1
  const content = { format, bytes: bytesOf(text), place: { kind: 'whole' } } as const
  const since = others === null ? [] : [others]
  const { update } = write(storedOf(base), { content, title: null, client: lastClient, clock: 0, since })
  const made = [Y.encodeStateAsUpdate(base), others, update]
  const [one, other] = [opened(made), opened([made[0] ?? null, update, others])]
  expect(pageOf(one)).toEqual(pageOf(other))
  return one
}

function markdown(text: string): Y.Doc {
  return opened([edit({ kind: 'page', updates: [] }, 'markdown', text)])
}

const said = (doc: Y.Doc, format: 'markdown' | 'text' | 'json' = 'markdown') =>
  wordsOf(pageBytes(pageOf(doc), format))

/** `before` becomes `theirs` by others and `mine` by the writer, who both had read it. */
function met(before: string, theirs: string, mine: string): string {
  const base = markdown(before)
  return said(after({ base, others: edit(storedOf(base), 'markdown', theirs), text: mine }))
}

describe('A10 what others wrote since stays where the writer', () => {
  test('made another kind of block of it', () => {
    expect(met('one para\n\nlast', 'one para with words\n\nlast', '# one para\n\nlast')).toBe(
      '# one para with words\n\nlast\n',
    )
    expect(met('- one\n- two', '- one and words\n- two', '- [x] one\n- [ ] two')).toBe(
      '- [x] one and words\n- [ ] two\n',
    )
    expect(met('alpha beta\n\nlast', 'alpha WORDS beta\n\nlast', '> alpha beta\n\nlast')).toBe(
      '> alpha WORDS beta\n\nlast\n',
    )
    expect(met('> alpha beta\n\nlast', '> alpha WORDS beta\n\nlast', 'alpha beta\n\nlast')).toBe(
      'alpha WORDS beta\n\nlast\n',
    )
  })

  test('moved it, and changed a word in it', () => {
    expect(
      met('alpha beta gamma\n\nlast', 'alpha beta gamma WORDS\n\nlast', 'last\n\nalpha beta gamma'),
    ).toBe('last\n\nalpha beta gamma WORDS\n')
    expect(
      met(
        '# A\n\nalpha text here\n\n# B\n\nbeta text',
        '# A\n\nalpha WORDS text here\n\n# B\n\nbeta text',
        '# B\n\nbeta text\n\n# A\n\nalpha text there',
      ),
    ).toBe('# B\n\nbeta text\n\n# A\n\nalpha WORDS text there\n')
  })

  test('joined it with another, or divided it', () => {
    expect(
      met(
        'alpha beta\n\ngamma delta\n\nlast',
        'alpha beta\n\ngamma WORDS delta\n\nlast',
        'alpha beta gamma delta\n\nlast',
      ),
    ).toBe('alpha beta gamma WORDS delta\n\nlast\n')
    expect(
      met(
        'alpha beta gamma delta\n\nlast',
        'alpha beta gamma WORDS delta\n\nlast',
        'alpha beta\n\ngamma delta\n\nlast',
      ),
    ).toBe('alpha beta\n\ngamma WORDS delta\n\nlast\n')
  })

  test('left it out: the block stays', () => {
    expect(met('alpha\n\nbeta\n\ngamma', 'alpha\n\nbeta WORDS\n\ngamma', 'alpha\n\ngamma')).toBe(
      'alpha\n\nbeta WORDS\n\ngamma\n',
    )
    expect(met('a\n\n- one\n- two\n- three\n\nb', 'a\n\n- one\n- two WORDS\n- three\n\nb', 'a\n\nb')).toBe(
      'a\n\n- two WORDS\n\nb\n',
    )
    expect(met('- one\n- two', '- one\n- two\n- WORDS', '- [ ] one\n- [ ] two')).toContain('WORDS')
  })

  test('and what others left out is not brought back by moving it', () => {
    expect(
      met('alpha beta gamma delta\n\nlast', 'alpha beta delta\n\nlast', 'last\n\nalpha beta gamma delta'),
    ).toBe('last\n\nalpha beta delta\n')
  })

  test('wrote in it, and others made another block of it: what was written stays, too', () => {
    expect(met('one para here\n\nlast', '# one para here\n\nlast', 'one para WORDS here\n\nlast')).toBe(
      '# one para WORDS here\n\nlast\n',
    )
    expect(met('alpha\n\nbeta\n\ngamma', 'alpha\n\ngamma', 'alpha\n\nbeta WORDS\n\ngamma')).toBe(
      'alpha\n\nbeta WORDS\n\ngamma\n',
    )
  })
})

interface Block {
  readonly type: 'paragraph' | 'heading' | 'blockquote' | 'bullet_list' | 'task_list' | 'code_block'
  readonly words: readonly string[]
}

const TYPES = ['paragraph', 'heading', 'blockquote', 'bullet_list', 'task_list', 'code_block'] as const
/** Few, so that the same words stand in many places. */
const word = fc.integer({ min: 0, max: 60 }).map((at) => `${'abcdefghij'[at % 10]}${at}`)
const block: fc.Arbitrary<Block> = fc.record({
  type: fc.constantFrom(...TYPES),
  words: fc.oneof(
    { weight: 6, arbitrary: fc.array(word, { minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(word, { minLength: 400, maxLength: 500 }) },
  ),
})
const place = fc.nat({ max: 1_000 })
const change = fc.record({
  kind: fc.constantFrom('type', 'move', 'join', 'divide', 'leave out', 'word', 'add'),
  at: place,
  to: place,
})

function changed(
  blocks: readonly Block[],
  { kind, at, to }: { kind: string; at: number; to: number },
): Block[] {
  const out = [...blocks]
  const index = out.length === 0 ? 0 : at % out.length
  const one = out[index]
  if (one === undefined) return [{ type: 'paragraph', words: ['new'] }]
  const [cut, type] = [to % (one.words.length + 1), TYPES[to % TYPES.length] ?? 'paragraph']
  const next = out[index + 1]
  switch (kind) {
    case 'type':
      return out.with(index, { ...one, type })
    case 'move':
      out.splice(index, 1)
      return out.toSpliced(to % (out.length + 1), 0, one)
    case 'join':
      return next === undefined
        ? out
        : out.toSpliced(index, 2, { ...one, words: [...one.words, ...next.words] })
    case 'divide':
      return out.toSpliced(
        index,
        1,
        { ...one, words: one.words.slice(0, cut) },
        { type, words: one.words.slice(cut) },
      )
    case 'leave out':
      return out.toSpliced(index, 1)
    case 'add':
      return out.toSpliced(index, 0, { type, words: ['k60', 'new', 'words'] })
    default:
      return out.with(index, { ...one, words: one.words.toSpliced(cut, 1, 'other') })
  }
}

function pageWith(blocks: readonly Block[]): string {
  const inline = (words: readonly string[]) =>
    words.length === 0 ? [] : [{ type: 'text', text: words.join(' ') }]
  const content = blocks.map(({ type, words }) => {
    const paragraph = { type: 'paragraph', content: inline(words) }
    if (type === 'blockquote') return { type, content: [paragraph] }
    if (type === 'bullet_list') return { type, content: [{ type: 'list_item', content: [paragraph] }] }
    if (type === 'task_list') return { type, content: [{ type: 'task_item', content: [paragraph] }] }
    return { type, content: inline(words) }
  })
  return JSON.stringify({ type: 'doc', content: content.length === 0 ? [{ type: 'paragraph' }] : content })
}

const json = (blocks: readonly Block[]) => edit({ kind: 'page', updates: [] }, 'json', pageWith(blocks))

function textsIn(parent: Y.XmlFragment): Y.XmlText[] {
  return (parent.toArray() as readonly unknown[]).flatMap((child) =>
    child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? textsIn(child) : [],
  )
}

/** What people's editors send who put each of these words in somewhere. */
function typed(base: Y.Doc, places: readonly { readonly at: number; readonly to: number }[]): Uint8Array {
  const own = opened([Y.encodeStateAsUpdate(base)])
  const before = Y.encodeStateVector(own)
  for (const [index, { at, to }] of places.entries()) {
    const texts = textsIn(own.getXmlFragment('prosemirror'))
    const text = texts[at % Math.max(1, texts.length)]
    text?.insert(to % (text.length + 1), 'ΩΨΔ'.charAt(index))
  }
  return Y.encodeStateAsUpdate(own, before)
}

describe('A10 whatever the writer does to blocks', { timeout: 120_000 }, () => {
  const RUNS = { numRuns: 60, seed: 20261122 }
  const blocks = fc.array(block, { minLength: 1, maxLength: 7 })

  for (const format of ['json', 'markdown'] as const)
    test(`${format}: stored words of others stand there once, and what was written is there`, () => {
      fc.assert(
        fc.property(
          blocks,
          fc.array(fc.record({ at: place, to: place }), { minLength: 1, maxLength: 3 }),
          fc.array(change, { minLength: 1, maxLength: 3 }),
          (before, places, changes) => {
            const base = opened([json(before)])
            const mine = opened([json(changes.reduce(changed, before))])
            const others = typed(base, places)
            const made = after({ base, others, format, text: said(mine, format) })
            const words = textOf(pageOf(made))
            if (textsIn(base.getXmlFragment('prosemirror')).length > 0)
              for (const index of places.keys()) expect(words.split('ΩΨΔ'.charAt(index)).length - 1).toBe(1)
            for (const text of ['other', 'new']) {
              const count = (all: string) => all.split(text).length
              expect(count(words)).toBeGreaterThanOrEqual(count(textOf(pageOf(mine))))
            }
          },
        ),
        RUNS,
      )
    })

  test('the edit is no larger than the blocks it changes', () => {
    fc.assert(
      fc.property(blocks, change, (before, one) => {
        const base = opened([json([...before, { type: 'paragraph', words: Array(3_000).fill('same') }])])
        const next = changed(before, one)
        const text = pageWith([...next, { type: 'paragraph', words: Array(3_000).fill('same') }])
        const size = (all: readonly Block[]) => JSON.stringify(all).length
        const touched = next.filter((block) => !before.includes(block))
        const moved = one.kind === 'move' ? Math.max(0, ...before.map((block) => size([block]))) : 0
        expect(edit(storedOf(base), 'json', text)?.length ?? 0).toBeLessThan(
          150 + 2 * size(touched) + 2 * moved,
        )
      }),
      RUNS,
    )
  })
})
