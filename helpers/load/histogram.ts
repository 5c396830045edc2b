import { build, type Histogram } from 'hdr-histogram-js'
import type { LatencySummary } from './latency.ts'

const HIGHEST_US = 600_000_000
const SIGNIFICANT_DIGITS = 3

/** HDR histogram of microseconds, 1 µs to 10 min with three digits (P4). Merge with `add`, never by averaging. */
export type LatencyHistogram = Histogram

export function latencyHistogram(): LatencyHistogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    bitBucketSize: 32,
    autoResize: false,
  })
}

/** Record a duration in µs. Anything beyond ten minutes is recorded as ten minutes: late is late. */
export function recordUs(histogram: LatencyHistogram, us: number): void {
  histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(us))))
}

/** Samples that percentile `p` (0..1) needs before it may be printed: n >= 10 / (1 - p) (P4). */
export function samplesNeeded(p: number): number {
  // 1 - 0.95 is not exactly 0.05; rounding to millionths keeps 200 from becoming 201.
  return Math.ceil(Math.round((10 / (1 - p)) * 1e6) / 1e6)
}

/** Percentile `p` (0..1) in ms, or null when there are too few samples for it. */
export function percentileMs(histogram: LatencyHistogram, p: number): number | null {
  if (histogram.totalCount < samplesNeeded(p)) return null
  return histogram.getValueAtPercentile(p * 100) / 1_000
}

/** A histogram in the figures that a report prints. `errors` are those among its samples, for they are in it too (P5). */
export function summarise(histogram: LatencyHistogram, errors: number): LatencySummary {
  return {
    count: histogram.totalCount,
    errors,
    p50Ms: percentileMs(histogram, 0.5),
    p90Ms: percentileMs(histogram, 0.9),
    p95Ms: percentileMs(histogram, 0.95),
    p99Ms: percentileMs(histogram, 0.99),
    p999Ms: percentileMs(histogram, 0.999),
    maxMs: histogram.totalCount === 0 ? null : histogram.maxValue / 1_000,
  }
}
