import { describe, expect, test } from 'vitest'
import type { Operation } from '../../helpers/history/operation.ts'
import { foldOperations, highest, MAX_POINTS, type Point, thin } from './timeline.ts'

const SECOND_US = 1_000_000

function operationOf(overrides: Partial<Operation> = {}): Operation {
  const intendedUs = overrides.intendedUs ?? SECOND_US
  return {
    index: 0,
    timeUs: intendedUs,
    intendedUs,
    candidate: 'c-0001',
    connection: 'main',
    f: 'save-answer',
    step: 'steady',
    requestId: 'r-1',
    attempt: 1,
    outcome: 'ok',
    completedUs: intendedUs + 10_000,
    reason: 'success',
    ...overrides,
  }
}

const folded = (operations: readonly Operation[]) => {
  const result = foldOperations(operations)
  if (result === undefined) throw new Error('nothing was folded')
  return result
}

describe('a timeline', () => {
  test('of nothing is none, not a line at zero', () => {
    expect(foldOperations([])).toBeUndefined()
  })

  test('counts an attempt where it was meant to be sent, and an acknowledgement where it came', () => {
    const late = operationOf({ intendedUs: 1.5 * SECOND_US, completedUs: 4.5 * SECOND_US })
    const { moments, stretchUs } = folded([late]).timeline
    expect(stretchUs).toBe(SECOND_US)
    expect(moments.map(({ offered, goodput }) => [offered, goodput])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ])
    expect(moments[0]?.maxMs).toBe(3_000)
  })

  test('counts what was wanted once, however often it was acknowledged', () => {
    const twice = [operationOf({ nonce: 'n' }), operationOf({ nonce: 'n', attempt: 2, intendedUs: 1.2 * SECOND_US })]
    const { moments } = folded(twice).timeline
    expect(moments[0]).toMatchObject({ offered: 2, goodput: 1 })
  })

  test('adds up to the history: attempts, without effect, unknown, never ended', () => {
    const all = [
      ...Array.from({ length: 7 }, (_, index) => operationOf({ intendedUs: index * 3 * SECOND_US })),
      ...Array.from({ length: 3 }, () => operationOf({ outcome: 'fail' })),
      operationOf({ outcome: 'info' }),
      operationOf({ outcome: 'info', completedUs: null }),
    ]
    const { timeline, spreads } = folded(all)
    const sum = (field: 'offered' | 'fail' | 'info') => timeline.moments.reduce((total, each) => total + each[field], 0)
    expect([sum('offered'), sum('fail'), sum('info'), timeline.open]).toEqual([12, 3, 2, 1])
    expect(spreads).toMatchObject([{ operation: 'save-answer', measured: 11, open: 1 }])
  })

  test('has a percentile only where enough operations support it, and no latency where nothing was measured', () => {
    const few = Array.from({ length: 19 }, () => operationOf())
    expect(folded(few).timeline.moments[0]).toMatchObject({ p50Ms: null, p95Ms: null, p99Ms: null, maxMs: 10 })
    const twenty = [...few, operationOf(), operationOf({ intendedUs: 5 * SECOND_US, completedUs: null })]
    const { moments } = folded(twenty).timeline
    expect(moments[0]).toMatchObject({ p50Ms: 10, p95Ms: null })
    expect(moments[2]).toMatchObject({ offered: 0, p50Ms: null, maxMs: null })
    const many = Array.from({ length: 200 }, (_, index) =>
      operationOf({ completedUs: SECOND_US + (index + 1) * 1_000 }),
    )
    expect(folded(many).timeline.moments[0]).toMatchObject({ p50Ms: 100, p95Ms: 190, p99Ms: null, maxMs: 200 })
  })

  test('shows nothing of a stall before it began', () => {
    const quick = Array.from({ length: 400 }, (_, index) =>
      operationOf({ intendedUs: index * 50_000, completedUs: index * 50_000 + 5_000 }),
    )
    const slow = Array.from({ length: 40 }, () =>
      operationOf({ intendedUs: 15.5 * SECOND_US, completedUs: 18.5 * SECOND_US }),
    )
    const { moments } = folded([...quick, ...slow]).timeline
    expect(moments[14]?.p95Ms).toBe(5)
    expect(moments[15]?.p95Ms).toBe(3_000)
  })

  test.each([60, 299, 301, 6_000, 36_000, 500_000])('of %i s has at most 300 points', (lengthS) => {
    const ends = [
      operationOf({ intendedUs: 1.7 * SECOND_US }),
      operationOf({ intendedUs: (1.7 + lengthS) * SECOND_US }),
    ]
    expect(folded(ends).timeline.moments.length).toBeLessThanOrEqual(MAX_POINTS)
  })
})

test('a spread holds every attempt in exactly one bin, ok and not ok apart', () => {
  const times = [0.05, 0.1, 0.99, 1, 9.99, 10, 5_000]
  const operations = times.flatMap((ms) => [
    operationOf({ completedUs: SECOND_US + ms * 1_000 }),
    operationOf({ completedUs: SECOND_US + ms * 1_000, outcome: 'info' }),
  ])
  const [spread] = folded(operations).spreads
  const at = (fromMs: number) => spread?.bins.find((bin) => bin.fromMs === fromMs)
  expect(spread?.measured).toBe(14)
  expect(at(0)).toEqual({ fromMs: 0, toMs: 0.1, ok: 1, not: 1 })
  expect(at(0.7)).toEqual({ fromMs: 0.7, toMs: 1, ok: 1, not: 1 })
  expect(at(1)).toEqual({ fromMs: 1, toMs: 1.5, ok: 1, not: 1 })
  expect(at(2)).toEqual({ fromMs: 2, toMs: 3, ok: 0, not: 0 })
  expect(at(5_000)).toEqual({ fromMs: 5_000, toMs: 7_000, ok: 1, not: 1 })
})

describe('a thinned line', () => {
  test('keeps the worst, and a gap where a whole group was not measured', () => {
    const points: Point[] = [
      [0, 1],
      [1, 9],
      [2, null],
      [3, null],
      [4, null],
      [5, 2],
    ]
    expect(thin(points, highest, 3)).toEqual([
      [0, 9],
      [2, null],
      [4, 2],
    ])
  })

  test('stays as it is where it is short enough', () => {
    const points: Point[] = [
      [0, null],
      [1, 0],
    ]
    expect(thin(points, highest)).toBe(points)
  })
})
