import { hash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Decision } from '#server/access/access.ts'
import { type Action, may } from '#server/access/action.ts'
import type { GuardedAccess } from '#server/access/guarded.ts'
import { makeToken, type TokenFor } from '#server/access/making.ts'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { pattern } from '#server/access/pattern.ts'
import type { Share } from '#server/access/share.ts'
import { roles } from '#shared/frame.ts'
import { accessOf, asking, bearing, cookie, named, SECRET } from './stage.ts'

const ACTIONS: readonly Action[] = ['list', 'read', 'write', 'create', 'manage', 'share']

let nowMs: number
let store: MemoryAccessStore
let access: GuardedAccess

const wall = (): number => nowMs

beforeEach(async () => {
  nowMs = 1_800_000_000_000
  store = new MemoryAccessStore()
  access = await accessOf({ store, wall })
})

function tokenFor(of: Partial<TokenFor> = {}): Promise<string> {
  const issuedAtSeconds = Math.floor(nowMs / 1_000)
  const given = { secret: SECRET, sub: 'ana', doc: 'plan', role: 'writer', expiresInSeconds: 60 } as const
  return makeToken({ issuedAtSeconds, ...given, ...of })
}

async function decide(...asked: Parameters<typeof asking>): Promise<Decision> {
  return access.decide(asking(...asked))
}

/** `granted`, or the code of the refusal. */
async function outcome(...asked: Parameters<typeof asking>): Promise<string> {
  const decision = await decide(...asked)
  return decision.kind === 'granted' ? 'granted' : decision.code
}

async function standing(...asked: Parameters<typeof asking>) {
  const decision = await decide(...asked)
  if (decision.kind === 'refused') throw new Error(`refused: ${decision.reason}`)
  return decision.standing
}

async function enter(token: string, secret: string | null = null): Promise<string> {
  const entered = await access.enter(token, secret)
  if ('kind' in entered) throw new Error(`refused: ${entered.reason}`)
  return entered.secret
}

async function shareOf(of: Partial<Pick<Share, 'role' | 'expiresAtMs'>> & { document?: string } = {}) {
  const { document = 'plan', role = 'writer', expiresAtMs = null } = of
  return access.shares.make({ document: named(document), role, name: '', by: 'owner', expiresAtMs })
}

describe('V2 what is shown', () => {
  test('V2 is a token in a header, a subprotocol or the query, or the cookie of a session', async () => {
    const token = await tokenFor()
    expect(await outcome('read', 'plan')).toBe('unauthenticated')
    expect((await standing('read', 'plan', bearing(token))).by).toBe('header')
    const protocols = { headers: { 'sec-websocket-protocol': `vellum, bearer.${token}` } }
    expect((await standing('read', 'plan', protocols)).by).toBe('subprotocol')
    expect((await standing('read', 'plan', { query: { token } })).by).toBe('query')
    expect((await standing('read', 'plan', cookie(await enter(token)))).by).toBe('cookie')
  })

  test('V2 that is not good is refused, whatever is shown beside it', async () => {
    const token = await tokenFor()
    const secret = await enter(token)
    const both = {
      headers: { authorization: `Bearer ${token}x`, cookie: `vellum=${secret}` },
      query: { token },
    }
    expect(await outcome('read', 'plan', both)).toBe('unauthenticated')
    for (const authorization of ['Bearer', 'Bearer ', 'bearer a b', `Bearer  ${token} ${token}`])
      expect(
        await outcome('read', 'plan', { headers: { ...both.headers, authorization } }),
        authorization,
      ).toBe('unauthenticated')
    const wrong = { headers: { 'sec-websocket-protocol': 'vellum, bearer.x', cookie: `vellum=${secret}` } }
    expect(await outcome('read', 'plan', wrong)).toBe('unauthenticated')
  })

  test("V2 by another scheme than Bearer is a proxy's, and no token", async () => {
    const token = await tokenFor()
    expect(await outcome('read', 'plan', { headers: { authorization: `Basic ${token}` } })).toBe(
      'unauthenticated',
    )
    const secret = await enter(token)
    const beside = { headers: { authorization: 'Basic YTpi', cookie: `other=1; vellum=${secret}` } }
    expect(await outcome('read', 'plan', beside)).toBe('granted')
  })
})

describe('V5 a role', () => {
  const allowed: Record<(typeof roles)[number], readonly Action[]> = {
    reader: ['list', 'read'],
    commenter: ['list', 'read'],
    writer: ['list', 'read', 'write', 'create'],
    owner: ACTIONS,
  }

  test.each(roles)('V5 of %s allows what it says, and nothing else', async (role) => {
    const shown = bearing(await tokenFor({ role }))
    for (const action of ACTIONS) {
      expect(may(role, action), action).toBe(allowed[role].includes(action))
      const document = action === 'list' ? null : 'plan'
      const expected = allowed[role].includes(action) ? 'granted' : 'forbidden'
      expect(await outcome(action, document, shown), action).toBe(expected)
    }
  })

  test('V5 counts in the documents it was given for: one, or all whose ids begin alike', async () => {
    const one = bearing(await tokenFor({ doc: 'team/plan' }))
    const all = bearing(await tokenFor({ doc: 'team/*' }))
    expect(await outcome('read', 'team/plan', one)).toBe('granted')
    expect(await outcome('read', 'team/plan2', one)).toBe('forbidden')
    for (const document of ['team/plan', 'team/a/b'])
      expect(await outcome('read', document, all)).toBe('granted')
    for (const document of ['team', 'teams/plan', 'Team/plan'])
      expect(await outcome('read', document, all), document).toBe('forbidden')
    const list = await standing('list', null, all)
    expect(['team/plan', 'teams/plan'].map((document) => list.shows(named(document)))).toEqual([true, false])
  })

  test.each(['team/*', '*', 'plan', 'a/b', 'team*'])('V5 %s names documents', (text) => {
    expect(pattern(text)).toBe(text)
  })

  test.each(['', '/', '../*', 'a//b', '/*', 'a\u0000*', './*', 'x'.repeat(300)])(
    'V5 %j names none',
    (text) => {
      expect(pattern(text)).toBeNull()
    },
  )
})

describe('V6 a browser session', () => {
  test('V6 collects what it is given, and the higher role counts', async () => {
    const secret = await enter(await tokenFor({ doc: 'a', role: 'reader' }))
    expect(await enter(await tokenFor({ doc: 'b', role: 'writer' }), secret)).toBe(secret)
    const { token } = await shareOf({ document: 'a', role: 'writer' })
    expect((await standing('read', 'a', cookie(secret))).principal.role).toBe('reader')
    await enter(token, secret)
    expect((await standing('read', 'a', cookie(secret))).principal).toMatchObject({
      author: 'ana',
      role: 'writer',
    })
    expect(await outcome('write', 'b', cookie(secret))).toBe('granted')
    expect(await outcome('read', 'c', cookie(secret))).toBe('forbidden')
  })

  test('V6 goes on with a new token of the same person for the same documents, whatever its role', async () => {
    const secret = await enter(await tokenFor({ role: 'owner', expiresInSeconds: 10 }))
    const before = await standing('read', 'plan', cookie(secret))
    await enter(await tokenFor({ role: 'reader', expiresInSeconds: 100 }), secret)
    const after = before.again()
    expect(after).toMatchObject({ kind: 'granted', standing: { principal: { role: 'reader' } } })
    nowMs += 50_000
    expect(before.again().kind).toBe('granted')
  })

  test('V6 is known by its secret alone, of which only a hash is kept', async () => {
    const token = await tokenFor()
    const secret = await enter(token)
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const kept = JSON.stringify(await store.session(hash('sha256', `vellum session ${secret}`)))
    expect(kept).toContain('ana')
    for (const hidden of [secret, token, token.split('.')[2] ?? token]) expect(kept).not.toContain(hidden)
    const other = await accessOf({ store, wall })
    expect((await other.decide(asking('read', 'plan', cookie(secret)))).kind).toBe('granted')
    expect(await outcome('read', 'plan', cookie('A'.repeat(43)))).toBe('unauthenticated')
  })

  test('V6 has another secret once a person has signed in; the one before holds what it held, for a minute', async () => {
    const { token } = await shareOf()
    const planted = await enter(token)
    const guest = await standing('read', 'plan', cookie(planted))
    const ana = await tokenFor({ doc: 'hers', expiresInSeconds: 3_600 })
    const secret = await enter(ana, planted)
    expect(secret).not.toBe(planted)
    expect(await outcome('read', 'hers', cookie(planted))).toBe('forbidden')
    // Another tab that came by the cookie of before would put the person out: it is to come again.
    expect(await access.enter(token, planted)).toMatchObject({ code: 'restarting' })
    // As long as nobody has shown the new one, its answer may have got lost.
    nowMs += 300_000
    expect(guest.again().kind).toBe('granted')
    expect(await outcome('read', 'hers', cookie(secret))).toBe('granted')
    expect(await outcome('read', 'plan', cookie(secret))).toBe('granted')
    expect(await access.enter(token, planted)).toMatchObject({ code: 'restarting' })
    nowMs += 59_000
    expect(guest.again().kind).toBe('granted')
    expect(await outcome('read', 'plan', cookie(planted))).toBe('granted')
    nowMs += 1_000
    expect(guest.again()).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
    expect(await outcome('read', 'plan', cookie(planted))).toBe('unauthenticated')
    expect(await store.session(hash('sha256', `vellum session ${planted}`))).toBeNull()
    // The same person again keeps it: other tabs need no other.
    expect(await enter(await tokenFor({ doc: 'more' }), secret)).toBe(secret)
  })

  test('V6 whose answer got lost signs in again by the secret of before, with everything it held', async () => {
    const { token } = await shareOf()
    const before = await enter(token)
    await enter(await tokenFor({ doc: 'hers' }), before)
    nowMs += 5_000
    const again = await enter(await tokenFor({ doc: 'hers' }), before)
    for (const document of ['plan', 'hers'])
      expect(await outcome('read', document, cookie(again))).toBe('granted')
  })

  test('V6 is over when it is signed out of, with what was left of it under its secret of before', async () => {
    const { token } = await shareOf()
    const before = await enter(token)
    const guest = await standing('read', 'plan', cookie(before))
    await access.leave(await enter(await tokenFor(), before))
    expect(guest.again()).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
    expect(await outcome('read', 'plan', cookie(before))).toBe('unauthenticated')
  })

  test('V6 is over when it is signed out of, in every tab', async () => {
    const secret = await enter(await tokenFor())
    const here = await standing('read', 'plan', cookie(secret))
    let told = 0
    access.onChange(() => {
      told += 1
    })
    await access.leave(secret)
    expect(told).toBe(1)
    expect(here.again()).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
    expect(await outcome('read', 'plan', cookie(secret))).toBe('unauthenticated')
  })

  test('V6 does not outlive its token, nor 30 days without use; each day of use is taken down', async () => {
    const secret = await enter(await tokenFor({ expiresInSeconds: 100 * 86_400 }))
    const short = await enter(await tokenFor({ expiresInSeconds: 60 }))
    nowMs += 61_000
    expect(await outcome('read', 'plan', cookie(short))).toBe('unauthenticated')
    for (let day = 0; day < 4; day++) {
      nowMs += 20 * 86_400_000
      expect(await outcome('read', 'plan', cookie(secret)), `day ${day}`).toBe('granted')
      await access.sessions.tidy()
    }
    nowMs += 31 * 86_400_000
    await access.sessions.tidy()
    expect(await outcome('read', 'plan', cookie(secret))).toBe('unauthenticated')
  })

  test('V6 holds at most a hundred grants: the oldest goes', async () => {
    const secret = await enter(await tokenFor({ doc: 'first' }))
    for (let more = 0; more < 100; more++) await enter(await tokenFor({ doc: `more ${more}` }), secret)
    expect(await outcome('read', 'first', cookie(secret))).toBe('forbidden')
    expect(await outcome('read', 'more 0', cookie(secret))).toBe('granted')
  })

  test('V6 made with a token of another AUTH_SECRET counts for nothing', async () => {
    const secret = await enter(await tokenFor())
    const other = await accessOf({ store, wall, secret: `another ${SECRET}` })
    expect((await other.decide(asking('read', 'plan', cookie(secret)))).kind).toBe('refused')
    expect(await outcome('read', 'plan', cookie(secret))).toBe('granted')
  })
})

describe('V7 a share', () => {
  test('V7 lets in who has its token, by any way a token comes, as a guest', async () => {
    const { share, token } = await shareOf({ role: 'reader' })
    const direct = await standing('read', 'plan', bearing(token))
    expect(direct.principal).toMatchObject({
      author: `guest:${share.id}`,
      role: 'reader',
      identity: { isGuest: true },
    })
    expect(await outcome('write', 'plan', bearing(token))).toBe('forbidden')
    expect(await outcome('read', 'other', bearing(token))).toBe('forbidden')
    const [ana, bo] = [await enter(token), await enter(token)]
    const authors = await Promise.all(
      [ana, bo].map(async (one) => (await standing('read', 'plan', cookie(one))).principal),
    )
    expect(authors[0]?.author).toMatch(/^guest:[0-9a-f]{16}$/)
    expect(authors[0]?.author).not.toBe(authors[1]?.author)
    expect(authors[0]?.identity?.name).toMatch(/^Guest \w+ \w+$/)
    expect(await outcome('read', 'plan', bearing(`vs_${'A'.repeat(43)}`))).toBe('unauthenticated')
  })

  test('V7 is for its document alone, also where its id ends like a prefix', async () => {
    const { token } = await shareOf({ document: 'team/*' })
    const secret = await enter(token)
    for (const shown of [bearing(token), cookie(secret)]) {
      expect(await outcome('read', 'team/*', shown)).toBe('granted')
      expect(await outcome('read', 'team/secret', shown)).toBe('forbidden')
      expect((await standing('list', null, shown)).shows(named('team/secret'))).toBe(false)
    }
  })

  test('V7 that is taken back, changed or over counts at once, for everybody who came by it', async () => {
    const until = nowMs + 60_000
    const { share, token } = await shareOf({ role: 'writer' })
    const ending = await shareOf({ role: 'reader', expiresAtMs: until })
    const one = await standing('read', 'plan', cookie(await enter(token)))
    const other = await standing('read', 'plan', cookie(await enter(ending.token)))
    await access.shares.change({ document: named('plan'), id: share.id }, { role: 'reader', by: 'ana' })
    expect(one.again()).toMatchObject({ standing: { principal: { role: 'reader' } } })
    expect(await access.shares.revoke({ document: named('other'), id: share.id, by: 'owner' })).toBe(false)
    expect(await access.shares.revoke({ document: named('plan'), id: share.id, by: 'owner' })).toBe(true)
    expect(await access.shares.revoke({ document: named('plan'), id: share.id, by: 'owner' })).toBe(false)
    expect(one.again()).toMatchObject({ kind: 'refused', code: 'forbidden' })
    expect(await outcome('read', 'plan', bearing(token))).toBe('forbidden')
    expect(other.again().kind).toBe('granted')
    nowMs += 60_000
    expect(other.again()).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
  })

  test('V7 that was taken back, or is over, is not taken up', async () => {
    const { share, token } = await shareOf()
    const over = await shareOf({ expiresAtMs: nowMs })
    await access.shares.revoke({ document: named('plan'), id: share.id, by: 'owner' })
    expect(await access.enter(token, null)).toMatchObject({ kind: 'refused', code: 'forbidden' })
    expect(await access.enter(over.token, null)).toMatchObject({ kind: 'refused', code: 'forbidden' })
  })

  test('V7 is kept as a hash of its token, and listed without it', async () => {
    const { share, token } = await shareOf()
    expect(await store.shareOf(hash('sha256', token))).toEqual(share)
    expect(JSON.stringify(await access.shares.of(named('plan')))).not.toContain(token)
    const other = await accessOf({ store, wall })
    expect((await other.decide(asking('read', 'plan', bearing(token)))).kind).toBe('granted')
  })
})

describe('V11 whose an edit is', () => {
  test('V11 what a guest wrote is theirs once they have signed in, wherever they are', async () => {
    const { token } = await shareOf()
    const planted = await enter(token)
    const guest = await standing('write', 'plan', cookie(planted))
    const secret = await enter(await tokenFor({ sub: 'ana', doc: 'elsewhere' }), planted)
    expect(await standing('write', 'plan', cookie(secret))).toMatchObject({
      principal: { author: 'ana', also: [guest.principal.author], identity: { isGuest: false } },
    })
    // Who only knows the cookie of before, and what it opened, is the guest and nobody else.
    expect(guest.again()).toMatchObject({ standing: guest })
    expect((await standing('write', 'plan', cookie(planted))).principal).toEqual(guest.principal)
    expect(await outcome('read', 'elsewhere', cookie(planted))).toBe('forbidden')
    const elsewhere = await standing('write', 'plan', bearing(await tokenFor({ sub: 'ana' })))
    expect(elsewhere.principal.also).toEqual([guest.principal.author])
    const restarted = await accessOf({ store, wall })
    const decision = await restarted.decide(asking('write', 'plan', bearing(await tokenFor({ sub: 'ana' }))))
    expect(decision).toMatchObject({ standing: { principal: { also: [guest.principal.author] } } })
    expect(
      (await standing('write', 'plan', bearing(await tokenFor({ sub: 'bo' })))).principal.also,
    ).toBeUndefined()
  })

  test('V11 two people who sign in with one browser write each under their own name', async () => {
    const before = await enter(await tokenFor({ sub: 'ana', doc: 'a' }))
    const secret = await enter(await tokenFor({ sub: 'bo', doc: 'b' }), before)
    expect(await outcome('write', 'a', cookie(before))).toBe('unauthenticated')
    expect((await standing('write', 'a', cookie(secret))).principal.author).toBe('ana')
    expect((await standing('write', 'b', cookie(secret))).principal.author).toBe('bo')
  })
})

describe('V11 who somebody is', () => {
  test('V11 stays so on a channel: who signs in over them in another tab does not send what they wrote', async () => {
    const secret = await enter(await tokenFor({ sub: 'ana' }))
    const ana = await standing('write', 'plan', cookie(secret))
    const next = await enter(await tokenFor({ sub: 'bo' }), secret)
    expect((await standing('write', 'plan', cookie(next))).principal.author).toBe('bo')
    expect(ana.again()).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
  })

  test('V11 a guest who signs in is never a stranger to what they wrote, not even for a moment', async () => {
    const { token } = await shareOf()
    const secret = await enter(token)
    const guest = await standing('write', 'plan', cookie(secret))
    const ana = await standing('write', 'plan', bearing(await tokenFor({ sub: 'ana' })))
    const told: Decision[] = []
    access.onChange(() => {
      told.push(ana.again(), guest.again())
    })
    await enter(await tokenFor({ sub: 'ana', doc: 'elsewhere' }), secret)
    expect(told).toMatchObject([
      { standing: { principal: { author: 'ana', also: [guest.principal.author] } } },
      { standing: guest },
    ])
  })

  test('V11 is believed no longer than the key that said so counts, also where a link lets them in', async () => {
    const { token } = await shareOf()
    const secret = await enter(await tokenFor({ sub: 'ana', doc: 'elsewhere' }))
    await enter(token, secret)
    expect((await standing('write', 'plan', cookie(secret))).principal.author).toBe('ana')
    const rotated = await accessOf({ store, wall, secret: `another ${SECRET}` })
    expect(await rotated.decide(asking('write', 'plan', cookie(secret)))).toMatchObject({
      standing: { principal: { author: expect.stringMatching(/^guest:/), identity: { isGuest: true } } },
    })
  })
})

describe('V9 a token that is renewed', () => {
  test('V9 goes on for the same person, with what the new one allows; for nobody else', async () => {
    const first = await standing('read', 'plan', bearing(await tokenFor({ expiresInSeconds: 10 })))
    const renewed = await first.renew(await tokenFor({ expiresInSeconds: 100, role: 'reader' }))
    expect(renewed).toMatchObject({
      kind: 'granted',
      standing: { principal: { author: 'ana', role: 'reader' } },
    })
    expect(await first.renew(await tokenFor({ sub: 'bo' }))).toMatchObject({
      kind: 'refused',
      code: 'forbidden',
    })
    expect(await first.renew(await tokenFor({ doc: 'other' }))).toMatchObject({
      kind: 'refused',
      code: 'forbidden',
    })
    expect(await first.renew('not one')).toMatchObject({ kind: 'refused', code: 'unauthenticated' })
    nowMs += 11_000
    expect(first.again().kind).toBe('refused')
    if (renewed.kind === 'granted') expect(renewed.standing.again().kind).toBe('granted')
  })

  test('V9 a standing that has not changed is the same one', async () => {
    const one = await standing('read', 'plan', bearing(await tokenFor()))
    expect(one.again()).toEqual({ kind: 'granted', standing: one })
  })
})
