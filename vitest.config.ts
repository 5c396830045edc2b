import { defineConfig } from 'vitest/config'
import { GENERATOR_HEAP } from './helpers/load/generator-heap.ts'

/**
 * Four projects, from fast to thorough:
 * - `unit`: pure code, seconds, no services.
 * - `contract`: adapters, hosts and the reference backend against real services.
 * - `proof`: the suite rehearses itself; known-bad backends must come out NO-GO.
 * - `rehearsal`: the phases. Run it through `bin/rehearse.ts`, which owns signals, the run folder and the exit code.
 *
 * Nothing is ever retried: a retry would hide exactly the failure a rehearsal exists to find.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    // Containers need longer than Vitest's 10 s to go away.
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{bin,helpers,fixtures,reports,images,bench,examples}/**/*.test.ts'],
          exclude: ['**/*.contract.test.ts', '**/node_modules/**'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['{bin,helpers,fixtures,reports,images}/**/*.contract.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'proof',
          include: ['suites/proof/**/*.proof.ts'],
          execArgv: [...GENERATOR_HEAP],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'rehearsal',
          include: ['suites/**/*.rehearsal.ts'],
          execArgv: ['--import', new URL('./bin/ignore-terminal-signals.ts', import.meta.url).href, ...GENERATOR_HEAP],
          testTimeout: 7_200_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
