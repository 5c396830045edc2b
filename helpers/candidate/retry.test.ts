import { describe, expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { backoffMs, retriesOf } from './retry.ts'

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

  test('without jitter everybody comes back at the same moment, and Retry-After is honoured all the same', () => {
    const synchronised = retriesOf(POLICY, { retries: 'synchronised' })
    const waits = (attempt: number, retryAfter?: number) =>
      new Set(Array.from({ length: 50 }, (_, n) => backoffMs(synchronised, attempt, seededRandom(n), retryAfter)))
    expect([...waits(1)]).toEqual([100])
    expect([...waits(3)]).toEqual([400])
    expect([...waits(9)]).toEqual([2_000])
    expect([...waits(1, 5)]).toEqual([5_000])
  })

  test('who does not listen comes back before Retry-After, and who never retries has one try', () => {
    const deaf = retriesOf(POLICY, { ignoresRetryAfter: true })
    expect(backoffMs(deaf, 1, seededRandom(1), 5)).toBeLessThanOrEqual(100)
    expect(retriesOf(POLICY, { retries: 'none' })).toEqual({ ...POLICY, attempts: 1 })
    expect(retriesOf(POLICY, {})).toEqual(POLICY)
  })

  test('never comes back before Retry-After, and not all at the same moment', () => {
    const waits = Array.from({ length: 100 }, (_, n) => backoffMs(POLICY, 1, seededRandom(n), 5))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_100)
    expect(new Set(waits).size).toBe(100)
    expect(backoffMs(POLICY, 6, seededRandom(1), 0)).toBeGreaterThanOrEqual(1_000)
  })
})
