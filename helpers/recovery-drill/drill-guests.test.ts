import { describe, expect, test } from 'vitest'
import { RECOVERY_RULES } from '../faults/recovery.ts'
import { drillGuests } from './drill-guests.ts'

/** Seconds after the recovery at which the next fault is injected (`recoveryPhase`). */
const THEN_SECONDS = 0.5
/** The shortest outage of a crash that was seen so far is 3.4 s. */
const OUTAGE_SECONDS = 3

describe.each(Object.entries(RECOVERY_RULES))('guests of a drill in the profile %s', (_, rule) => {
  // Sessions are started when the heal is done, and no platform is well much sooner.
  test.each([
    [0.2, 0],
    [2.6, 1],
    [3.4, 2],
    [6.2, 5],
  ])(
    'run out of time in the outage, whenever it comes (started %s s after the begin of the heal)',
    (started, soonest) => {
      const { count, firstSeconds, stepSeconds } = drillGuests(rule)
      const ends = Array.from({ length: count }, (_, n) => started + firstSeconds + n * stepSeconds)
      const missed: number[] = []
      for (let recovered = soonest; recovered <= rule.rtoMs / 1_000; recovered += 0.1) {
        const outage = recovered + rule.windowMs / 1_000 + THEN_SECONDS
        if (!ends.some((end) => end >= outage && end <= outage + OUTAGE_SECONDS)) missed.push(recovered)
      }
      expect(missed).toEqual([])
    },
  )
})
