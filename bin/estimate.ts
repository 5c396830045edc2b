import type { Profile } from '../helpers/load/profile.ts'

/** Stage up and down, evidence and checks of one suite, as measured on two cores. */
const AROUND_THE_LOAD_MS = 12_000

/** What candidates were seen to need of their drain on days on which most came through at the first attempt. */
const SHARE_OF_DRAIN = 0.1

/** About how long a rehearsal of so many suites takes, ms: what the plan asks for, and the stage around it. */
export function estimateMs(profile: Profile, suites: number): number {
  const { warmUp, barrierAfterMs, steadyMs, submitSpreadMs, expiryMarginMs, drainMs } = profile
  // Whoever comes after the barrier does so while the others work.
  const arrivalsMs = profile.arrivalsMs * profile.startsAtBarrier
  const load =
    warmUp.ms + arrivalsMs + barrierAfterMs + steadyMs + submitSpreadMs + expiryMarginMs + drainMs * SHARE_OF_DRAIN
  return suites * (load + AROUND_THE_LOAD_MS)
}
