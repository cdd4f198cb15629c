import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/longest-first.ts'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    // One more than the cores of a small machine: many files wait for processes and pages more than they reckon.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // A machine with two shared cores may take its time over what another one does at once.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000, interval: 50 } },
  },
})
