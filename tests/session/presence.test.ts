import { describe, expect, test } from 'vitest'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { joinToWindow } from '#client/sync/browser.ts'
import { seq } from '#shared/id.ts'
import { EMPTY, Stage } from './stage.ts'

/** What somebody else says of themselves. */
function said(client: number, state: unknown, clock = 1): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  const awareness = new Awareness(doc)
  for (let i = 0; i < clock; i++) awareness.setLocalState(state as Record<string, unknown>)
  const update = encodeAwarenessUpdate(awareness, [client])
  doc.destroy()
  return update
}

function hear(stage: Stage, presence: Uint8Array): void {
  stage.line.say({ type: 'presence', presence })
}

/** Client ids this session sees, its own left out. */
function others(stage: Stage): number[] {
  const { awareness } = stage.document
  return [...awareness.getStates().keys()].filter((id) => id !== awareness.clientID)
}

describe('S39 presence', () => {
  test('S39 sends only the own state, at once, then at most every 80 ms', async () => {
    using stage = new Stage()
    stage.start()
    const { awareness } = stage.document
    hear(stage, said(7, { user: { name: 'Ana' } }))
    await stage.clock.pass(200)
    const before = stage.line.of('presence').length
    for (let i = 0; i < 40; i++) {
      awareness.setLocalStateField('caret', i)
      await stage.clock.pass(10)
    }
    const sent = stage.line.of('presence').length - before
    expect(sent).toBeGreaterThanOrEqual(4)
    expect(sent).toBeLessThanOrEqual(7)
    const seen = new Awareness(new Y.Doc())
    const { applyAwarenessUpdate } = await import('y-protocols/awareness')
    for (const { presence } of stage.line.of('presence')) applyAwarenessUpdate(seen, presence, null)
    expect(seen.getStates().get(awareness.clientID)).toMatchObject({ caret: 39 })
    expect(seen.getStates().has(7)).toBe(false)
    seen.doc.destroy()
  })

  test('S39 is said anew on each channel, under a clock that outruns the last farewell', async () => {
    using stage = new Stage()
    stage.document.awareness.setLocalState({ user: { name: 'Me' } })
    stage.start()
    const clockOf = (): number =>
      stage.document.awareness.meta.get(stage.document.awareness.clientID)?.clock ?? -1
    const first = clockOf()
    stage.line.cut()
    await stage.clock.pass(1_000)
    stage.welcome()
    expect(stage.line.of('presence')).toHaveLength(1)
    expect(clockOf()).toBeGreaterThan(first)
  })

  test('S39 overrules a farewell in its own name', async () => {
    using stage = new Stage()
    stage.document.awareness.setLocalState({ user: { name: 'Me' } })
    stage.start()
    await stage.clock.pass(200)
    const before = stage.line.of('presence').length
    const { clientID } = stage.document.awareness
    const doc = new Y.Doc()
    doc.clientID = clientID
    const dead = new Awareness(doc)
    for (let i = 0; i < 50; i++) dead.setLocalState(null)
    hear(stage, encodeAwarenessUpdate(dead, [clientID]))
    expect(stage.document.awareness.getLocalState()).toEqual({ user: { name: 'Me' } })
    await stage.clock.pass(200)
    expect(stage.line.of('presence').length).toBeGreaterThan(before)
    expect(stage.document.awareness.meta.get(clientID)?.clock).toBeGreaterThan(49)
    doc.destroy()
  })

  test('S39 nobody speaks for this client, and what is no state is not shown', () => {
    using stage = new Stage()
    stage.document.awareness.setLocalState({ user: { name: 'Me' } })
    stage.start()
    const { clientID } = stage.document.awareness
    hear(stage, said(clientID, { user: { name: 'Impostor' } }, 99))
    expect(stage.document.awareness.getLocalState()).toEqual({ user: { name: 'Me' } })
    const bad: unknown[] = [
      [1, 2, 3],
      'text',
      { user: 'a name' },
      { user: { name: 'x'.repeat(101) } },
      { user: { name: 7 } },
      { user: { name: 'Ana', color: 'x'.repeat(33) } },
      { cursor: 'here' },
      { cursor: { anchor: { type: { client: -1, clock: 0 } }, head: {} } },
      { cursor: { anchor: { tname: 5 }, head: {} } },
      { note: 'x'.repeat(5_000) },
    ]
    for (const [i, state] of bad.entries()) hear(stage, said(100 + i, state))
    expect(others(stage)).toEqual([])
    const position = { type: null, tname: 'prosemirror', item: { client: 1, clock: 2 }, assoc: 0 }
    hear(
      stage,
      said(8, { user: { name: 'Ana', color: '#aa3366' }, cursor: { anchor: position, head: position } }),
    )
    expect(others(stage)).toEqual([8])
    stage.line.say({ type: 'presence', presence: Uint8Array.of(5, 1, 1, 200) })
    expect(stage.session.status.kind).toBe('live')
  })

  test('S39 whoever has not been heard of for 30 s is gone, and comes back with the next word', async () => {
    using stage = new Stage()
    stage.start()
    hear(stage, said(7, { user: { name: 'Ana' } }))
    for (let i = 0; i < 5; i++) {
      await stage.clock.pass(5_000)
      hear(stage, Uint8Array.of(0))
    }
    expect(others(stage)).toEqual([7])
    await stage.clock.pass(10_000)
    expect(others(stage)).toEqual([])
    hear(stage, said(7, { user: { name: 'Ana' } }))
    expect(others(stage)).toEqual([7])
  })

  test('S39 is renewed every 15 s, so that others do not forget this client', async () => {
    using stage = new Stage()
    stage.document.awareness.setLocalState({ user: { name: 'Me' } })
    stage.start()
    for (let i = 0; i < 12; i++) {
      await stage.clock.pass(5_000)
      hear(stage, Uint8Array.of(0))
    }
    expect(stage.line.of('presence').length).toBeGreaterThanOrEqual(4)
  })
})

describe('S8 the window', () => {
  class Page extends EventTarget {
    readonly document = Object.assign(new EventTarget(), { hidden: false })
  }
  const joined = (stage: Stage): { page: Page; leave: () => void } => {
    const page = new Page()
    return { page, leave: joinToWindow(stage.session, page as unknown as Window) }
  }

  test('S8 "online" and becoming visible try at once', async () => {
    using stage = new Stage()
    const { page } = joined(stage)
    stage.start()
    page.dispatchEvent(new Event('offline'))
    expect(stage.session.status.kind).toBe('offline')
    page.dispatchEvent(new Event('online'))
    expect(stage.lines).toHaveLength(2)
    stage.line.cut()
    page.document.dispatchEvent(new Event('visibilitychange'))
    expect(stage.lines).toHaveLength(3)
    stage.line.cut()
    page.document.hidden = true
    page.document.dispatchEvent(new Event('visibilitychange'))
    expect(stage.lines).toHaveLength(3)
  })

  test('S10 leaving the page asks while something is not saved, and only then', () => {
    using stage = new Stage()
    const { page, leave } = joined(stage)
    const asks = (): boolean => !page.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    stage.start()
    expect(asks()).toBe(false)
    stage.write('mine')
    expect(asks()).toBe(true)
    stage.ack(1)
    expect(asks()).toBe(false)
    stage.write('more')
    leave()
    expect(asks()).toBe(false)
  })

  test('S39 leaving the page takes the person off the others’ screens, coming back brings them back', async () => {
    using stage = new Stage()
    stage.document.awareness.setLocalState({ user: { name: 'Me' } })
    const { page } = joined(stage)
    stage.session.start()
    stage.greet()
    stage.line.say({ type: 'resumed', seq: seq(0) }, { type: 'step2', update: EMPTY })
    page.dispatchEvent(new Event('pagehide'))
    expect(stage.document.awareness.getLocalState()).toBeNull()
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    expect(stage.document.awareness.getLocalState()).toEqual({ user: { name: 'Me' } })
  })
})
