import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { seq } from '#shared/id.ts'
import { EMPTY, EPOCH, HASH, Stage, writtenElsewhere } from './stage.ts'

describe('S10 the outbox', () => {
  test('S10 holds a change from the moment it is made until exactly its push is acknowledged', () => {
    using stage = new Stage()
    stage.write('offline ')
    expect(stage.session.status).toEqual({ kind: 'opening', pending: 1 })
    stage.start()
    stage.write('one ')
    stage.write('two ')
    expect(stage.line.pushes).toEqual([1, 2, 3])
    expect(stage.session.status).toMatchObject({ kind: 'live', pending: 3 })
    stage.ack(3)
    expect(stage.session.status.pending).toBe(2)
    stage.ack(1, 2)
    expect(stage.session.status).toMatchObject({ kind: 'live', pending: 0 })
  })

  test('S10 is not emptied by an acknowledgement for another session', () => {
    using stage = new Stage()
    stage.start()
    stage.write('mine')
    stage.line.say({ type: 'ack', session: '00000000000000ff' as never, from: 1, to: 9 })
    expect(stage.session.status.pending).toBe(1)
  })

  test('S11 is sent again after a cut: every push once, in order, with the same bytes', async () => {
    using stage = new Stage()
    stage.start()
    for (const word of ['a', 'b', 'c']) stage.write(word)
    const first = stage.line.of('push')
    stage.ack(2)
    stage.line.cut()
    stage.write('d')
    await stage.clock.pass(1_000)
    stage.welcome()
    const again = stage.line.of('push')
    expect(again.map(({ number }) => number)).toEqual([1, 3, 4])
    expect(again[0]?.update).toEqual(first[0]?.update)
    expect(again[1]?.update).toEqual(first[2]?.update)
    expect(stage.line.of('resume')[0]?.sessions).toEqual([
      { session: stage.document.outbox.session, oldest: 1 },
    ])
  })

  test('S11 sends nothing before the server has said from where the session goes on', () => {
    using stage = new Stage()
    stage.write('early')
    stage.session.start()
    stage.greet()
    stage.write('er')
    expect(stage.line.pushes).toEqual([])
    stage.line.say({ type: 'resumed', seq: seq(0) })
    expect(stage.line.pushes.length).toBeGreaterThan(0)
  })

  test('S12 merges what was written while there was no room, and counts every change all the same', () => {
    using stage = new Stage()
    stage.start()
    for (let i = 0; i < 200; i++) stage.write(String(i % 10))
    expect(stage.session.status.pending).toBe(200)
    expect(stage.line.pushes.length).toBeLessThan(30)
    const server = new Y.Doc()
    for (let acked = 0; acked < 200; ) {
      const next = stage.line.of('push')[acked]
      if (next === undefined) break
      Y.applyUpdate(server, next.update)
      stage.ack(next.number)
      acked += 1
    }
    expect(stage.session.status.pending).toBe(0)
    expect(server.getText('t').toString()).toBe(stage.text.toString())
    expect(stage.line.pushes.length).toBeLessThan(40)
  })

  test('S13 a push with a gap is replaced by what the server lacks, once it has said what it has', () => {
    using stage = new Stage()
    stage.start()
    stage.write('one')
    stage.write('two')
    const { session } = stage.document.outbox
    stage.line.say({ type: 'gap', session, number: 2 })
    expect(stage.line.pushes).toEqual([1, 2])
    stage.line.say({ type: 'step1', stateVector: Y.encodeStateVector(new Y.Doc()) })
    expect(stage.line.pushes).toEqual([1, 2, 3])
    const server = new Y.Doc()
    Y.applyUpdate(server, stage.line.of('push')[2]?.update ?? EMPTY)
    expect(server.getText('t').toString()).toBe('onetwo')
    expect(stage.session.status.pending).toBe(2)
    stage.ack(3)
    expect(stage.session.status.pending).toBe(0)
  })

  test('S13 a state vector that says nothing new is answered with nothing', () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 1, [writtenElsewhere(7, 'theirs')])
    stage.write('mine')
    const known = new Y.Doc()
    Y.applyUpdate(known, writtenElsewhere(7, 'theirs'))
    stage.line.say({ type: 'step1', stateVector: Y.encodeStateVector(known) })
    expect(stage.line.pushes).toEqual([1])
  })

  test('S13 what the server lost of others is given back to it', () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 1, [writtenElsewhere(7, 'theirs')])
    stage.line.say({ type: 'step1', stateVector: Y.encodeStateVector(new Y.Doc()) })
    const server = new Y.Doc()
    Y.applyUpdate(server, stage.line.of('push')[0]?.update ?? EMPTY)
    expect(server.getText('t').toString()).toBe('theirs')
    expect(stage.session.status.pending).toBe(1)
  })

  test('S14 a refused change stops the session, says why, and stays', () => {
    using stage = new Stage()
    stage.start()
    stage.write('not allowed')
    const { session } = stage.document.outbox
    stage.line.say({ type: 'refused', code: 4403, session, number: 1, reason: 'You may only read.' })
    expect(stage.session.status).toEqual({
      kind: 'stopped',
      pending: 1,
      code: 4403,
      reason: 'You may only read.',
    })
    expect(stage.open).toBe(0)
    expect(stage.document.outbox.updates()).toHaveLength(1)
  })

  test('S14 a change larger than the server takes is not sent for ever: it stays, and is spoken of', async () => {
    using stage = new Stage()
    stage.session.start()
    stage.welcome(seq(0), { maxFrameBytes: 10_000 })
    stage.write('x'.repeat(20_000))
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4413, pending: 1 })
    await stage.clock.pass(60_000)
    expect(stage.lines).toHaveLength(1)
    expect(stage.line.pushes).toEqual([])
  })

  test('S14 a server without a limit takes everything', () => {
    using stage = new Stage()
    stage.session.start()
    stage.welcome(seq(0), { maxFrameBytes: 0 })
    stage.write('x'.repeat(20_000))
    expect(stage.line.pushes).toEqual([1])
  })
})

describe('S20 the position', () => {
  test('S20 moves over contiguous entries only, and an acknowledgement never moves it', () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 2, [writtenElsewhere(7, 'a'), EMPTY])
    expect(stage.document.position).toEqual({ epoch: EPOCH, seq: 2, hash: HASH })
    stage.write('mine')
    stage.ack(1)
    expect(stage.document.position.seq).toBe(2)
    stage.entries(2, 5, [writtenElsewhere(8, 'b')])
    expect(stage.document.position.seq).toBe(5)
  })

  test('S20 a hole is asked for again over a new channel', async () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 3, [writtenElsewhere(7, 'a')])
    stage.entries(5, 5, [writtenElsewhere(8, 'b')])
    expect(stage.document.position.seq).toBe(3)
    expect(stage.text.toString()).toBe('a')
    await stage.clock.pass(1_000)
    stage.greet({ head: seq(5) })
    expect(stage.line.of('resume')[0]).toMatchObject({ epoch: EPOCH, seq: 3, hash: HASH })
  })

  test('S21 a session that holds a position never merges with another epoch: it stops, and keeps its edits', async () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 1, [writtenElsewhere(7, 'a')])
    stage.write('mine')
    stage.line.cut()
    await stage.clock.pass(1_000)
    stage.greet({ epoch: '00000000000000e2' as never })
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4409, pending: 1 })
    expect(stage.line.of('resume')).toEqual([])
    expect(stage.document.outbox.updates()).toHaveLength(1)
  })

  test('S21 nor does one that lost its position on the way: what it holds is of the epoch it was', async () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 1, [writtenElsewhere(7, 'a')])
    stage.line.cut()
    await stage.clock.pass(1_000)
    stage.greet({ head: seq(5) })
    stage.line.say({ type: 'resumed', seq: seq(0) })
    stage.line.cut()
    await stage.clock.pass(1_000)
    stage.greet({ epoch: '00000000000000e2' as never })
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4409 })
    expect(stage.line.of('resume')).toEqual([])
  })

  test('S21 a session without a position takes the epoch it is told, each time', async () => {
    using stage = new Stage()
    stage.start()
    stage.line.cut()
    await stage.clock.pass(1_000)
    stage.greet({ epoch: '00000000000000e2' as never })
    expect(stage.line.of('resume')[0]).toMatchObject({ epoch: '00000000000000e2', seq: 0 })
  })

  test('S22 a document of another program, or of a newer one, is not touched', () => {
    for (const [hello, code] of [
      [{ kind: 'any' as const }, 4409],
      [{ schemaVersion: 2 }, 4426],
    ] as const) {
      using stage = new Stage()
      stage.session.start()
      stage.greet(hello)
      expect(stage.session.status).toMatchObject({ kind: 'stopped', code })
    }
  })

  test('S23 an edit that an observer chokes on costs the position, and a full sync brings everything', async () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 2, [writtenElsewhere(7, 'a')])
    const choke = (): never => {
      throw new Error('an observer of the editor')
    }
    stage.text.observe(choke)
    stage.entries(3, 3, [writtenElsewhere(8, 'b')])
    stage.text.unobserve(choke)
    expect(stage.session.status.kind).toBe('reconnecting')
    await stage.clock.pass(1_000)
    stage.greet({ head: seq(3) })
    expect(stage.line.of('resume')[0]).toMatchObject({ seq: 0 })
  })

  test('S23 where the full sync fails too, the session stops and says so', async () => {
    using stage = new Stage()
    stage.start()
    stage.text.observe(() => {
      throw new Error('an observer of the editor')
    })
    stage.entries(1, 1, [writtenElsewhere(7, 'a')])
    await stage.clock.pass(1_000)
    stage.greet()
    stage.line.say({ type: 'resumed', seq: seq(0) })
    stage.entries(1, 2, [writtenElsewhere(8, 'b')])
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4400 })
    await stage.clock.pass(60_000)
    expect(stage.open).toBe(0)
  })

  test('S24 an edit that comes twice changes nothing and is not sent back', () => {
    using stage = new Stage()
    stage.start()
    stage.entries(1, 1, [writtenElsewhere(7, 'a')])
    stage.entries(1, 1, [writtenElsewhere(7, 'a')])
    expect(stage.text.toString()).toBe('a')
    expect(stage.line.pushes).toEqual([])
  })

  test('S25 a reader sends nothing, not even the tidying that Yjs does after a remote change of formatting', () => {
    using stage = new Stage()
    stage.session.start()
    stage.welcome(seq(0), { role: 'reader' })
    const base = writtenElsewhere(7, 'some bold words')
    const edited = (client: number, edit: (text: Y.Text) => void): Uint8Array => {
      const doc = new Y.Doc()
      doc.clientID = client
      Y.applyUpdate(doc, base)
      const before = Y.encodeStateVector(doc)
      edit(doc.getText('t'))
      return Y.encodeStateAsUpdate(doc, before)
    }
    let tidied = 0
    stage.document.doc.on('update', (_: unknown, origin: unknown) => {
      if (origin === null) tidied += 1
    })
    stage.entries(1, 1, [base])
    stage.entries(2, 2, [edited(8, (text) => text.format(5, 4, { bold: true }))])
    stage.entries(3, 3, [edited(9, (text) => text.delete(5, 4))])
    expect(stage.text.toString()).toBe('some  words')
    expect(tidied).toBe(0)
    stage.line.say({ type: 'step1', stateVector: Y.encodeStateVector(new Y.Doc()) })
    expect(stage.line.pushes).toEqual([])
    expect(stage.session.status).toMatchObject({ kind: 'live', role: 'reader', pending: 0 })
  })

  test('S26 a writer who becomes a reader keeps what was not taken, and sends it as a writer again', () => {
    using stage = new Stage()
    stage.start()
    stage.write('on its way')
    expect(stage.line.pushes).toEqual([1])
    stage.greet({ role: 'reader' })
    const { session } = stage.document.outbox
    stage.line.say({ type: 'refused', code: 4403, session, number: 1, reason: 'for reading only' })
    stage.write('written a moment too late')
    expect(stage.line.pushes).toEqual([1])
    expect(stage.session.status).toMatchObject({ kind: 'live', role: 'reader', pending: 2 })
    stage.greet({ role: 'writer' })
    expect(stage.line.pushes).toEqual([1, 1, 2])
    stage.line.say({ type: 'ack', session, from: 1, to: 2 })
    expect(stage.session.status).toMatchObject({ kind: 'live', role: 'writer', pending: 0 })
    expect(stage.lines).toHaveLength(1)
  })

  test('S26 what a device holds unsent does not end the session of a reader', () => {
    using stage = new Stage()
    stage.write('as a writer, without a network')
    stage.session.start()
    stage.welcome(seq(0), { role: 'reader' })
    stage.line.say({ type: 'step1', stateVector: Y.encodeStateVector(new Y.Doc()) })
    expect(stage.line.pushes).toEqual([])
    expect(stage.session.status).toMatchObject({ kind: 'live', role: 'reader', pending: 1 })
  })
})

describe('S30 what a person is told', () => {
  test('S30 live only after everything missed has come', () => {
    using stage = new Stage()
    stage.session.start()
    stage.greet()
    stage.line.say({ type: 'resumed', seq: seq(0) })
    stage.entries(1, 4, [writtenElsewhere(7, 'a')])
    expect(stage.session.status.kind).toBe('opening')
    stage.line.say({ type: 'step2', update: EMPTY })
    expect(stage.session.status).toEqual({
      kind: 'live',
      pending: 0,
      role: 'writer',
      document: 'page',
      carrier: 'websocket',
    })
  })

  test('S31 a server that cannot commit is "not saving", until it can', () => {
    using stage = new Stage()
    stage.session.start()
    stage.welcome(seq(0), { saving: false })
    expect(stage.session.status.kind).toBe('not-saving')
    stage.line.say({ type: 'saving', saving: true })
    expect(stage.session.status.kind).toBe('live')
    stage.line.say({ type: 'saving', saving: false })
    expect(stage.session.status.kind).toBe('not-saving')
  })

  test('S32 a lost channel is "reconnecting" for 5 s, then "offline", then live again', async () => {
    using stage = new Stage()
    stage.start()
    stage.line.cut()
    expect(stage.session.status.kind).toBe('reconnecting')
    await stage.clock.pass(4_900)
    expect(stage.session.status.kind).toBe('reconnecting')
    await stage.clock.pass(200)
    expect(stage.session.status.kind).toBe('offline')
    stage.session.wake()
    stage.welcome()
    expect(stage.session.status.kind).toBe('live')
    expect(stage.open).toBe(1)
  })

  test('S32 the browser that says "no network" is believed at once, and tried again all the same', async () => {
    using stage = new Stage()
    stage.start()
    stage.session.offline()
    stage.write('on this device')
    expect(stage.session.status).toEqual({ kind: 'offline', pending: 1 })
    expect(stage.open).toBe(0)
    await stage.clock.pass(2_000)
    stage.welcome()
    expect(stage.session.status.kind).toBe('live')
  })

  test('S33 a half-open channel is found within 15 s', async () => {
    using stage = new Stage()
    stage.start()
    await stage.clock.pass(15_000)
    expect(stage.lines[0]?.open).toBe(false)
    expect(stage.lines[0]?.of('ping')).toHaveLength(1)
    expect(stage.statuses).toContain('reconnecting')
    expect(stage.lines.length).toBeGreaterThan(1)
  })

  test('S33 heartbeats keep a channel for as long as they come', async () => {
    using stage = new Stage()
    stage.start()
    for (let i = 0; i < 60; i++) {
      await stage.clock.pass(5_000)
      stage.line.say({ type: 'presence', presence: Uint8Array.of(0) })
    }
    expect(stage.lines).toHaveLength(1)
    expect(stage.line.of('ping')).toEqual([])
  })

  test('S34 a device that slept asks before it gives the channel up', async () => {
    using stage = new Stage()
    stage.start()
    await stage.clock.sleep(3_600_000)
    expect(stage.line.of('ping')).toHaveLength(1)
    expect(stage.line.open).toBe(true)
    stage.line.say({ type: 'pong', nonce: 1 })
    expect(stage.session.status.kind).toBe('live')
    await stage.clock.sleep(3_600_000)
    await stage.clock.pass(3_500)
    expect(stage.lines[0]?.open).toBe(false)
  })

  test('S34 a timer that is late says nothing while frames come, as in a hidden tab', async () => {
    using stage = new Stage()
    stage.start()
    for (let minute = 0; minute < 5; minute++) {
      await stage.clock.pass(9_000)
      stage.line.say({ type: 'presence', presence: Uint8Array.of(0) })
      stage.clock.hold(60_000, () => stage.line.say({ type: 'presence', presence: Uint8Array.of(0) }))
      await stage.clock.passLate()
    }
    expect(stage.line.of('ping')).toEqual([])
    expect(stage.statuses).not.toContain('reconnecting')
  })

  test('S35 a final code ends it: no attempt follows, not even on waking up', async () => {
    using stage = new Stage()
    stage.start()
    stage.line.cut(4404, 'This document was deleted.')
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4404 })
    stage.session.wake()
    await stage.clock.pass(600_000)
    expect(stage.lines).toHaveLength(1)
    stage.session.start()
    expect(stage.lines).toHaveLength(2)
  })

  test('S36 a server that never answers is tried again and again, one attempt at a time', async () => {
    using stage = new Stage()
    stage.session.start()
    for (let i = 0; i < 100; i++) {
      await stage.clock.pass(2_000)
      stage.session.wake()
      expect(stage.open).toBeLessThanOrEqual(1)
    }
    expect(stage.lines.length).toBeGreaterThan(10)
    expect(stage.session.status.kind).toBe('offline')
  })

  test('S36 what an old channel still says reaches nobody', async () => {
    using stage = new Stage()
    stage.start()
    const old = stage.line
    stage.session.offline()
    await stage.clock.pass(2_000)
    stage.welcome()
    old.open = true
    old.say({
      type: 'entries',
      from: seq(1),
      to: seq(9),
      hash: HASH,
      updates: [writtenElsewhere(7, 'ghost')],
    })
    old.cut()
    expect(stage.text.toString()).toBe('')
    expect(stage.session.status.kind).toBe('live')
  })

  test('S37 bytes that are no frame cost the channel, never the session', async () => {
    using stage = new Stage()
    stage.start()
    stage.line.bytes(Uint8Array.of(105, 0))
    expect(stage.session.status.kind).toBe('reconnecting')
    await stage.clock.pass(1_000)
    stage.welcome()
    stage.line.bytes(Uint8Array.of(127, 1, 2, 3))
    expect(stage.session.status.kind).toBe('live')
  })

  test('S38 closing ends the channel and every timer', async () => {
    using stage = new Stage()
    stage.start()
    stage.session.close()
    stage.session.close()
    expect(stage.open).toBe(0)
    await stage.clock.pass(600_000)
    expect(stage.lines).toHaveLength(1)
  })
})
