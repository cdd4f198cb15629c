/** Whose presence it is: where people are known, others see the name and colour that were verified. */
import { expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { keyOf } from '#server/access/key.ts'
import type { Principal } from '#server/access/principal.ts'
import { Presence } from '#server/room/presence.ts'
import { stampOf } from '#server/room/stamp.ts'
import { HUES } from '#shared/palette.ts'

const ANA: Principal = {
  author: 'ana@example.org',
  role: 'writer',
  identity: { name: 'Ana Lovelace', colour: null, isGuest: false },
}
const HUE = stampOf(ANA)?.hue ?? -1

/** What others hear when this principal's client says this of itself; a text is sent as it is. */
function heard(principal: Principal, state: unknown, maxBytes = 4096): unknown {
  const presence = new Presence(maxBytes)
  const json = typeof state === 'string' ? state : JSON.stringify(state)
  presence.receive({ principal }, frameOf(7, 1, json))
  const [bytes] = presence.takeChanges()?.updates ?? []
  return bytes === undefined ? undefined : statesIn(bytes).get(7)
}

function frameOf(client: number, clock: number, json: string): Uint8Array {
  const text = new TextEncoder().encode(json)
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7]
  return Uint8Array.from([1, client, clock, ...length, ...text])
}

function statesIn(bytes: Uint8Array): Map<number, unknown> {
  const awareness = new Awareness(new Y.Doc())
  awareness.setLocalState(null)
  applyAwarenessUpdate(awareness, bytes, null)
  const states = new Map<number, unknown>(awareness.getStates())
  awareness.destroy()
  return states
}

test('R24 the name, the colour and the id others see are the verified ones, in each form clients say them', () => {
  const id = keyOf(ANA.author)
  const cursor = { anchor: { tname: 'prosemirror' }, head: { tname: 'prosemirror' } }
  expect(heard(ANA, { user: { name: 'Bo', color: 3, id: 'bo' }, cursor })).toEqual({
    user: { name: 'Ana Lovelace', color: HUE, id },
    cursor,
  })
  const hue = HUES[HUE]
  expect(
    heard(ANA, { user: { name: 'Bo', color: '#ffcc00', colorLight: '#ffcc0033', avatar: 'bo.png' } }),
  ).toEqual({
    user: { name: 'Ana Lovelace', color: hue, colorLight: `${hue}33`, id },
  })
  expect(heard(ANA, { name: 'Bo', color: 'red', focusing: true })).toEqual({
    name: 'Ana Lovelace',
    color: hue,
    focusing: true,
    user: { name: 'Ana Lovelace', color: hue, id },
  })
  expect(heard(ANA, {})).toEqual({ user: { name: 'Ana Lovelace', color: hue, id } })
  const own = { ...ANA, identity: { name: 'Ana', colour: '#123456', isGuest: false } }
  expect(heard(own, { user: {} })).toEqual({ user: { name: 'Ana', color: '#123456', id } })
})

test('R24 no other word for a name, an id, a colour or a picture says who somebody is, wherever clients keep it', () => {
  const id = keyOf(ANA.author)
  const forged = {
    name: 'Bo',
    username: 'Bo',
    displayName: 'Bo',
    nick_name: 'Bo',
    id: 'bo',
    userId: 'bo',
    colour: 'red',
    avatar: 'https://bo.example/bo.png',
    avatar_url: 'https://bo.example/bo.png',
    picture: 'https://bo.example/bo.png',
    image: 'https://bo.example/bo.png',
    photoURL: 'https://bo.example/bo.png',
    email: 'bo@example.org',
  }
  const place = { type: null, tname: 'prosemirror', item: { client: 5, clock: 6 }, assoc: 0 }
  const cursor = { anchor: place, head: place }
  for (const state of [
    { ...forged, cursor },
    { user: forged, cursor },
    { user: { profile: forged }, cursor },
    { data: forged, author: 'Bo', owner: forged, cursor: { ...cursor, ...forged } },
    { awarenessData: { users: [forged] }, cursor },
  ]) {
    const seen = heard(ANA, state) as Record<string, unknown>
    expect(JSON.stringify(seen)).not.toMatch(/"(Bo|bo|red)"|bo\.example|bo@example/)
    expect(seen['user']).toMatchObject({ name: 'Ana Lovelace', id })
    expect(seen['cursor']).toMatchObject(cursor)
  }
  expect(heard(ANA, forged)).toMatchObject({ name: 'Ana Lovelace', username: 'Ana Lovelace', userId: id })
  // What says nothing of who it is stays.
  const rest = { focusing: true, file: { name: 'notes.txt', id: 7 }, anchorPos: place, typing: [1, 2] }
  expect(heard(ANA, rest)).toMatchObject(rest)
})

test('R24 where nobody is known names are one line of bounded length, and everything else is as it came', () => {
  const open: Principal = { author: 'anonymous', role: 'writer' }
  const state = {
    user: { name: 'A\u202Eb\nc', username: 'n'.repeat(500), avatar: 'x.png', id: 7 },
    name: { a: 1 },
  }
  expect(heard(open, state)).toEqual({
    user: { name: 'A b c', username: 'n'.repeat(100), avatar: 'x.png', id: 7 },
    name: { a: 1 },
  })
})

test('R24 hostile states: wrong types and prototypes change nothing of that, what grows too long is dropped', () => {
  const user = { name: 'Ana Lovelace', color: HUES[HUE], id: keyOf(ANA.author) }
  for (const given of [null, 'Bo', 7, ['Bo'], true])
    expect(heard(ANA, { user: given }), JSON.stringify(given)).toEqual({ user })
  const forged =
    '{"__proto__":{"user":{"name":"Bo"}},"constructor":{"name":"Bo"},"user":{"__proto__":{"name":"Bo"},"name":{"toString":"Bo"}}}'
  const state = heard(ANA, forged) as Record<string, unknown>
  expect(state['user']).toEqual(user)
  expect(Object.getPrototypeOf(state)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>)['user']).toBeUndefined()
  // Within the limit as it came, beyond it with who says it.
  const long = { text: 'a'.repeat(180) }
  expect(() => heard(ANA, long, 200)).toThrow('too long')
  expect(heard({ author: 'anonymous', role: 'writer' }, long, 200)).toEqual(long)
  expect(() => heard(ANA, '[1]')).toThrow('not an object')
})

test('R24 where nobody is known a state passes as it is, and an echo of somebody else is not stamped as one’s own', () => {
  const open: Principal = { author: 'anonymous', role: 'writer' }
  const state = { user: { name: 'Amber Fox', color: 3 }, name: 'x' }
  expect(heard(open, state)).toEqual(state)
  const presence = new Presence(4096)
  const bo = { principal: { ...ANA, author: 'bo', identity: { name: 'Bo', colour: null, isGuest: false } } }
  presence.receive({ principal: ANA }, frameOf(7, 1, '{}'))
  presence.takeChanges()
  // Bo's client sends back what it hears, as y-websocket's does.
  presence.receive(bo, frameOf(7, 2, '{"user":{"name":"Ana Lovelace"}}'))
  expect(presence.takeChanges()).toBeNull()
})
