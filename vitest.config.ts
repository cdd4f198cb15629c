import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A machine with two shared cores may take its time over what another one does at once.
    expect: { poll: { timeout: 30_000, interval: 50 } },
  },
})
