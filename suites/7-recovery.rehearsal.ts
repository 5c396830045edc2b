import { describe } from 'vitest'
import { onStage } from '../fixtures/rehearsal.ts'
import { backendRestarted } from '../helpers/faults/backend-restarted.ts'
import { dayWithFaults, faultsOneByOne } from '../helpers/faults/day-with-faults.ts'
import { postgresCrashed } from '../helpers/faults/postgres-crashed.ts'
import { RECOVERY_RULES } from '../helpers/faults/recovery.ts'
import type { FaultSchedule } from '../helpers/faults/schedule.ts'
import type { Profile } from '../helpers/load/profile.ts'
import { DRILL_GUESTS, recoveryDrill } from '../helpers/recovery-drill/recovery-drill.ts'

/** The database is started again as soon as the crash was felt: a drill asks how long the way back is. */
const CRASH_HOLD_MS = 1_000

/** Nobody is waited for longer than needed where the profile is meant to be short. */
const SHORT_DAY = { arrivalsMs: 4_000, barrierAfterMs: 500, submitSpreadMs: 4_000, expiryMarginMs: 5_000 } as const

/**
 * Steady work for as long as the two outages and the recoveries from them usually last, from the drills seen so far: each
 * was over 4 s after it began. A platform that takes longer leaves the day too short, which is unknown and not a pass.
 */
function shortSteadyMs({ name, startWithinMs }: Profile): number {
  const outageMs = 4_500 + RECOVERY_RULES[name].windowMs
  return startWithinMs + 2 * outageMs + 5_000
}

const faults = (profile: Profile): FaultSchedule =>
  faultsOneByOne(profile, [backendRestarted, postgresCrashed]).map((step) => ({ ...step, holdMs: CRASH_HOLD_MS }))

const recovery = onStage({
  id: '7-recovery',
  title: 'Phase 7: the backend restarts, the database crashes, and a backup is restored, with everybody still working',
  day: (profile) => {
    const day = dayWithFaults(profile, faults(profile))
    return day.name === 'smoke' || day.name === 'dev' ? { ...day, ...SHORT_DAY, steadyMs: shortSteadyMs(day) } : day
  },
  faults,
  guests: () => DRILL_GUESTS,
  companion: (stack, scenario) =>
    recoveryDrill({
      scenario,
      database: stack.services.postgres,
      before: backendRestarted.name,
      during: postgresCrashed.name,
    }),
})

describe(recovery.title, () => {
  recovery.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  recovery.promise('faults-felt', 'the backend was really restarted, and the database really crashed')

  recovery.promise('back-in-service', 'candidates are served again in time, and nobody had to do anything')
  recovery.promise('recovery', 'soon after, everything is as before, for good')
  recovery.promise('retry-amplification', 'everybody trying again does not keep the platform down')
  recovery.promise('backlog-drained', 'whose time ran out meanwhile is closed, scored and dated as if nothing had been')

  recovery.promise('no-lost-answer', 'not one answer that was called saved is lost, neither by restart nor by crash')
  recovery.promise('exactly-once-submit', 'handing in counts once, however often it had to be tried')
  recovery.promise('swept-in-time', 'whoever vanished was closed in time')
  recovery.promise('restore', 'a backup taken while everybody hands in can be restored, and holds what it must')

  recovery.promise('steady-state-after', 'the platform was well again after the last candidate left')
  recovery.promiseTheRest('and nothing else was found')
})
