import { expect, test } from 'vitest'
import { percentileMs } from './histogram.ts'
import { createMeter } from './meter.ts'
import { recentLatency } from './recent-latency.ts'
import { sampleOf } from './testing/load-result-of.ts'

const SECOND = 1_000_000

test('counts every sample once, and forgets it when its while is over', () => {
  const meter = createMeter()
  let looked = 0
  const eachSince: typeof meter.eachSince = (fromUs, visit) =>
    meter.eachSince(fromUs, (...sample) => {
      looked += 1
      visit(...sample)
    })
  const recent = recentLatency({ eachSince }, 10 * SECOND)
  for (let second = 1; second <= 20; second += 1) {
    // Two a second; slow in the first half of the day.
    for (const atMs of [200, 600]) {
      meter.attempt(sampleOf({ atMs: (second - 1) * 1_000 + atMs, latencyMs: second <= 10 ? 300 : 30 }))
    }
    const latencies = recent(second * SECOND)
    expect(latencies.totalCount).toBe(2 * Math.min(second, 10))
    if (second === 10) expect(latencies.getValueAtPercentile(50) / 1_000).toBeCloseTo(300, -1)
  }
  expect(looked).toBe(40)
  expect(recent(20.5 * SECOND).getValueAtPercentile(95) / 1_000).toBeCloseTo(30, 0)
})

test('a sample at the very moment of a question belongs to the next', () => {
  const meter = createMeter()
  const recent = recentLatency(meter, 10 * SECOND)
  meter.attempt(sampleOf({ atMs: 990, latencyMs: 10 }))
  expect(recent(SECOND).totalCount).toBe(0)
  meter.attempt(sampleOf({ atMs: 990, latencyMs: 10 }))
  expect(recent(2 * SECOND).totalCount).toBe(2)
})

test('nothing measured is no figure', () => {
  expect(percentileMs(recentLatency(createMeter(), SECOND)(SECOND), 0.95)).toBeNull()
})
