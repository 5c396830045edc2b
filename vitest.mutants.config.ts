import { defineConfig } from 'vitest/config'

/** The tests that must notice when a checker or the history is changed: what `pnpm test:mutants` runs for each mutant. */
export default defineConfig({
  test: {
    include: ['helpers/{checkers,history}/**/*.test.ts'],
    // Counting what every test covers makes the first run many times slower.
    testTimeout: 120_000,
  },
})
