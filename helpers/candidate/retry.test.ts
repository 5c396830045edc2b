import { describe, expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { backoffMs } from './retry.ts'

const POLICY = { attempts: 10, firstBackoffMs: 100, maxBackoffMs: 2_000 }

describe('waiting before the next try', () => {
  test('doubles up to its maximum, between half and all of it', () => {
    const random = seededRandom(1)
    for (const [attempt, fullMs] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [6, 2_000],
      [30, 2_000],
    ] as const) {
      for (let draws = 0; draws < 200; draws += 1) {
        const waitMs = backoffMs(POLICY, attempt, random)
        expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2)
        expect(waitMs).toBeLessThanOrEqual(fullMs)
      }
    }
  })

  test('differs between candidates and is the same again for the same seed', () => {
    const first = (candidate: string) => backoffMs(POLICY, 3, seededRandom(1, candidate))
    expect(first('c-0001')).toBe(first('c-0001'))
    expect(first('c-0001')).not.toBe(first('c-0002'))
  })

  test('never comes back before Retry-After, and not all at the same moment', () => {
    const waits = Array.from({ length: 100 }, (_, n) => backoffMs(POLICY, 1, seededRandom(n), 5))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_100)
    expect(new Set(waits).size).toBe(100)
    expect(backoffMs(POLICY, 6, seededRandom(1), 0)).toBeGreaterThanOrEqual(1_000)
  })
})
