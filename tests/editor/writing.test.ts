import fc from 'fast-check'
import { type Fragment, type Mark, type Node, type Schema, Slice } from 'prosemirror-model'
import { EditorState } from 'prosemirror-state'
import { ReplaceStep, Transform } from 'prosemirror-transform'
import { describe, expect, test } from 'vitest'
import { prosemirrorToYXmlFragment, yXmlFragmentToProseMirrorRootNode } from 'y-prosemirror'
import * as Y from 'yjs'
import { narrow } from '#client/editor/narrow.ts'
import { type Mapping, readFragment } from '#client/editor/reading.ts'
import { createSchema } from '#client/editor/schema.ts'
import { writeFragment } from '#client/editor/writing.ts'
import { differences } from '#shared/difference.ts'

const schema = createSchema()

/** One person's side without a screen: a shared document, and what an editor would show of it. */
class Side {
  readonly doc = new Y.Doc()
  readonly mapping: Mapping = new Map()
  shown: Node

  constructor() {
    this.shown = this.read()
    this.fragment.observeDeep((_, transaction) => {
      if (transaction.origin === this) return
      for (const type of transaction.changed.keys()) this.mapping.delete(type)
      for (const type of transaction.changedParentTypes.keys()) this.mapping.delete(type)
    })
  }

  get fragment(): Y.XmlFragment {
    return this.doc.getXmlFragment('prosemirror')
  }

  read(): Node {
    const { doc, unknown } = readFragment(this.fragment, schema, this.mapping)
    expect(unknown).toEqual([])
    return doc
  }

  write(doc: Node): void {
    this.doc.transact(() => writeFragment(this.fragment, doc, this.mapping), this)
    this.shown = doc
  }

  take(other: Side): void {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(this.doc)), 'line')
    const tr = EditorState.create({ doc: this.shown }).tr
    narrow(tr, this.read())
    this.shown = tr.doc
  }
}

function fresh(fragment: Y.XmlFragment): Node {
  return readFragment(fragment, schema, new Map()).doc
}

describe('what is written is what is read', () => {
  test('after any edits by two people who sometimes meet, both hold the same, and each sees what it holds', () => {
    fc.assert(
      fc.property(fc.array(edit(), { minLength: 1, maxLength: 30 }), (edits) => {
        const sides = [new Side(), new Side()] as const
        for (const { who, meet, ...change } of edits) {
          const side = sides[who]
          side.write(apply(side.shown, change))
          expect(fresh(side.fragment).eq(side.shown)).toBe(true)
          expect(side.read().eq(side.shown)).toBe(true)
          if (meet) {
            sides[0].take(sides[1])
            sides[1].take(sides[0])
            for (const each of sides) expect(fresh(each.fragment).eq(each.shown)).toBe(true)
            expect(sides[0].shown.eq(sides[1].shown)).toBe(true)
          }
        }
      }),
      { numRuns: 300, seed: 20261122 },
    )
  })

  test('another binding reads the same, and what it wrote is not written again', () => {
    fc.assert(
      fc.property(fc.array(edit(), { minLength: 1, maxLength: 12 }), (edits) => {
        let doc = fresh(new Y.Doc().getXmlFragment('prosemirror'))
        for (const change of edits) doc = apply(doc, change)
        const side = new Side()
        side.write(doc)
        expect(yXmlFragmentToProseMirrorRootNode(side.fragment, schema).eq(doc)).toBe(true)
        const other = new Y.Doc()
        prosemirrorToYXmlFragment(doc, other.getXmlFragment('prosemirror'))
        const before = Y.encodeStateVector(other)
        other.transact(() => writeFragment(other.getXmlFragment('prosemirror'), doc, new Map()))
        expect(Y.encodeStateVector(other)).toEqual(before)
      }),
      { numRuns: 100, seed: 20261122 },
    )
  })
})

describe('the difference between two texts', () => {
  test('leads from one to the other, and never through half a character', () => {
    const text = fc.string({ maxLength: 40, unit: fc.constantFrom('a', 'b', 'c', ' ', '😀', '😁', '𝄞') })
    fc.assert(
      fc.property(text, text, (before, after) => {
        let result = before
        for (const { from, to, start, end } of differences(before, after).reverse()) {
          for (const piece of [before.slice(from, to), after.slice(start, end)])
            expect(piece.isWellFormed(), `${before} → ${after}`).toBe(true)
          result = result.slice(0, from) + after.slice(start, end) + result.slice(to)
        }
        expect(result).toBe(after)
      }),
      { numRuns: 3_000, seed: 20261122 },
    )
  })

  test('letters kept between two changes are not touched', () => {
    expect(differences('middle', 'before middle after')).toHaveLength(2)
    expect(differences('a **word** b', 'a word b')).toEqual([
      { from: 2, to: 4, start: 2, end: 2 },
      { from: 8, to: 10, start: 6, end: 6 },
    ])
  })
})

describe('what two people do at once', () => {
  const p = (...content: (string | Node)[]) =>
    schema.node(
      'paragraph',
      null,
      content.map((item) => (typeof item === 'string' ? schema.text(item) : item)),
    )
  const doc = (...blocks: Node[]) => schema.node('doc', null, blocks)

  function meet(start: Node, first: Node, second: Node): Node {
    const sides = [new Side(), new Side()] as const
    sides[0].write(start)
    sides[1].take(sides[0])
    sides[0].write(first)
    sides[1].write(second)
    sides[0].take(sides[1])
    sides[1].take(sides[0])
    expect(sides[0].shown.eq(sides[1].shown)).toBe(true)
    return sides[0].shown
  }

  test('begin one empty paragraph: both texts stay, and go on staying while both type', () => {
    const sides = [new Side(), new Side()] as const
    sides[0].write(doc(p(), p('end')))
    sides[1].take(sides[0])
    sides[0].write(doc(p('ab'), p('end')))
    sides[1].write(doc(p('xy'), p('end')))
    const meetAll = () => {
      sides[0].take(sides[1])
      sides[1].take(sides[0])
      expect(sides[0].shown.eq(sides[1].shown)).toBe(true)
      return sides[0].shown.textContent
    }
    const both = meetAll()
    expect([...both].sort().join('')).toBe('abdenxy')
    const paragraph = sides[0].shown.child(0).textContent
    const grown = (text: string, at: string, letter: string) => text.replace(at, at + letter)
    sides[0].write(doc(p(grown(paragraph, 'ab', '1')), p('end')))
    sides[1].write(doc(p(grown(paragraph, 'xy', '2')), p('end')))
    expect(meetAll()).toBe(`${grown(grown(paragraph, 'ab', '1'), 'xy', '2')}end`)
  })

  test('one empties a paragraph, the other types in it: what was typed stays', () => {
    expect(meet(doc(p('old')), doc(p()), doc(p('old new'))).textContent).toBe(' new')
  })

  test('one types behind a break that the other takes away: what was typed stays', () => {
    const br = schema.node('hard_break')
    const merged = meet(doc(p('one', br, 'two')), doc(p('onetwo')), doc(p('one', br, 'two three')))
    expect(merged.textContent).toContain(' three')
  })

  test('one makes a word bold, the other types in it: both stand', () => {
    const bold = schema.text('word', [schema.mark('bold')])
    const merged = meet(doc(p('a word here')), doc(p('a ', bold, ' here')), doc(p('a wo-rd here')))
    expect(merged.textContent).toBe('a wo-rd here')
    expect(String(merged)).toContain('bold')
  })

  test('one makes a word bold, the other the same word italic: it is both', () => {
    const marked = (name: string) => p('a ', schema.text('word', [schema.mark(name)]))
    const merged = meet(doc(p('a word')), doc(marked('bold')), doc(marked('italic')))
    expect(
      merged
        .child(0)
        .child(1)
        .marks.map(({ type }) => type.name),
    ).toEqual(['bold', 'italic'])
  })

  test('one writes on both sides of a word in one step, the other inside it: all of it stays', () => {
    const merged = meet(doc(p('middle')), doc(p('before middle after')), doc(p('mid-dle')))
    expect(merged.textContent).toBe('before mid-dle after')
  })

  test('half an emoji is never written', () => {
    const side = new Side()
    side.write(doc(p('a😀b')))
    side.write(doc(p('a😁b')))
    const other = new Y.Doc()
    Y.applyUpdate(other, Y.encodeStateAsUpdate(side.doc))
    expect(fresh(other.getXmlFragment('prosemirror')).textContent).toBe('a😁b')
  })

  test('typing inside bold text adds letters and no formats', () => {
    const bold = (text: string) => p('x ', schema.text(text, [schema.mark('bold')]), ' y')
    const side = new Side()
    side.write(doc(bold('ab')))
    const before = Y.encodeStateVector(side.doc)
    side.write(doc(bold('acb')))
    const [delta = 0] = [...Y.decodeStateVector(Y.encodeStateVector(side.doc)).values()].map(
      (clock) => clock - ([...Y.decodeStateVector(before).values()][0] ?? 0),
    )
    expect(delta).toBe(1)
  })
})

type Change = { readonly at: number; readonly to: number; readonly how: number; readonly text: string }

function edit() {
  return fc.record({
    who: fc.constantFrom(0 as const, 1 as const),
    meet: fc.boolean(),
    at: fc.nat(1_000),
    to: fc.nat(8),
    how: fc.nat(11),
    text: fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' }),
  })
}

/** Some legal edit of `doc`; where the one asked for is not legal there, text is typed. */
function apply(doc: Node, { at, to, how, text }: Change): Node {
  const tr = new Transform(doc)
  const from = at % (doc.content.size + 1)
  const end = Math.min(doc.content.size, from + to)
  try {
    change(tr, { from, end, how, text })
    tr.doc.descendants((node, position) => {
      if (node.isInline && !node.isText) for (const mark of node.marks) tr.removeNodeMark(position, mark)
    })
    tr.doc.check()
    return isWellFormed(tr.doc) ? tr.doc : doc
  } catch {
    // Not legal at this place: a random edit need not be.
    return doc
  }
}

function change(
  tr: Transform,
  { from, end, how, text }: { from: number; end: number; how: number; text: string },
) {
  const node = (name: string, content?: Fragment | Node | Node[]) =>
    schema.nodes[name]?.createAndFill(null, content)
  const block = (name: string) => {
    const made = node(name)
    if (made) tr.insert(from, made)
  }
  switch (how) {
    case 0:
    case 1:
    case 2:
      return void tr.insert(from, schema.text(text))
    case 3:
      return void tr.delete(from, end)
    case 4:
      return void tr.split(from)
    case 5:
      return void tr.join(from)
    case 6:
      return void toggle(tr, from, end, someMark(schema, text))
    case 7:
      return void tr.setBlockType(from, end, schema.nodes[text < 'm' ? 'heading' : 'code_block'] as never)
    case 8:
      return block(text < 'm' ? 'bullet_list' : 'table')
    case 9:
      return block(text < 'm' ? 'horizontal_rule' : 'task_list')
    case 10:
      return void tr.insert(
        from,
        schema.node(text < 'm' ? 'hard_break' : 'mention', text < 'm' ? null : { id: text }),
      )
    default:
      return void tr.step(
        new ReplaceStep(from, end, new Slice(tr.doc.slice(0, Math.min(6, end)).content, 0, 0)),
      )
  }
}

/** No editor cuts a character in half. */
function isWellFormed(doc: Node): boolean {
  let well = true
  doc.descendants((node) => {
    well &&= node.text?.isWellFormed() ?? true
  })
  return well
}

function someMark(from: Schema, text: string): Mark {
  if (text < 'h') return from.mark('bold')
  return text < 'q'
    ? from.mark('comment', { thread: text })
    : from.mark('link', { href: 'https://example.org/' })
}

function toggle(tr: Transform, from: number, to: number, mark: Mark): void {
  if (tr.doc.rangeHasMark(from, to, mark.type)) tr.removeMark(from, to, mark)
  else tr.addMark(from, to, mark)
}
