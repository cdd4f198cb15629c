/**
 * Updates that nobody honest sends, with their exact bytes, through every door there is: over each carrier as an edit,
 * in a sync and as a push, and over the API. Two people write in another document meanwhile.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { edited, foreignContent, jsonAmongNodes, pageOfHello } from '#tests/gate/foreign-content.ts'
import { made, nested, rooted, typed } from '#tests/gate/make.ts'
import { ambiguous, malformed } from '#tests/gate/malformed.ts'
import { Attacked, carriers, hash, loaded, told } from './attacked.ts'
import { freshSession } from './end.ts'

const NAME = 'n'.repeat(1_000_000)

let attacked: Attacked
let before: Uint8Array[]

beforeAll(async () => {
  attacked = await Attacked.open()
  await attacked.write('attacked', typed(1, 'hello world'))
})

beforeEach(async () => {
  before = await attacked.stored('attacked')
  await attacked.begin()
})

/** Nothing of it is stored, whoever comes reads what was there, the others went on. */
afterEach(async () => {
  await attacked.noticedByNobody()
  expect(await attacked.stored('attacked')).toEqual(before)
  expect((await attacked.read('attacked')).getText('t').toString()).toBe('hello world')
})

afterAll(() => attacked?.close())

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** The status that the API answers this update with. */
async function posted(update: Uint8Array): Promise<number> {
  const path = '/v1/documents/attacked/updates'
  return (await attacked.ask(path, { method: 'POST', body: new Uint8Array(update) })).status
}

describe.each(carriers)('over %s', (carrier) => {
  const live = (update: Uint8Array) => attacked.outcome(carrier, 'attacked', [{ type: 'update', update }])

  test('G1 what is no update, or none that may be: 4400, in each way it can come, while others write', async () => {
    for (const [what, hex] of malformed)
      expect(await attacked.everyWay(carrier, 'attacked', bytes(hex)), what).toEqual([4400, 4400, 4400])
  })

  test('G3 too many roots, too deep, too many clients or deletions: 4400 or 4413', async () => {
    const names = Array.from({ length: 40_000 }, (_, i) => `root${i}`)
    for (const update of [rooted(9, names), nested(9, 12_000), manyDeletions(1_000_000)])
      expect([4400, 4413]).toContain(await live(update))
  })

  test('G3 a node, a key, a mark or a root with a name of a million letters: 4413', async () => {
    const long = [
      made(9, (doc) => doc.getXmlFragment('prosemirror').insert(0, [new Y.XmlElement(NAME)])),
      made(9, (doc) => doc.getMap('m').set(NAME, 1)),
      made(9, (doc) => doc.getText('t').insert(0, 'x', { [NAME]: true })),
      rooted(9, [NAME]),
    ]
    expect(await Promise.all(long.map(live))).toEqual([4413, 4413, 4413, 4413])
  })

  test.each([
    ['G5 an item at clock 5 of somebody unknown', '01010905840904017800'],
    ['G7 items that wait for each other', '02020900840a000178840a010178020a008409000178840901017800'],
    ['G6 the deletion of what nobody has written yet', '0001090100ffffffff0f'],
    ['G9 known edits again', '01010100040101740168' + '00'],
  ])('%s: nothing is stored, and the channel stays', async (_what, hex) => {
    const stays = ['stays', 'stays', 'stays']
    expect(await attacked.everyWay(carrier, 'attacked', bytes(hex))).toEqual(stays)
  })

  test('I4 a gap a hundred times over is asked about at most once a second, and nothing grows', async () => {
    const end = attacked.end(carrier, 'attacked')
    await end.next('step2')
    const asked = end.of('step1').length
    const gap = { type: 'update', update: bytes('01010905840904017800') } as const
    end.send(...Array.from({ length: 100 }, () => gap), { type: 'ping', nonce: 7 })
    await end.next('pong')
    expect(end.of('step1').length - asked).toBeLessThan(50)
    end.cut()
  })

  test('G9 known edits with other words: 4409', async () => {
    expect(await live(typed(1, 'ZZZZZ'))).toBe(4409)
  })

  test('G4 what can be read in two ways is stored in one: who was there, a replay, a merge and who comes anew hold the same', async () => {
    await Promise.all(
      ambiguous.map(async ([what, hex], at) => {
        const document = `read-${carrier}-${at}`
        await attacked.write(document, typed(1, 'hello world'))
        await holdTheSame(document, bytes(hex), what)
      }),
    )
  })

  test('G4 any text is the same to everybody: no character, a hundred thousand marks on one, written from right to left, cut in two', async () => {
    const texts = ['a\u0000b', `a${'\u0301'.repeat(100_000)}`, '\u202eabc\u2066', '\ufeff\u2028\u{e0001}']
    const odd = texts.map((text) => typed(9, text))
    const face = made(1, (doc) => doc.getText('t').insert(0, '👍'))
    odd.push(made(9, (doc) => doc.getText('t').insert(1, '-'), face))
    // Half of a pair, as JSON can write it and UTF-8 cannot.
    odd.push(bytes(`010109000501017408${Buffer.from('"\\ud800"').toString('hex')}00`))
    await Promise.all(
      odd.map(async (update, at) => {
        const document = `odd-${carrier}-${at}`
        await attacked.write(document, face)
        await holdTheSame(document, update, String(at))
      }),
    )
    expect(await live(bytes('010109000401017403eda08000'))).toBe(4400)
  })

  test('G18 what a page has no place for is left out with a code, and what was typed beside it stays', async () => {
    const document = `page-${carrier}`
    const session = freshSession()
    const start = attacked.end('websocket', document, { kind: 'page' })
    await start.next('step2')
    start.send({ type: 'update', update: pageOfHello })
    await start.next('entries')
    const updates = foreignContent.map(([, change], at) =>
      edited((doc, paragraph, text) => {
        change(doc, paragraph, text)
        text.insert(text.length, ' world')
      }, 100 + at),
    )
    updates.push(
      edited((doc) => doc.getText('notes').insert(0, 'notes'), 200),
      jsonAmongNodes(201),
    )
    const end = attacked.end(carrier, document, { sessions: [session] })
    await end.next('step2')
    for (const [at, update] of updates.entries()) end.send({ type: 'push', session, number: at + 1, update })
    await end.until(() => end.of('refused').length === updates.length, 'every refusal')
    expect(end.of('refused').map(({ code, number }) => [code, number])).toEqual(
      updates.map((_, at) => [4403, at + 1]),
    )
    const titled = edited((doc) => doc.getMap('meta').set('title', 'T'), 300)
    end.send({ type: 'push', session, number: updates.length + 1, update: titled })
    await end.until(() => end.of('ack').at(-1)?.to === updates.length + 1, 'an ack')
    const shown = `<paragraph>hello${' world'.repeat(foreignContent.length)}</paragraph>`
    for (const other of carriers) {
      const doc = await attacked.read(document, other)
      expect(doc.getXmlFragment('prosemirror').toString()).toBe(shown)
      expect([...doc.share.keys()]).not.toContain('notes')
      expect(doc.getMap('meta').toJSON()).toEqual({ title: 'T' })
    }
    const text = await attacked.ask(`/v1/documents/${document}/content?format=text`)
    expect((await text.text()).trim()).toBe(`hello${' world'.repeat(foreignContent.length)}`)
    for (const one of [start, end]) one.cut()
  })

  /** An update that may enter, in each way it can be held. */
  async function holdTheSame(document: string, update: Uint8Array, what: string): Promise<void> {
    const watcher = attacked.end('websocket', document)
    await watcher.next('step2')
    expect(await attacked.outcome(carrier, document, [{ type: 'update', update }]), what).toBe('stays')
    await watcher.until(() => watcher.of('entries').at(-1)?.to === 2, 'the update')
    const log = await attacked.stored(document)
    expect(log).toHaveLength(2)
    const anew = await Promise.all(carriers.map((other) => attacked.read(document, other)))
    const held = [told(watcher), loaded(log), loaded([Y.mergeUpdates(log)]), ...anew]
    const [one = ''] = held.map(hash)
    expect(held.map(hash), what).toEqual(held.map(() => one))
    expect(loaded([Y.encodeStateAsUpdate(loaded(log))]).toJSON(), what).toEqual(loaded(log).toJSON())
    watcher.cut()
  }
})

describe('over the API', () => {
  test('G1 what is no update, or none that may be: 400, and nothing of it is stored', async () => {
    for (const [what, hex] of malformed) expect(await posted(bytes(hex)), what).toBe(400)
  })

  test('G5 G6 G9 what depends on what is missing, or says otherwise what is known: 409', async () => {
    for (const update of [bytes('0001090100ffffffff0f'), typed(1, 'ZZZZZ')])
      expect(await posted(update)).toBe(409)
  })

  test('A12 half of a pair of code units is refused in a title, and in text becomes the character for what is none', async () => {
    const put = (body: string) => attacked.ask('/v1/documents/halves', { method: 'PUT', body })
    expect((await put('{"title":"a\\ud800b"}')).status).toBe(400)
    expect((await put('{"content":"c\\udc00d","format":"text"}')).status).toBe(201)
    const text = await (await attacked.ask('/v1/documents/halves/content?format=text')).text()
    expect(text.trim()).toBe('c\ufffdd')
    const docs = await Promise.all(carriers.map((carrier) => attacked.read('halves', carrier)))
    for (const doc of docs) expect(doc.getXmlFragment('prosemirror').toString()).toContain('c\ufffdd')
    expect(new Set(docs.map(hash)).size).toBe(1)
  })
})

/** Every second clock of one client, in a delete set without structs. */
function manyDeletions(count: number): Uint8Array {
  const out: number[] = []
  const number = (value: number): void => {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) out.push(128 | (rest & 127))
    out.push(rest)
  }
  for (const value of [0, 1, 1, count]) number(value)
  for (let at = 0; at < count; at++) {
    number(2 * at)
    number(1)
  }
  return Uint8Array.from(out)
}
