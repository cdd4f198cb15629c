/** What clients who come by requests may do: one allowance for all requests of one, and not too many of them. */
import { expect, test } from 'vitest'
import { Allowances } from '#server/room/allowance.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'
import { LIMITS } from './house.ts'

test('N8 each client of an address has its own, as far as there may be; further ones share one', () => {
  const clock = new VirtualClock()
  const all = new Allowances(clock, LIMITS, 2)
  const [ada, bob] = ['ada', 'bob'].map((client) => all.of({ address: '192.0.2.1', client }))
  expect(ada).not.toBe(bob)
  expect(all.of({ address: '192.0.2.1', client: 'ada' })).toBe(ada)
  const eve = all.of({ address: '192.0.2.1', client: 'eve' })
  expect([ada, bob]).not.toContain(eve)
  expect(all.of({ address: '192.0.2.1', client: 'mallory' })).toBe(eve)
  const elsewhere = all.of({ address: '192.0.2.2', client: 'ada' })
  expect([ada, bob, eve]).not.toContain(elsewhere)
})

test('N8 what nobody used for a minute is forgotten, and its place is free', async () => {
  const clock = new VirtualClock()
  const all = new Allowances(clock, LIMITS, 1)
  const ada = all.of({ address: '192.0.2.1', client: 'ada' })
  await clock.pass(30_000)
  const shared = all.of({ address: '192.0.2.1', client: 'bob' })
  await clock.pass(30_000)
  all.expire()
  expect(all.size).toBe(1)
  expect(all.of({ address: '192.0.2.1', client: 'bob' })).toBe(shared)
  expect(all.of({ address: '192.0.2.1', client: 'ada' })).not.toBe(ada)
  await clock.pass(60_000)
  all.expire()
  expect(all.size).toBe(0)
  const bob = all.of({ address: '192.0.2.1', client: 'bob' })
  expect(all.of({ address: '192.0.2.1', client: 'eve' })).not.toBe(bob)
})
