/** What is called kept, in the moment between a key and the end of its transaction. */
import { expect, test } from 'vitest'
import { savingWords } from '#client/app/saving.ts'
import type { DeviceStatus } from '#client/document/device/status.ts'

function offline(pending: number, device: DeviceStatus, atRisk: number) {
  return savingWords({ status: { kind: 'offline', pending }, device, atRisk, sending: false, savedAt: null })
}

test('D1 a change is called kept when its transaction is complete, and not before', () => {
  expect(offline(3, { kind: 'keeping' }, 1).count).toBe('2 changes kept on this device')
  expect(offline(3, { kind: 'kept' }, 0).count).toBe('3 changes kept on this device')
})

test('D1 a first change on its way is called nothing, neither kept nor lost nor sent', () => {
  const { word, count, detail } = offline(1, { kind: 'keeping' }, 1)
  expect(word).toBe('Offline')
  expect(count).toBe('')
  expect(detail).not.toMatch(/kept|on the server|only in this tab/)
})

test('D4 where the store takes nothing what is at risk is counted, whatever else waits', () => {
  const { word, count } = offline(3, { kind: 'not-kept', reason: 'quota' }, 2)
  expect(`${word}: ${count}`).toBe('Not saved on this device: 2 changes')
})
