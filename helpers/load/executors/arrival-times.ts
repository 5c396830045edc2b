import { type Ramp, rampPieces } from './ramp.ts'

/** What rounding may cost of a whole arrival: 3 a second for 100 s are 300 arrivals, and not 299. */
const ROUNDING = 1e-6

/**
 * When arrivals come at a rate that changes in straight lines. The n-th comes when the rate has made up n whole
 * arrivals: at 1 a second the first comes after one second and the last at the very end. Nothing is drawn.
 *
 * @param perSecond arrivals a second
 * @returns milliseconds after the begin, rising
 */
export function arrivalTimes(perSecond: Ramp): readonly number[] {
  const times: number[] = []
  let before = 0
  for (const { fromMs, toMs, from, to } of rampPieces(perSecond)) {
    const seconds = (toMs - fromMs) / 1_000
    const until = before + ((from + to) / 2) * seconds
    while (times.length + 1 <= until + ROUNDING) {
      const wanted = times.length + 1 - before
      times.push(Math.min(toMs, fromMs + secondsUntil(wanted, from, (to - from) / seconds) * 1_000))
    }
    before = until
  }
  return times
}

/** When `rate` and what it grows by each second have made up `count`: t in rate t + growth t² / 2 = count. */
function secondsUntil(count: number, rate: number, growth: number): number {
  // The form of the solution that does not subtract two nearly equal numbers.
  return (2 * count) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * growth * count)))
}
