import { describe, expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import {
  countsOf,
  latencyHistogram,
  mergeCounts,
  percentileMs,
  recordUs,
  samplesNeeded,
  summarise,
} from './histogram.ts'

/** Nearest-rank percentile, the exact way. */
function exactUs(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] as number
}

describe('percentiles', () => {
  test.each([1, 2, 3])('equal an exact sort within 0.1 %% (seed %i)', (seed) => {
    const random = seededRandom(seed, 'latencies')
    // Log-uniform from 100 µs to 100 s: fast answers, slow ones and stalls.
    const samples = Array.from({ length: 50_000 }, () => Math.round(10 ** random.uniform(2, 8)))
    const histogram = latencyHistogram()
    for (const us of samples) recordUs(histogram, us)
    const sorted = samples.toSorted((a, b) => a - b)
    for (const p of [0.5, 0.9, 0.95, 0.99, 0.999]) {
      const exactMs = exactUs(sorted, p) / 1_000
      const measuredMs = percentileMs(histogram, p) as number
      expect(Math.abs(measuredMs - exactMs) / exactMs).toBeLessThanOrEqual(0.001)
    }
  })

  test('merge by counts: two halves make the whole', () => {
    const whole = latencyHistogram()
    const halves = [latencyHistogram(), latencyHistogram()] as const
    for (let us = 1; us <= 10_000; us += 1) {
      recordUs(whole, us)
      recordUs(halves[us > 5_000 ? 1 : 0], us)
    }
    halves[0].add(halves[1])
    expect(summarise(halves[0], 0)).toEqual(summarise(whole, 0))
  })

  test.each([1, 2, 3])('of three threads equal an exact sort of all their samples (seed %i)', (seed) => {
    const random = seededRandom(seed, 'threads')
    const samples = Array.from({ length: 30_000 }, () => Math.round(10 ** random.uniform(2, 8)))
    const whole = latencyHistogram()
    const threads = [latencyHistogram(), latencyHistogram(), latencyHistogram(), latencyHistogram()]
    samples.forEach((us, index) => {
      recordUs(whole, us)
      // The fast ones to one thread, the slow ones to the others; the last has nothing to do. A mean of their percentiles would be wrong.
      recordUs(threads[us < 100_000 ? 0 : 1 + (index % 2)] as typeof whole, us)
    })
    const merged = mergeCounts(structuredClone(threads.map(countsOf)))
    expect(summarise(merged, 0)).toEqual(summarise(whole, 0))
    const sorted = samples.toSorted((a, b) => a - b)
    for (const p of [0.5, 0.9, 0.95, 0.99, 0.999]) {
      const exactMs = exactUs(sorted, p) / 1_000
      expect(Math.abs((percentileMs(merged, p) as number) - exactMs) / exactMs).toBeLessThanOrEqual(0.001)
    }
    expect(merged.maxValue).toBe(sorted.at(-1))
  })

  test('need 10 / (1 - p) samples', () => {
    expect([0.5, 0.9, 0.95, 0.99, 0.999].map(samplesNeeded)).toEqual([20, 100, 200, 1_000, 10_000])
  })

  test('that the samples do not support are null, never zero', () => {
    const histogram = latencyHistogram()
    expect(summarise(histogram, 0)).toEqual({
      count: 0,
      errors: 0,
      p50Ms: null,
      p90Ms: null,
      p95Ms: null,
      p99Ms: null,
      p999Ms: null,
      maxMs: null,
    })
    for (let sample = 0; sample < 199; sample += 1) recordUs(histogram, 1_000)
    expect(summarise(histogram, 3)).toMatchObject({ count: 199, errors: 3, p90Ms: 1, p95Ms: null, maxMs: 1 })
    recordUs(histogram, 1_000)
    expect(percentileMs(histogram, 0.95)).toBe(1)
  })

  test('what is beyond ten minutes is recorded as ten minutes', () => {
    const histogram = latencyHistogram()
    recordUs(histogram, 3_600_000_000)
    recordUs(histogram, 0)
    expect(histogram.totalCount).toBe(2)
    expect(histogram.maxValue / 1_000).toBeGreaterThanOrEqual(600_000)
  })
})
