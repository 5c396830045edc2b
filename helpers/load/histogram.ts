import { build, type Histogram, type JsHistogram } from 'hdr-histogram-js'
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

/** What is in a histogram, as another thread can be handed it. Serialisable. */
export interface HistogramCounts {
  /** Pairs: a value, µs, and how often it was recorded; by value. */
  readonly pairs: Float64Array<ArrayBuffer>
  /** The largest that was recorded, µs, as it was; the pairs have it to three digits. */
  readonly maxUs: number
}

/** The counts of a histogram; nothing of them is lost. */
export function countsOf(histogram: LatencyHistogram): HistogramCounts {
  // What `build` makes of these settings is one: no WebAssembly was asked for.
  const recorded = (histogram as JsHistogram).recordedValuesIterator
  recorded.reset()
  const pairs: number[] = []
  while (recorded.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = recorded.next()
    pairs.push(valueIteratedTo, countAtValueIteratedTo)
  }
  return { pairs: Float64Array.from(pairs), maxUs: histogram.maxValue }
}

/** Histograms of several threads in one, merged by counts: as if one thread had recorded everything. */
export function mergeCounts(parts: readonly HistogramCounts[]): LatencyHistogram {
  const sum = latencyHistogram()
  for (const { pairs, maxUs } of parts) {
    for (let at = 0; at < pairs.length; at += 2) {
      // All values of a pair are alike to the histogram, but it keeps the largest as it is.
      const value = at === pairs.length - 2 ? maxUs : (pairs[at] as number)
      sum.recordValueWithCount(value, pairs[at + 1] as number)
    }
  }
  return sum
}
