import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeFrame } from '#shared/wire.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { contentOf, Person } from './people.ts'
import { RawChannel } from './raw-channel.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

describe.concurrent('unmodified y-websocket clients', () => {
  test('two who type at once end with the same text, and so does a third who comes later', async () => {
    const [ada, bob] = [new Person(server.syncUrl, 'two'), new Person(server.syncUrl, 'two')]
    await Promise.all([ada.synced(), bob.synced()])
    for (let i = 0; i < 100; i++) {
      ada.type(`a${i} `, 0)
      bob.type(`b${i} `)
    }
    const isWhole = (text: string): boolean => text.split(' ').length === 201
    await Promise.all([ada.sees(isWhole), bob.sees(isWhole)])
    expect(contentOf(bob.doc)).toBe(contentOf(ada.doc))
    const eve = await new Person(server.syncUrl, 'two').synced()
    expect(contentOf(eve.doc)).toBe(contentOf(ada.doc))
    for (const person of [ada, bob, eve]) person.leave()
  })

  test('what was written before the first connection arrives, formats and nested types too', async () => {
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'written on a train', { bold: true })
    doc.getMap('map').set('list', Y.Array.from([1, 'two', { three: null }]))
    const ada = await new Person(server.syncUrl, 'team/train', { doc }).synced()
    const bob = new Person(server.syncUrl, 'team/train')
    await bob.sees((text) => text === 'written on a train')
    await bob.synced()
    expect(bob.doc.getMap('map').toJSON()).toEqual(doc.getMap('map').toJSON())
    expect(contentOf(bob.doc)).toBe(contentOf(ada.doc))
    ada.leave()
    bob.leave()
  })

  test('a person who was away comes back with edits and finds those of the others', async () => {
    const ada = await new Person(server.syncUrl, 'away').synced()
    const bob = await new Person(server.syncUrl, 'away').synced()
    ada.type('start ')
    await bob.sees((text) => text === 'start ')
    bob.provider.disconnect()
    bob.type('from-bob ')
    ada.type('from-ada ')
    bob.provider.connect()
    const both = (text: string): boolean => text.includes('from-bob') && text.includes('from-ada')
    await Promise.all([ada.sees(both), bob.sees(both)])
    expect(contentOf(bob.doc)).toBe(contentOf(ada.doc))
    expect(ada.endings).toEqual([])
    ada.leave()
    bob.leave()
  })

  test('tabs that share edits beside the server are never harmed, and the log holds each edit once', async () => {
    const tabs = [1, 2, 3].map(() => new Person(server.syncUrl, 'tabs', { sharesTabs: true }))
    await Promise.all(tabs.map((tab) => tab.synced()))
    for (let i = 0; i < 60; i++) tabs[i % 3]?.type(`${i} `, i % 2 === 0 ? 0 : Number.MAX_SAFE_INTEGER)
    const isWhole = (text: string): boolean => text.split(' ').length === 61
    await Promise.all(tabs.map((tab) => tab.sees(isWhole)))
    const stranger = new Person(server.syncUrl, 'tabs')
    await stranger.sees(isWhole)
    for (const tab of tabs) {
      expect(contentOf(tab.doc)).toBe(contentOf(stranger.doc))
      expect(tab.endings).toEqual([])
      tab.leave()
    }
    stranger.leave()
  })

  test('names and carets of others appear, and go when their channel does', async () => {
    const ada = await new Person(server.syncUrl, 'presence').synced()
    const bob = await new Person(server.syncUrl, 'presence').synced()
    const changed = (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return
          ada.provider.awareness.off('change', look)
          resolve()
        }
        ada.provider.awareness.on('change', look)
        look()
      })
    const bobsState = () => ada.provider.awareness.getStates().get(bob.doc.clientID)
    bob.provider.awareness.setLocalState({ user: { name: 'Bob' } })
    await changed(() => JSON.stringify(bobsState() ?? null).includes('Bob'))
    // Not a polite leave: the socket alone goes, as when a laptop is closed.
    bob.provider.shouldConnect = false
    bob.provider.ws?.close()
    await changed(() => bobsState() === undefined)
    ada.leave()
    bob.leave()
  })

  test('a client without presence that does nothing for 35 s is not cut off', async () => {
    const idle = await new Person(server.syncUrl, 'idle').synced()
    idle.provider.awareness.setLocalState(null)
    // The provider's own patience is the thing under test: it closes 30 s after the last frame it got.
    const { promise: over, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, 35_000)
    await over
    expect(idle.endings).toEqual([])
    expect(idle.provider.wsconnected).toBe(true)
    idle.leave()
  })

  test('an older client gets no frame of a type it does not know', async () => {
    const old = await RawChannel.open(server.syncUrl, 'old', [])
    old.send({ type: 'step1', stateVector: Uint8Array.of(0) })
    await old.next('step2')
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'x')
    const other = await new Person(server.syncUrl, 'old').synced()
    other.type('hello')
    await old.next('update')
    for (const frame of old.frames)
      expect(encodeFrame(frame.type === 'unknown' ? never(frame.number) : frame)[0]).toBeLessThan(4)
    old.close()
    other.leave()
  })
})

function never(number: number): never {
  throw new Error(`a frame of type ${number}`)
}
