/**
 * One monotonic clock for a whole run.
 *
 * All processes of a run on one machine share CLOCK_MONOTONIC, so times taken in the entry, in a Vitest worker and in
 * a sampler are comparable once they count from the same epoch. Wall-clock time is only ever derived for display:
 * it may jump, and a history whose times run backwards proves nothing (C1).
 */
export interface Clock {
  /** Microseconds since the epoch of the run, in steps of a nanosecond. */
  nowUs(): number
}

/** The epoch of a run: a monotonic instant and the wall-clock time it was taken at. Serialisable. */
export interface Epoch {
  /** `process.hrtime.bigint()` as a decimal string (JSON has no bigint). */
  readonly monotonicNs: string
  /** ISO-8601 UTC. */
  readonly wall: string
}

/** Take the epoch of a new run, now. */
export function takeEpoch(): Epoch {
  return { monotonicNs: String(process.hrtime.bigint()), wall: new Date().toISOString() }
}

/** The real clock, counting from `epoch`. */
export function monotonicClock(epoch: Epoch): Clock {
  const startNs = BigInt(epoch.monotonicNs)
  // performance.now() is cheaper than hrtime.bigint(), which allocates; the offset between both is taken once.
  const offsetUs = offsetOfPerformanceUs(startNs)
  // To the nanosecond, which is what the clock has: more digits are only what the arithmetic left over, and every line
  // of a history would carry them.
  return { nowUs: () => Math.round((performance.now() * 1_000 + offsetUs) * 1_000) / 1_000 }
}

const OFFSET_TAKEN_TIMES = 5

/**
 * What `performance.now()` is behind the epoch of the run, µs. Taken several times, and the one believed that took least:
 * the first call of either function in a thread costs up to 1.5 ms, by which two threads' clocks would differ for good
 * (measured), and a request that one thread saw leave would have been answered in another before.
 */
function offsetOfPerformanceUs(startNs: bigint): number {
  let offsetUs = Number.NaN
  let shortestNs: bigint | undefined
  for (let time = 1; time <= OFFSET_TAKEN_TIMES; time += 1) {
    const beforeNs = process.hrtime.bigint()
    const performanceUs = performance.now() * 1_000
    const tookNs = process.hrtime.bigint() - beforeNs
    if (shortestNs !== undefined && tookNs >= shortestNs) continue
    shortestNs = tookNs
    offsetUs = Number(beforeNs + tookNs / 2n - startNs) / 1_000 - performanceUs
  }
  return offsetUs
}

/** ISO-8601 wall time of an instant of the run, for people. */
export function wallTime(epoch: Epoch, timeUs: number): string {
  return new Date(Date.parse(epoch.wall) + timeUs / 1_000).toISOString()
}
