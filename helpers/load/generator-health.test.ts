import { describe, expect, test } from 'vitest'
import { monotonicClock, takeEpoch } from '../clock.ts'
import {
  allowedInvalidWindows,
  summariseGenerator,
  watchGenerator,
  windowProblems,
  worstOfThreads,
} from './generator-health.ts'
import { CALM, windowOf } from './testing/load-result-of.ts'

describe('a window of the generator', () => {
  test('is believed when everything is within its limits', () => {
    expect(windowProblems(CALM, 1, 0)).toEqual([])
    expect(windowProblems(CALM, null, 0)).toEqual([])
  })

  test.each([
    [{ cpu: 0.81 }, 'CPU 81.0 %, allowed 80.0 %'],
    [{ eventLoopDelayP99Ms: 21 }, 'event-loop delay p99 21.0 ms, allowed 20.0 ms'],
    [{ eventLoopDelayMaxMs: 101 }, 'event-loop delay max 101 ms, allowed 100 ms'],
    [{ eventLoopUtilization: 0.9 }, 'event-loop utilization 90.0 %, allowed 80.0 %'],
    [{ gcPauseMaxMs: 150 }, 'GC pause max 150 ms, allowed 100 ms'],
    [{ memory: 0.95 }, 'memory 95.0 %, allowed 90.0 %'],
    [{ cpu: null }, 'CPU was not measured'],
    [{ eventLoopDelayP99Ms: null }, 'event-loop delay p99 was not measured'],
    [{ cpu: Number.NaN }, 'CPU was not measured'],
  ])('is not believed with %o', (over, problem) => {
    expect(windowProblems({ ...CALM, ...over }, 1, 0)).toEqual([problem])
  })

  test('is not believed when the generator was late or had no socket left', () => {
    expect(windowProblems(CALM, 25, 0)).toEqual(['dispatch lag p99 25.0 ms, allowed 20.0 ms'])
    expect(windowProblems(CALM, 1, 2)).toEqual(['2 requests found no socket, port or file handle'])
  })

  test.each([null, 0.3])('steal of %o makes the platform slow, and not the generator', (steal) => {
    expect(windowProblems({ ...CALM, steal }, 1, 0)).toEqual([])
  })
})

describe('a window of several threads', () => {
  test('has the worst of each reading, from whichever thread it is', () => {
    const busy = { ...CALM, fromUs: 5, cpu: 0.9, gcPauseMaxMs: 7 }
    const late = { ...CALM, fromUs: 3, toUs: 20_000_000, eventLoopDelayP99Ms: 30, eventLoopDelayMaxMs: 120, steal: 0.1 }
    const worst = worstOfThreads([CALM, busy, late])
    expect(worst).toEqual({
      ...CALM,
      ...{ fromUs: 0, toUs: 20_000_000, cpu: 0.9, gcPauseMaxMs: 7 },
      ...{ eventLoopDelayP99Ms: 30, eventLoopDelayMaxMs: 120, steal: 0.1 },
    })
    expect(windowProblems(worst, 1, 0)).toEqual([
      'CPU 90.0 %, allowed 80.0 %',
      'event-loop delay p99 30.0 ms, allowed 20.0 ms',
      'event-loop delay max 120 ms, allowed 100 ms',
    ])
  })

  test('is not measured where one thread was not, and there is none without a thread', () => {
    expect(worstOfThreads([CALM, { ...CALM, eventLoopDelayP99Ms: null }]).eventLoopDelayP99Ms).toBeNull()
    expect(() => worstOfThreads([])).toThrow(TypeError)
  })

  test('a thread counts the processor time that it is told to', () => {
    let usedUs = 0
    using watch = watchGenerator(monotonicClock(takeEpoch()), () => ({ user: usedUs, system: 1_000 }))
    const untilMs = performance.now() + 20
    while (performance.now() < untilMs) usedUs = 0
    usedUs = 3_000
    const { cpu, fromUs, toUs } = watch.window()
    expect(cpu).toBeCloseTo(3_000 / (toUs - fromUs))
    expect(watch.window().cpu).toBe(0)
  })
})

describe('the generator over a day', () => {
  test('shows its worst figures, and nothing it did not measure', () => {
    const windows = [
      windowOf(0),
      { ...windowOf(1), dispatchLagP99Ms: 7, generator: { ...CALM, cpu: 0.5, rssBytes: null } },
    ]
    expect(summariseGenerator(windows)).toMatchObject({
      cpu: 0.5,
      dispatchLagP99Ms: 7,
      rssBytes: 100_000_000,
      valid: true,
    })
    expect(summariseGenerator([])).toMatchObject({ cpu: null, dispatchLagP99Ms: null, valid: 'unknown' })
  })

  test('may lose one window of a short day, 5 % of a long one, and none of a very short one', () => {
    expect([1, 2, 3, 20, 39, 40, 100].map(allowedInvalidWindows)).toEqual([0, 0, 1, 1, 1, 2, 5])
  })
})

describe('watching this process', () => {
  test('sees that it was blocked, and forgets it in the next window', async () => {
    using watch = watchGenerator(monotonicClock(takeEpoch()))
    await sleep(50)
    const until = performance.now() + 150
    while (performance.now() < until);
    await sleep(50)
    const blocked = watch.window()
    expect(blocked.eventLoopDelayMaxMs).toBeGreaterThan(100)
    // On a busy machine the 150 ms of spinning are less than 150 ms of CPU.
    expect(blocked.cpu).toBeGreaterThan(0.05)
    expect(blocked.eventLoopUtilization).toBeGreaterThan(0.3)
    expect(blocked.rssBytes).toBeGreaterThan(10_000_000)
    expect(blocked.memory).toBeGreaterThan(0)
    expect(blocked.memory).toBeLessThan(1)
    await sleep(200)
    const after = watch.window()
    expect(after.fromUs).toBe(blocked.toUs)
    expect(after.eventLoopDelayMaxMs).toBeLessThan(blocked.eventLoopDelayMaxMs as number)
  })
})

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
