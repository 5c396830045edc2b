import type { Executor } from '../executor.ts'
import { arrivalTimes } from './arrival-times.ts'
import { type OnArrival, openArrivals } from './open-arrivals.ts'
import { describeRamp, type Ramp, rampProblems } from './ramp.ts'
import { figureProblems, refuseProblems } from './refuse-problems.ts'

/** What arrives, how often, and from when on. */
export interface RampingArrivalRate {
  readonly label: string
  /** Arrivals a second. */
  readonly perSecond: Ramp
  /** Arrivals go round among so many participants, numbered from 0. */
  readonly participants: number
  /** After the start of the day; default 0. */
  readonly fromMs?: number
  /** Arrivals of one participant that may wait for it to become free; more are dropped and counted. */
  readonly maxWaiting?: number
}

/**
 * Open model at a rate that rises and falls: arrivals come however slow the answers are.
 *
 * @throws CONFIG_INVALID with everything that is wrong with the settings
 */
export function rampingArrivalRate(settings: RampingArrivalRate): Executor<OnArrival> {
  const { label, perSecond, participants, fromMs = 0, maxWaiting } = settings
  refuseProblems(label, [
    ...rampProblems(perSecond, { whole: false }),
    ...figureProblems('participants', participants, { least: 1, whole: true }),
    ...figureProblems('fromMs', fromMs, { least: 0 }),
  ])
  const arrivals = arrivalTimes(perSecond).map((atMs, index) => ({
    participant: index % participants,
    atMs: fromMs + atMs,
  }))
  return {
    ...openArrivals({ label, arrivals, ...(maxWaiting === undefined ? {} : { maxWaiting }) }),
    describe: () => `${label}: ${arrivals.length} arrivals, ${describeRamp(perSecond)} a second`,
  }
}
