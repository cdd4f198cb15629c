/** `npx node tests/simulation/run-device.ts --seeds 10000 [--from 1] [--seed N]`: runs many, prints what fails. */
import { DeviceRun } from './device-run.ts'
import { runMany } from './many.ts'

await runMany((seed, keepLines) => {
  const device = new DeviceRun(seed, {}, keepLines)
  return {
    trace: device.world.trace,
    get counts() {
      return device.counts
    },
    run: () => device.run(),
  }
})
