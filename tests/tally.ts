/** Counts what really ran. Failures are printed by vitest's own reporter beside this one. */
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

export class Tally implements Reporter {
  passed = 0
  failed = 0
  skipped = 0

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const module of modules) {
      let failed = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') this.passed++
        else if (state === 'failed') failed++
        else this.skipped++
      }
      // A file that cannot be loaded, or whose hooks fail, has no failed test and has failed all the same.
      if (failed === 0 && !module.ok()) failed = 1
      this.failed += failed
    }
    if (unhandled.length > 0) this.failed++
  }
}
