import { describe, expect, test } from 'vitest'
import { tooManyFailed } from './too-many-failed.ts'

describe('too many of a few failed', () => {
  test.each([
    [3, 3, 0.01],
    [8, 8, 0.01],
    [4, 8, 0.01],
    [6, 100, 0.01],
    [3, 300, 0.01],
    [1, 10, 0],
    [38, 76, 0.01],
  ])('%i of %i are more than a share of %d', (failed, tries, limit) => {
    expect(tooManyFailed(failed, tries, limit)).toBe(true)
  })

  test.each([
    [0, 0, 0.01],
    [0, 1_000, 0.01],
    [0, 10, 0],
    [2, 2, 0.01],
    [1, 3, 0.01],
    [1, 40, 0.01],
    [2, 100, 0.01],
    [2, 300, 0.01],
  ])('%i of %i may be chance, or are below a share of %d', (failed, tries, limit) => {
    expect(tooManyFailed(failed, tries, limit)).toBe(false)
  })
})
