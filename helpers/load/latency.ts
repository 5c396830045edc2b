/**
 * A latency distribution, summarised. A percentile that the number of samples does not support is null and printed as
 * "n too small": percentile p needs n >= 10 / (1 - p) (P4).
 */
export interface LatencySummary {
  readonly count: number
  readonly errors: number
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly p999Ms: number | null
  readonly maxMs: number | null
}
