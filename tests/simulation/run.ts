/** `npx node tests/simulation/run.ts --seeds 10000 [--from 1] [--seed N]`: runs many, prints what fails. */
import { runMany } from './many.ts'
import { scriptOf } from './script.ts'
import { World } from './world.ts'

await runMany((seed, keepLines) => {
  const { operations, ...rest } = scriptOf(seed)
  const world = new World({ operations, ...rest }, {}, keepLines)
  const story = [JSON.stringify(rest), ...operations.map((operation) => `  ${JSON.stringify(operation)}`)]
  return {
    trace: world.trace,
    get counts() {
      return world.counts
    },
    run: () => world.run(),
    story,
  }
})
