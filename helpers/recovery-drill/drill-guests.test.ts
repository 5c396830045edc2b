import { describe, expect, test } from 'vitest'
import { RECOVERY_RULES } from '../faults/recovery.ts'
import { drillGuests } from './drill-guests.ts'

/** Seconds after the recovery at which the next fault is injected (`recoveryPhase`). */
const THEN_SECONDS = 0.5
/** The shortest outage of a crash that was seen so far is 3.6 s. */
const OUTAGE_SECONDS = 2

describe.each(Object.entries(RECOVERY_RULES))('guests of a drill in the profile %s', (_, rule) => {
  // Sessions were started 2.6 to 3.4 s after the heal began.
  test.each([0.2, 2.6, 3.4])(
    'run out of time in the outage, whenever it comes (started after %s s)',
    (startSeconds) => {
      const { count, firstSeconds, stepSeconds } = drillGuests(rule)
      const ends = Array.from({ length: count }, (_, n) => startSeconds + firstSeconds + n * stepSeconds)
      const missed: number[] = []
      for (let recoveredSeconds = 0; recoveredSeconds <= rule.rtoMs / 1_000 - 8; recoveredSeconds += 0.1) {
        const outageSeconds = recoveredSeconds + rule.windowMs / 1_000 + THEN_SECONDS
        if (!ends.some((end) => end >= outageSeconds && end <= outageSeconds + OUTAGE_SECONDS))
          missed.push(recoveredSeconds)
      }
      expect(missed).toEqual([])
    },
  )
})
