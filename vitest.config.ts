import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { COMPILE_CACHE } from './bin/testing/compile-cache.ts'
import { GENERATOR_HEAP } from './helpers/load/generator-heap.ts'

/** They play a day against the clock, measure this process, or start process after process that has to be there in time. */
const TIMED_UNIT_TESTS = [
  'bin/rehearse.test.ts',
  'helpers/load/{behaviours,exam-day,freeze,generator-health,generator-threads}.test.ts',
  'helpers/freeze/prober.test.ts',
]
/** They run another Vitest within themselves, or say what priority this process has: it must be nobody else's. */
const UNSHARED_UNIT_TESTS = ['reports/rehearsal-reporter.test.ts', 'helpers/load/generator-priority.test.ts']
const CONTRACT_TESTS = ['{bin,helpers,fixtures,reports,images}/**/*.contract.test.ts']
/** They say how long something may take at most, or compare what the machine was like at two moments: nothing runs beside them. */
const TIMED_CONTRACT_TESTS = [
  'fixtures/backend/{failures,freeze,races}.contract.test.ts',
  'fixtures/{backend-image,faults,faults-killed,observability}.contract.test.ts',
  'fixtures/hosts/{backend-image-build,processes}.contract.test.ts',
  'bin/outside.contract.test.ts',
  'reports/render-html.contract.test.ts',
]
/** A backend that is well must look well, its response times too. One that is broken is so beside another as well. */
const HEALTHY_PROOF = ['suites/proof/harness-deletes.proof.ts']
/** Vitest leaves one core to itself, and half of two is too much: many unit tests wait for a timer. */
const BESIDE = { maxWorkers: Math.max(2, availableParallelism() - 1), sequence: { groupOrder: 0 } }
/** Files in turn. Projects of another number in the order are over or not begun. */
const alone = (groupOrder: number) => ({ fileParallelism: false, sequence: { groupOrder } })
/** Two files at a time, which mostly wait for something: on two cores a third would be late. */
const inPairs = (groupOrder: number) => ({ maxWorkers: 2, sequence: { groupOrder } })

/**
 * Four projects, from fast to thorough:
 * - `unit`: pure code, seconds, no services.
 * - `contract`: adapters, hosts and the reference backend against real services.
 * - `proof`: the suite rehearses itself; known-bad backends must come out NO-GO.
 *   Of these three, what measures is a project of its own: `unit-alone`, `contract-alone`, `proof-alone`.
 *   The files of `unit` share processes and what those have loaded, which is half of what they cost: each leaves the
 *   process as it found it. What cannot is in `unit-unshared`.
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
          env: COMPILE_CACHE,
          include: ['{bin,helpers,fixtures,reports,images,bench,examples}/**/*.test.ts'],
          exclude: ['**/*.contract.test.ts', '**/node_modules/**', ...TIMED_UNIT_TESTS, ...UNSHARED_UNIT_TESTS],
          testTimeout: 10_000,
          isolate: false,
          ...BESIDE,
        },
      },
      {
        test: {
          name: 'unit-unshared',
          env: COMPILE_CACHE,
          include: UNSHARED_UNIT_TESTS,
          testTimeout: 10_000,
          ...BESIDE,
        },
      },
      {
        test: {
          name: 'unit-alone',
          env: COMPILE_CACHE,
          include: TIMED_UNIT_TESTS,
          testTimeout: 10_000,
          ...alone(1),
        },
      },
      {
        test: {
          name: 'contract',
          env: COMPILE_CACHE,
          include: CONTRACT_TESTS,
          exclude: ['**/node_modules/**', ...TIMED_CONTRACT_TESTS],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...inPairs(2),
        },
      },
      {
        test: {
          name: 'contract-alone',
          env: COMPILE_CACHE,
          include: TIMED_CONTRACT_TESTS,
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...alone(3),
        },
      },
      {
        test: {
          name: 'proof',
          env: COMPILE_CACHE,
          include: ['suites/proof/**/*.proof.ts'],
          exclude: ['**/node_modules/**', ...HEALTHY_PROOF],
          execArgv: [...GENERATOR_HEAP],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          ...inPairs(4),
        },
      },
      {
        test: {
          name: 'proof-alone',
          env: COMPILE_CACHE,
          include: HEALTHY_PROOF,
          exclude: ['**/node_modules/**'],
          execArgv: [...GENERATOR_HEAP],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          ...alone(5),
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
