/** Acts that change what others may: the audit log says of each who did it, and to what. And links that are dead, to whoever signs in by one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditLine } from '#server/access/audit.ts'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { AccessStage, asking, bearing, cookie, named } from './stage.ts'

let stage: AccessStage

beforeEach(async () => {
  stage = await AccessStage.open()
})

afterEach(() => stage.close())

const DAY_MS = 24 * 3_600_000
const plan = named('plan')
const one = { document: plan, role: 'reader', name: '', by: 'ana', expiresAtMs: null } as const

describe('V13 the audit log', () => {
  test('V13 names who did it and to what, of every act there is', async () => {
    const { access, lines } = stage
    const owner = await stage.token({ role: 'owner' })
    const { share, token } = await access.shares.make(one)
    await access.shares.change({ document: plan, id: share.id }, { role: 'writer', by: 'ana' })
    const entered = await access.enter(token, null)
    if ('kind' in entered) throw new Error(entered.reason)
    const { guest } = entered.session
    const signedIn = await access.enter(owner, entered.secret)
    if ('kind' in signedIn) throw new Error(signedIn.reason)
    await access.leave(signedIn.secret)
    const left = await access.enter(token, null)
    if ('kind' in left) throw new Error(left.reason)
    const standing = await access.decide(asking('read', 'plan', cookie(left.secret)))
    await access.decide(asking('manage', 'plan', bearing(owner)))
    await access.decide(asking('share', 'plan', bearing(owner)))
    await access.decide(asking('write', 'plan', bearing(await stage.token({ role: 'reader', sub: 'rita' }))))
    await access.shares.revoke({ document: plan, id: share.id, by: 'ana' })
    if (standing.kind === 'granted') standing.standing.again()
    await access.takenBack.takeBack({ sub: 'rita', by: 'ana' })
    await access.decide(asking('govern', null, bearing(owner)))
    const told = (event: AuditLine['event'], action?: AuditLine['action']) =>
      lines.find((line) => line.event === event && (action === undefined || line.action === action))
    const id = share.id
    // What was done by name is told by the API itself: tests/api/asking.test.ts.
    const expected: Readonly<Record<Exclude<AuditLine['event'], 'did'>, Partial<AuditLine>>> = {
      'made a share': { author: 'ana', document: plan, share: id, role: 'reader' },
      'changed a share': { author: 'ana', document: plan, share: id, role: 'writer' },
      'revoked a share': { author: 'ana', document: plan, share: id },
      'took back tokens': { author: 'ana', of: 'rita' },
      'took up a share': { author: guest, document: plan, share: id, role: 'writer' },
      'took up a token': { author: 'ana', role: 'owner' },
      'signed out': { author: 'ana' },
      'let in': { author: left.session.guest, document: plan, action: 'read', by: 'cookie' },
      refused: { author: 'rita', document: plan, action: 'write' },
      'turned out': { author: left.session.guest, document: plan, action: 'read' },
    }
    for (const [event, line] of Object.entries(expected))
      expect(told(event as AuditLine['event']), event).toMatchObject(line)
    expect(told('let in', 'govern')).toMatchObject({ author: 'ana', document: null })
    for (const action of ['manage', 'share'] as const)
      expect(told('let in', action)).toMatchObject({ author: 'ana', document: plan, action })
  })
})

describe('V6 a dead link', () => {
  test('V6 is refused when signing in, in the same words whether it was taken back, has ended or never was', async () => {
    const { access } = stage
    const revoked = await access.shares.make(one)
    await access.shares.revoke({ document: plan, id: revoked.share.id, by: 'ana' })
    const ended = await access.shares.make({ ...one, expiresAtMs: stage.house.clock.wall() + 1_000 })
    const { token: live } = await access.shares.make(one)
    const entered = await access.enter(live, null)
    if ('kind' in entered) throw new Error(entered.reason)
    await stage.house.clock.pass(1_000)
    const never = `${live.slice(0, -1)}${live.endsWith('A') ? 'B' : 'A'}`
    for (const token of [revoked.token, ended.token, never])
      for (const secret of [null, entered.secret])
        expect(await access.enter(token, secret)).toEqual({
          kind: 'refused',
          code: 'forbidden',
          reason: 'this link is not valid any more',
        })
  })
})

describe('V14 links that ended', () => {
  test('V14 are forgotten a month later, those who came by them stay out, and the audit log keeps its lines', async () => {
    const { access } = stage
    const { share, token } = await access.shares.make(one)
    const entered = await access.enter(token, null)
    if ('kind' in entered) throw new Error(entered.reason)
    await access.shares.revoke({ document: plan, id: share.id, by: 'ana' })
    await access.shares.tidy()
    expect(access.shares.now(share.id)).not.toBeNull()
    // Time as it stands on the wall: nothing else has to happen meanwhile.
    const wall = stage.house.clock.wall() + 30 * DAY_MS + 1
    stage.house.clock.wall = () => wall
    await access.shares.tidy()
    expect(access.shares.now(share.id)).toBeNull()
    expect(await access.decide(asking('read', 'plan', cookie(entered.secret)))).toMatchObject({
      kind: 'refused',
    })
    expect(await access.enter(token, null)).toMatchObject({ code: 'forbidden' })
    expect(stage.lines.map(({ event }) => event)).toContain('revoked a share')
  })
})

describe('V6 sign-ins', () => {
  test('V6 of many at once do not wait for one another; those of one browser come in order', async () => {
    const store = new MemoryAccessStore()
    let under = 0
    let most = 0
    const put = store.putSession.bind(store)
    const go: (() => void)[] = []
    store.putSession = async (session) => {
      under += 1
      most = Math.max(most, under)
      await new Promise<void>((resolve) => go.push(resolve))
      await put(session)
      under -= 1
    }
    const busy = await AccessStage.open(store)
    const token = await busy.token()
    const many = Array.from({ length: 10 }, () => busy.access.enter(token, null))
    await expect.poll(() => go.length).toBe(10)
    expect(most).toBe(10)
    for (const end of go.splice(0)) end()
    const [first] = await Promise.all(many)
    if (first === undefined || 'kind' in first) throw new Error('refused')
    const own = ['a', 'b', 'c'].map(async (doc) => busy.access.enter(await busy.token({ doc }), first.secret))
    for (let at = 0; at < 3; at++) {
      await expect.poll(() => go.length).toBe(1)
      go.shift()?.()
    }
    await Promise.all(own)
    expect(first.session.grants).toHaveLength(4)
    await busy.close()
  })
})
