/**
 * One run in which some people sit at tabs of one device: the world of world.ts, and a store that must tell the truth.
 *
 * - What the device said it keeps reaches the log, whoever crashes when, unless somebody cleared it away.
 * - What a tab shows as not saved is what waits on the device, whenever nothing is on its way.
 * - When a tab shows that nothing waits, everything that was ever kept there is in the log.
 */
import { SeededChance } from './chance.ts'
import { Device, type DeviceOptions } from './device.ts'
import { type Operation, type Script, scriptOf } from './script.ts'
import { type TabParts, TabPerson } from './tab-person.ts'
import { Broken } from './witness.ts'
import { World } from './world.ts'

export interface DeviceParts extends TabParts {
  readonly store?: DeviceOptions['wrap']
}

/** world.ts begins with the faults after this. */
const START_MS = 10_000
const LOOK_MS = 200

export class DeviceRun {
  readonly world: World
  readonly device: Device
  readonly tabs: readonly TabPerson[]
  readonly #chance: SeededChance
  #checks: Promise<void> = Promise.resolve()
  #broken: unknown = null
  #looks = 0

  constructor(seed: number, parts: DeviceParts = {}, keepLines = 100) {
    this.#chance = new SeededChance(seed + 5_000_011)
    const { script, tabs } = deviceScript(seed, this.#chance)
    this.world = new World(script, {}, keepLines)
    const { clock, trace } = this.world
    const note = (line: string): void => trace.add(`${clock.now().toFixed(3)} ${line}`)
    this.device = new Device({
      clock,
      chance: new SeededChance(seed + 9_000_011),
      note,
      ...(parts.store && { wrap: parts.store }),
    })
    this.tabs = Array.from({ length: tabs }, (_, at) => {
      const name = `t${at}`
      const around = {
        name,
        clock,
        chance: new SeededChance(seed * 37 + at + 11),
        network: this.world.network,
        hasLadder: false,
        onAcknowledged: (update: Uint8Array) =>
          this.#checkLater(() => this.world.witness.acknowledges(name, update)),
        note,
      }
      return new TabPerson(around, this.device, parts)
    })
    this.world.people.push(...this.tabs)
    this.#plan(script.faultMs)
  }

  async run(): Promise<void> {
    await this.world.run()
    await this.#checks
    if (this.#broken !== null) throw this.#broken
    for (const update of this.device.kept) await this.world.witness.acknowledges('kept on the device', update)
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.world.counts, ...this.device.counts, looks: this.#looks }
  }

  #plan(faultMs: number): void {
    const { clock } = this.world
    const at = (run: () => void): void => {
      clock.after(START_MS + 10 + this.#chance.fraction() * faultMs, run)
    }
    for (let i = this.#chance.below(3); i > 0; i--)
      at(() => {
        for (const tab of this.tabs) tab.die()
        const backMs = this.#chance.between(1, 3_000)
        for (const tab of this.tabs) clock.after(backMs + this.#chance.between(0, 100), () => tab.comeBack())
      })
    if (this.#chance.is(0.3)) at(() => this.device.fill(this.#chance.between(10, 5_000)))
    if (this.#chance.is(0.15)) at(() => this.device.clear())
    clock.after(START_MS + faultMs, () => {
      this.device.heal()
      for (const tab of this.tabs) tab.comeBack()
    })
    const look = (): void => {
      this.#checkLater(() => this.#look())
      clock.after(LOOK_MS, look)
    }
    clock.after(START_MS + LOOK_MS, look)
  }

  async #look(): Promise<void> {
    const { device, tabs, world } = this
    if (!device.isQuiet) return
    for (const tab of tabs) {
      if (!tab.isThere || tab.isMending) continue
      const [said, really] = [tab.atRisk, await tab.reallyAtRisk()]
      if (said !== really)
        throw new Broken(`the count is wrong: ${tab.name} says ${said} at risk, ${really} are`)
    }
    const there = tabs.filter((tab) => tab.isThere && tab.isKept && !tab.isMending)
    if (there.length < tabs.length) return
    this.#looks++
    const waiting = await device.waiting()
    for (const { name, waiting: shown } of there)
      if (shown !== waiting)
        throw new Broken(
          `the count is wrong: ${name} shows ${shown}, ${waiting} wait, at ${world.clock.now().toFixed(3)}`,
        )
    if (waiting > 0) return
    for (const update of device.kept) await world.witness.acknowledges('nothing waits', update)
    device.kept.clear()
  }

  /** At this moment of simulated time: no timer runs before it is done. */
  #checkLater(run: () => Promise<void>): void {
    this.#checks = this.#checks.then(run).catch((error: unknown) => {
      this.world.trace.add(`broken: ${String(error)}`)
      this.#broken ??= error
    })
  }
}

function deviceScript(
  seed: number,
  chance: SeededChance,
): { readonly script: Script; readonly tabs: number } {
  const base = scriptOf(seed)
  const others = base.vellum + base.tabs
  const tabs = 1 + chance.below(3)
  const operations: Operation[] = [...base.operations]
  const at = (): number => chance.between(0, base.faultMs)
  const who = (): number => others + chance.below(tabs)
  const edits = chance.pick([20, 60])
  for (let i = 0; i < edits; i++)
    operations.push({ atMs: at(), do: 'edit', who: who(), times: chance.is(0.1) ? 1 + chance.below(20) : 1 })
  for (let i = 1 + chance.below(6); i > 0; i--) operations.push({ atMs: at(), do: 'reload', who: who() })
  for (let i = chance.below(3); i > 0; i--) operations.push({ atMs: at(), do: 'cut', who: who() })
  for (let i = chance.below(4); i > 0; i--) {
    const tab = who()
    const atMs = at()
    operations.push({ atMs, do: 'offline', who: tab })
    operations.push({ atMs: atMs + chance.between(100, 20_000), do: 'online', who: tab })
  }
  return { script: { ...base, operations: operations.sort((a, b) => a.atMs - b.atMs) }, tabs }
}
