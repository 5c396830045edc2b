import type { RecoveryRule } from '../faults/recovery.ts'

/** How many guests a drill needs, and when the time of each is over. */
export interface DrillGuests {
  readonly count: number
  /** The time of the first is over so long after its session was started, seconds... */
  readonly firstSeconds: number
  /** ...and that of each further one so much later. */
  readonly stepSeconds: number
}

/** So long before the outage can begin at the earliest: sessions start up to 6 s after the heal that it is counted from. */
const BEFORE_SECONDS = 6
/** ...and for a platform that needs all the time it has, until the outage has begun. */
const AFTER_SECONDS = 2
/** Time enough to give an answer. */
const LEAST_SECONDS = 4

/**
 * Guests of whom somebody's time runs out in the second outage, whenever it comes: one for each second in which it may. It
 * comes as soon as a whole window after the first was well; that is one window after the heal at the earliest, and later
 * by as much as the platform takes to recover. An outage lasts a few seconds, so a longer step would miss it.
 */
export function drillGuests({ rtoMs, windowMs }: RecoveryRule): DrillGuests {
  const firstSeconds = Math.max(LEAST_SECONDS, windowMs / 1_000 - BEFORE_SECONDS)
  return { count: rtoMs / 1_000 + BEFORE_SECONDS + AFTER_SECONDS, firstSeconds, stepSeconds: 1 }
}
