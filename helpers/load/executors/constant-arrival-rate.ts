import type { Executor } from '../executor.ts'
import type { OnArrival } from './open-arrivals.ts'
import { type RampingArrivalRate, rampingArrivalRate } from './ramping-arrival-rate.ts'

/** What arrives, how often, and for how long. */
export interface ConstantArrivalRate extends Omit<RampingArrivalRate, 'perSecond'> {
  /** Arrivals a second. */
  readonly perSecond: number
  readonly forMs: number
}

/**
 * Open model at one rate: one arrival every 1 / `perSecond` seconds, however slow the answers are.
 *
 * @throws CONFIG_INVALID with everything that is wrong with the settings
 */
export function constantArrivalRate({ perSecond, forMs, ...settings }: ConstantArrivalRate): Executor<OnArrival> {
  const ramping = rampingArrivalRate({
    ...settings,
    perSecond: { from: perSecond, stages: [{ to: perSecond, forMs }] },
  })
  const seconds = Number((forMs / 1_000).toFixed(1))
  return { ...ramping, describe: () => `${settings.label}: ${perSecond} arrivals a second for ${seconds} s` }
}
