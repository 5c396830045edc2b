import type { Profile } from '../helpers/load/profile.ts'

/** Stage up and down, evidence and checks of one suite, as measured on two cores. */
const AROUND_THE_LOAD_MS = 25_000

/** About how long a rehearsal of so many suites takes, ms: what the plan asks for, and the stage around it. */
export function estimateMs(profile: Profile, suites: number): number {
  const { warmUp, barrierAfterMs, steadyMs, submitSpreadMs, expiryMarginMs, drainMs } = profile
  // Whoever comes after the barrier does so while the others work.
  const arrivalsMs = profile.arrivalsMs * profile.startsAtBarrier
  // Candidates rarely need all of their drain; half of it is what was usually seen.
  const load = warmUp.ms + arrivalsMs + barrierAfterMs + steadyMs + submitSpreadMs + expiryMarginMs + drainMs / 2
  return suites * (load + AROUND_THE_LOAD_MS)
}
