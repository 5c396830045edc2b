import { expect, test } from 'vitest'
import { composeDay, progressOf } from './compose-day.ts'
import type { BarrierSent } from './executors/barrier.ts'
import { latencyHistogram, recordUs } from './histogram.ts'
import { createMeter } from './meter.ts'
import type { ShareResult, ShareStanding } from './play-share.ts'
import { PROFILES } from './profiles.ts'
import { CALM, loadResultOf } from './testing/load-result-of.ts'

const DAY = loadResultOf({ profile: { ...PROFILES.proof, candidates: 4, warmUp: { candidates: 0, ms: 0 } } })
const OFFERED = { planned: 2, started: 2, finished: 2, dropped: 0 }

/** A share of these candidates of the day. */
function shareOf(indexes: readonly number[], sent: BarrierSent | null, over: Partial<ShareResult> = {}): ShareResult {
  return {
    candidates: indexes.map((index) => ({ index, outcome: DAY.candidates[index] as (typeof DAY.candidates)[number] })),
    offered: {
      arrivals: OFFERED,
      burst: { ...OFFERED, skewMs: null, sent, late: 1 },
      steady: { planned: 9, started: 7, finished: 6, dropped: 2 },
      submits: OFFERED,
    },
    windows: [{ generator: CALM, dispatchLagP99Ms: 1, exhausted: 0 }],
    ...over,
  }
}

const composed = (...shares: readonly ShareResult[]) =>
  composeDay({
    options: { plan: DAY.plan, baseUrl: () => 'http://127.0.0.1:1', signal: new AbortController().signal },
    ...{ originUs: 5, favoured: 'no', shares, measurements: createMeter() },
  })

test('candidates come in the order of the plan, and what was offered is the sum', () => {
  const day = composed(shareOf([0, 2], null), shareOf([1, 3], null))
  expect(day.candidates).toEqual(DAY.candidates)
  expect(day).toMatchObject({ planned: 4, started: 4, finished: 4, dropped: 0, lateAtBarrier: 2, threads: 2 })
  expect(day.offered.steady).toEqual({ planned: 18, started: 14, finished: 12, dropped: 4 })
  expect(day.offered['start-burst']).toEqual({ planned: 4, started: 4, finished: 4, dropped: 0 })
})

test('the skew is from the first to the last request of all shares, also where each sent only one', () => {
  const early = { count: 1, firstUs: 1_000, lastUs: 1_000 }
  const late = { count: 1, firstUs: 8_000, lastUs: 8_000 }
  expect(composed(shareOf([0, 2], early), shareOf([1, 3], late)).barrierSkewMs).toBe(7)
  expect(composed(shareOf([0, 2], late), shareOf([1, 3], early), shareOf([], null)).barrierSkewMs).toBe(7)
  expect(composed(shareOf([0, 2], early), shareOf([1, 3], null)).barrierSkewMs).toBeNull()
  expect(composed(shareOf([0, 2], null), shareOf([1, 3], null)).barrierSkewMs).toBeNull()
})

test('a window is as bad as the worst thread in it, and a thread in which nothing was due was not late', () => {
  const busy = { generator: { ...CALM, cpu: 0.9 }, dispatchLagP99Ms: null, exhausted: 2 }
  const late = { generator: CALM, dispatchLagP99Ms: 25, exhausted: 1 }
  const calm = { generator: CALM, dispatchLagP99Ms: 1, exhausted: 0 }
  const { windows, generator } = composed(
    shareOf([0, 2], null, { windows: [busy, calm, calm] }),
    shareOf([1, 3], null, { windows: [late, calm] }),
  )
  expect(windows.map(({ problems }) => problems)).toEqual([
    [
      'CPU 90.0 %, allowed 80.0 %',
      'dispatch lag p99 25.0 ms, allowed 20.0 ms',
      '3 requests found no socket, port or file handle',
    ],
    [],
    [],
  ])
  expect(generator).toMatchObject({ cpu: 0.9, dispatchLagP99Ms: 25, valid: true })
})

test('the live line is of all shares', () => {
  const standing = (us: number): ShareStanding => {
    const recent = latencyHistogram()
    for (let sample = 0; sample < 150; sample += 1) recordUs(recent, us)
    return { planned: 2, entered: 2, answering: 1, submitted: 1, errors: 3, recent }
  }
  const options = { plan: DAY.plan, clock: { nowUs: () => 20_000_000 } }
  expect(progressOf(options, [standing(1_000), standing(9_000)], 0)).toMatchObject({
    candidates: { planned: 4, in: 4, answering: 2, submitted: 2 },
    errors: 6,
    operationsPerSecond: 30,
    // 200 samples are needed for it: neither share has them.
    p95Ms: expect.closeTo(9, 1),
  })
})
