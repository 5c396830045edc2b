import { expect, test } from 'vitest'
import { worstExitCode } from './worst-exit-code.ts'

test('the worst round counts: NO-GO before INCONCLUSIVE before GO', () => {
  expect(worstExitCode([0, 0, 0], 3)).toBe(0)
  expect(worstExitCode([0, 2, 0], 3)).toBe(2)
  expect(worstExitCode([0, 2, 1], 3)).toBe(1)
})

test('rounds that did not happen are no GO, and hide no NO-GO', () => {
  expect(worstExitCode([0], 3)).toBe(2)
  expect(worstExitCode([], 1)).toBe(2)
  expect(worstExitCode([1], 3)).toBe(1)
})
