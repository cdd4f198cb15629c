import { describe, expect, test } from 'vitest'
import type * as Y from 'yjs'
import { judgeKeystroke } from '#server/gate/keystroke.ts'
import { chance as seeded } from './chance.ts'
import { Door } from './door.ts'
import { expectAgreement } from './fuzz.ts'
import { editPage, editText, Writer } from './honest.ts'
import { mutate } from './hostile.ts'
import { deletion } from './make.ts'

const kinds = ['any', 'page'] as const

describe('the short way for keystrokes', () => {
  test.each(kinds)(
    'G4 in a %s document says what the long way says, of keystrokes and of their mutants',
    (kind) => {
      const chance = seeded(kind === 'any' ? 21 : 22)
      const door = new Door(kind)
      const writers = [1, 300, 70_000].map((client) => new Writer(client, 'anonymous'))
      let short = 0
      let offered = 0
      for (let i = 0; i < 400; i++) {
        const writer = chance.of(writers)
        if (kind === 'page') editPage(writer.doc, chance)
        else editText(writer.doc.getText('t'), chance)
        for (const update of writer.unsent.splice(0)) {
          for (let mutants = 0; mutants < 12; mutants++, offered++)
            if (expectAgreement(door, mutate(update, chance))) short++
          if (expectAgreement(door, update)) short++
          door.accept(update, 'anonymous')
          for (const other of writers) if (other !== writer) other.read(update)
        }
      }
      expect(offered).toBeGreaterThan(3_000)
      expect(short).toBeGreaterThan(200)
    },
  )

  test('G4 most of typing goes it', () => {
    const door = new Door()
    const writer = new Writer(1, 'ada')
    const text: Y.Text = writer.doc.getText('t')
    for (let i = 0; i < 50; i++) text.insert(i, 'x')
    text.insert(25, 'y')
    text.delete(10, 1)
    let short = 0
    for (const update of writer.unsent) {
      if (judgeKeystroke(door.knowledge, update, door.admission('ada')) !== null) short++
      door.accept(update)
    }
    expect(short).toBe(51)
  })

  test('G11 somebody else’s client id, known deletions, gaps and holes in order go the long way', () => {
    const door = new Door()
    const writer = new Writer(1, 'ada')
    const text = writer.doc.getText('t')
    for (let i = 0; i < 10; i++) text.insert(i, 'x')
    const last = writer.unsent.pop() ?? new Uint8Array()
    for (const update of writer.unsent) door.accept(update)
    door.accept(deletion([1, 2, 2]))
    const judge = (update: Uint8Array, author = 'ada') =>
      judgeKeystroke(door.knowledge, update, door.admission(author))
    expect(judge(last)).not.toBeNull()
    expect(judge(last, 'bob')).toBeNull()
    expect(judge(deletion([1, 0, 1]))).not.toBeNull()
    expect(judge(deletion([1, 1, 2]))).toBeNull()
    expect(judge(deletion([1, 8, 2]))).toBeNull()
    expect(judge(deletion([1, 5, 1, 4, 1]))).toBeNull()
    expect(judge(deletion([1, 4, 1, 5, 1]))).toBeNull()
    expect(judge(deletion())).toBeNull()
  })
})
