import { expect, test } from 'vitest'
import { newcomerWithinMs } from './backend-workers-replaced.ts'

/** What a fault has to be injected (`nemesis.ts`). */
const INJECT_MS = 20_000

test.each([1, 2, 4, 8, 16, 64])(
  'a pool of %d that names nobody is replaced in the time that a fault has',
  (workers) => {
    expect(newcomerWithinMs(workers)).toBeGreaterThan(0)
    expect(newcomerWithinMs(workers) * workers).toBeLessThan(INJECT_MS * 0.75)
  },
)

test('a few workers have three seconds each', () => {
  expect([1, 2, 4].map(newcomerWithinMs)).toEqual([3_000, 3_000, 3_000])
})
