/** The part of history's contract about logs that should never have been: what the gate lets through, or never would. */

import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { type History, Unbuildable } from '#server/history/port.ts'
import { by, checkpointOf, hex, logOf, opened, Writer } from './people.ts'

const EMPTY = new Uint8Array([0, 0])
const NOTHING_KNOWN = new Uint8Array([0])

export function wrongLogs(theHistory: () => History): void {
  describe('a log that should never have been', () => {
    const building = (...updates: readonly Uint8Array[]) => theHistory().build(logOf(by('ann', ...updates)))

    const inverted = () => {
      const writer = new Writer(1)
      writer.text.insert(0, 'hello world, this is long')
      return [writer.state, hex('01010119c401080104016100')]
    }

    it('with inverted origins is healed: the checkpoint is a fixed point and says so', async () => {
      const built = await building(...inverted())
      expect(built.healed).toBe(true)
      const doc = opened(built.state)
      expect(Y.encodeStateAsUpdate(doc)).toEqual(built.state)
      expect([...doc.getText('text').toString()].sort().join('')).toBe(
        [...'hello world, this is long', 'a'].sort().join(''),
      )
      expect((await theHistory().build(checkpointOf(built))).healed).toBe(false)
    })

    it('that shows another text after a reload, though the bytes are the same, is healed', async () => {
      const log = [
        hex('01030900040104746578740361626384090203646566c40902090302585900'),
        hex('01010500c409020903012100'),
        hex('01011400c409000500012100'),
      ]
      expect((await building(...log)).healed).toBe(true)
    })

    it('whose neighbours contradict each other in a circle is healed, not reloaded for ever', async () => {
      const writer = new Writer(1)
      writer.text.insert(0, 'x'.repeat(60))
      const log = [
        '0101820100c4012b01040358595a0101011701',
        '0101a00100c4013b01230358595a00',
        '01016400c48201018201000358595a00',
        '0101a00103c48201006400015800',
      ]
      const built = await building(writer.state, ...log.map(hex))
      expect(built.healed).toBe(true)
      expect((await theHistory().build(checkpointOf(built))).healed).toBe(false)
    })

    it.each([
      ['a clock that overflows (P3)', `010a0100${'00ffffffffffffff0f'.repeat(10)}00`],
      ['a struct without length (P1)', '01010100000000'],
      ['a deletion beyond every number (P2)', '000101016affffffffffffff8f02'],
      ['a delete set cut short', '01010100040101610568656c6c6f01'],
      ['an item whose origin is itself', '01020100040101610161840101017800'],
      ['an empty deleted item', '01020100010101610004010161017800'],
      ['millions of structs claimed', '01ffffff0f0100'],
      ['a clock that was skipped', '01010505040101610178' + '00'],
      ['deletions of the future', '0001010100ffffffff0f'],
      ['two structs that wait for each other', '02020100840200017884020101780202008401000178840101017800'],
      ['no bytes at all', ''],
    ])('with %s is Unbuildable, and the next document is built', async (_what, bytes) => {
      await expect(building(hex(bytes))).rejects.toBeInstanceOf(Unbuildable)
      const writer = new Writer(1)
      writer.text.insert(0, 'fine')
      expect(
        opened((await building(...writer.edits)).state)
          .getText('text')
          .toString(),
      ).toBe('fine')
    })

    it('with 12,000 elements inside each other, then deleted, ends (P4)', async () => {
      const ending = building(nested(12_000), hex('000101010001')).then(
        ({ state }) => state.length > 0,
        (error: unknown) => error instanceof Unbuildable,
      )
      expect(await ending).toBe(true)
    })

    it('whose reading fails passes the reason on, and the next document is built', async () => {
      const failing = async function* () {
        yield by('ann', EMPTY)
        throw new Error('the disk is gone')
      }
      const failed = theHistory().build({ checkpoint: null, entries: failing() })
      await expect(failed).rejects.toThrow('the disk is gone')
      expect((await theHistory().build(logOf())).state).toEqual(EMPTY)
    })

    it('whose checkpoint cannot be loaded is Unbuildable for every question', async () => {
      const replay = () => checkpointOf({ state: hex('ff'), knowledge: hex('ff') })
      const asked = [
        () => theHistory().build(replay()),
        () => theHistory().diff(replay(), NOTHING_KNOWN),
        () => theHistory().compare(replay(), EMPTY),
      ]
      for (const question of asked) await expect(question()).rejects.toBeInstanceOf(Unbuildable)
    })
  })
}

/** An update of XML elements each inside the one before, made by hand: Yjs itself would overflow making it. */
function nested(depth: number): Uint8Array {
  const varUint = (number: number): number[] =>
    number < 128 ? [number] : [128 | (number & 127), ...varUint(Math.floor(number / 128))]
  const bytes = [1, ...varUint(depth), 1, 0]
  for (let clock = 0; clock < depth; clock++) {
    bytes.push(7, ...(clock === 0 ? [1, 1, 0x72] : [0, 1, ...varUint(clock - 1)]), 3, 1, 0x70)
  }
  return new Uint8Array([...bytes, 0])
}
