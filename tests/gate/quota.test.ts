/** Limits of addresses and of people: whose count it is, how much there is, and who is told. */
import { afterEach, describe, expect, test } from 'vitest'
import { type Access, standingOf } from '#server/access/access.ts'
import { readConfig } from '#server/config.ts'
import { addressOf } from '#server/gate/address.ts'
import { Door } from '#server/gate/admission.ts'
import { Quota } from '#server/gate/quota.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { Author } from '#tests/carriers/writing.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'
import { ask, HttpStage, type StageOptions, type Told } from './http-stage.ts'

describe('where a request comes from', () => {
  const from = (remoteAddress: string, forwarded?: string) => ({
    remoteAddress,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  })

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, counted) => {
    expect(addressOf(from(address), false)).toBe(counted)
    expect(addressOf(from('127.0.0.1', `9.9.9.9, ${address.split('%')[0]}`), true)).toBe(counted)
  })

  test('without a proxy that is trusted nobody says by a header where they are', () => {
    expect(addressOf(from('10.0.0.1', '1.1.1.1'), false)).toBe('10.0.0.1')
  })

  test('behind one only what the proxy itself added counts, and what is no address does not', () => {
    for (const forged of ['1.1.1.1', 'unknown', '" , 2.2.2.2', '1.1.1.1,,'])
      expect(addressOf(from('127.0.0.1', `${forged}, 10.0.0.1`), true)).toBe('10.0.0.1')
    for (const nothing of ['', 'unknown', '10.0.0.1:80', '10.0.0', '_hidden', '10.0.0.1,'])
      expect(addressOf(from('127.0.0.1', nothing), true)).toBe('127.0.0.1')
  })
})

describe('a quota', () => {
  test('is everybody’s own, comes back evenly, and says how long until there is one again', async () => {
    const clock = new VirtualClock()
    const quota = new Quota({ clock, count: 4, perMs: 60_000 })
    for (let i = 0; i < 4; i++) expect(quota.take('ada')).toBe(0)
    expect(quota.take('ada')).toBe(15_000)
    expect(quota.take('bob')).toBe(0)
    await clock.pass(15_000)
    expect([quota.take('ada'), quota.take('ada')]).toEqual([0, 15_000])
  })

  test('remembers nobody who has all of it again, and no more than so many', async () => {
    const clock = new VirtualClock()
    const quota = new Quota({ clock, count: 2, perMs: 1_000, maxNames: 50 })
    for (let name = 0; name < 500; name++) quota.take(`${name}`)
    expect(quota.size).toBe(50)
    await clock.pass(1_000)
    quota.take('next')
    expect(quota.size).toBe(1)
  })

  test('without a limit remembers nobody', () => {
    const quota = new Quota({ clock: new VirtualClock(), count: Number.POSITIVE_INFINITY, perMs: 1_000 })
    expect([quota.take('ada'), quota.size]).toEqual([0, 0])
  })
})

describe('the door', () => {
  function door(env: Readonly<Record<string, string>>) {
    const read = readConfig(env, [])
    if (read.kind !== 'config') throw new Error('the settings were refused')
    const clock = new VirtualClock()
    const metrics = new Metrics()
    return { clock, metrics, door: new Door(read.config, { clock, metrics }) }
  }

  test('lets a person have so many channels, from wherever; of nobody they are not counted', () => {
    const { door: at, metrics } = door({ MAX_CHANNELS_PER_PERSON: '2' })
    const leave = at.enter('10.0.0.1', 'ada')
    at.enter('10.0.0.2', 'ada')
    for (let i = 0; i < 5; i++) at.enter('10.0.0.3', 'anonymous')
    expect([at.isFull('ada'), at.isFull('bob'), at.isFull('anonymous')]).toEqual([true, false, false])
    leave()
    leave()
    expect(at.isFull('ada')).toBe(false)
    expect(metrics.limited.channelsPerPerson).toBe(1)
  })

  test('counts documents that are made by address and by person', async () => {
    const { door: at, clock, metrics } = door({ MAX_NEW_DOCUMENTS_PER_HOUR: '2' })
    expect([at.mayMake('a', 'ada'), at.mayMake('b', 'ada'), at.mayMake('c', 'ada')]).toEqual([
      true,
      true,
      false,
    ])
    expect([at.mayMake('a', 'bob'), at.mayMake('a', 'bob')]).toEqual([true, false])
    expect([at.mayMake('d', 'anonymous'), at.mayMake('d', 'anonymous')]).toEqual([true, true])
    expect(at.mayMake('d', 'anonymous')).toBe(false)
    await clock.pass(1_800_000)
    expect(at.mayMake('d', 'anonymous')).toBe(true)
    expect(metrics.limited.newDocuments).toBe(3)
  })
})

describe('over HTTP', () => {
  let stage: HttpStage
  const open = async (options: StageOptions) => {
    stage = await HttpStage.open(options)
  }
  afterEach(async () => {
    await stage.close()
    expect(stage.failed).toEqual([])
  })

  /** As it comes through a proxy of ours, from there. */
  const write = (document: string, address: string): Promise<Told> => {
    const update = new Author().write('x')
    const body = new Uint8Array([update.length + 3, 0, 2, update.length, ...update])
    const headers = { 'X-Forwarded-For': `9.9.9.9, ${address}` }
    return stage.during(ask(`${stage.url}/sync/${document}`, { method: 'POST', body, headers }))
  }

  test('N8 who made as many documents as one may in an hour is told 4529, and writes on in those there are', async () => {
    await open({ env: { MAX_NEW_DOCUMENTS_PER_HOUR: '2', TRUST_PROXY: 'true' } })
    for (const document of ['a', 'b']) expect((await write(document, '10.0.0.1')).status).toBe(200)
    const refused = await write('c', '10.0.0.1')
    expect([refused.status, refused.code, refused.headers.get('retry-after')]).toEqual([429, 4529, '1'])
    expect((await write('a', '10.0.0.1')).status).toBe(200)
    expect((await write('c', '10.0.0.2')).status).toBe(200)
    expect(stage.house.metrics.limited.newDocuments).toBe(1)
  })

  test('N8 a person who has as many channels as one may is told 4529, others are not', async () => {
    const standing = (author: string) => standingOf({ author, role: 'writer' })
    const access: Access = {
      mode: 'guarded',
      decide: ({ query }) => ({ kind: 'granted', standing: standing(query('token') ?? '') }),
      onChange: () => () => {},
    }
    await open({ access, env: { MAX_CHANNELS_PER_PERSON: '1' } })
    const { offset, told } = await stage.during(stage.get('?token=ada&join=1'))
    await stage.hold(`?token=ada&live=long-poll&offset=${offset}&told=${told}`)
    const refused = await stage.during(stage.get('?token=ada'))
    expect([refused.status, refused.code]).toEqual([429, 4529])
    expect((await stage.during(stage.get('?token=bob'))).status).toBe(200)
    expect((await stage.during(stage.post('?token=ada', []))).status).toBe(200)
  })
})
