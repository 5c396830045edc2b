import { type LatencyHistogram, latencyHistogram, recordUs } from './histogram.ts'
import type { Measurements } from './meter.ts'

/** The latencies of the last while, from the intended time; asked again and again, with a time that never goes back. */
export type RecentLatency = (nowUs: number) => LatencyHistogram

/**
 * Every sample is looked at once and kept in the slice of the question that saw it first; the answer is the sum of the
 * slices. Looking at the whole while anew each second cost a tenth of a busy generator's time.
 *
 * @param whileUs how far back an answer reaches; up to one slice further, the time between two questions
 */
export function recentLatency(measurements: Pick<Measurements, 'eachSince'>, whileUs: number): RecentLatency {
  let slices: { readonly toUs: number; readonly latencies: LatencyHistogram }[] = []
  let seenUs = 0
  return (nowUs) => {
    const latencies = latencyHistogram()
    measurements.eachSince(seenUs, (intendedUs, completedUs) => {
      // Completed while the question before was answered, at the same microsecond: belongs to the next.
      if (completedUs < nowUs) recordUs(latencies, completedUs - intendedUs)
    })
    seenUs = nowUs
    slices = [...slices.filter(({ toUs }) => toUs > nowUs - whileUs), { toUs: nowUs, latencies }]
    const sum = latencyHistogram()
    for (const slice of slices) sum.add(slice.latencies)
    return sum
  }
}
