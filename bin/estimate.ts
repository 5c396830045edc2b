import { candidateExperiencePhase } from '../fixtures/candidate-experience-phase.ts'
import { freezePhase } from '../fixtures/freeze-phase.ts'
import { observabilityPhase } from '../fixtures/observability-phase.ts'
import { recoveryPhase } from '../fixtures/recovery-phase.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from '../helpers/faults/day-with-faults.ts'
import { faultsAtRandom } from '../helpers/faults/faults-at-random.ts'
import { FAULTS_BY_PHASE } from '../helpers/faults/faults-by-phase.ts'
import type { Profile } from '../helpers/load/profile.ts'

/** Stage up and down, evidence and checks of one suite, as measured on two cores. */
const AROUND_THE_LOAD_MS = 12_000

/** What candidates were seen to need of their drain on days on which most came through at the first attempt. */
const SHARE_OF_DRAIN = 0.1

/** What an estimate is of. */
export interface Rehearsal {
  readonly profile: Profile
  /** Ids: `2-load`, `3-faults/redis`. */
  readonly suites: readonly string[]
  readonly atOnce: number
  readonly seed: number
  /** Names of the faults that were asked for; absent: those of the profile. */
  readonly faults?: readonly string[] | undefined
  /** Names of those that the platform cannot be broken by; absent: none. */
  readonly unplayable?: readonly string[] | undefined
}

/** About how long a rehearsal takes, ms: what the plan of each suite asks for, and the stage around it. */
export function estimateMs(rehearsal: Rehearsal): number {
  const each = rehearsal.suites.map((suite) => loadMs(dayOf(suite, rehearsal)) + AROUND_THE_LOAD_MS)
  return Math.max(...each, each.reduce((sum, ms) => sum + ms, 0) / rehearsal.atOnce)
}

function loadMs(day: Profile): number {
  const { warmUp, barrierAfterMs, steadyMs, submitSpreadMs, expiryMarginMs, drainMs } = day
  // Whoever comes after the barrier does so while the others work.
  const arrivalsMs = day.arrivalsMs * day.startsAtBarrier
  return warmUp.ms + arrivalsMs + barrierAfterMs + steadyMs + submitSpreadMs + expiryMarginMs + drainMs * SHARE_OF_DRAIN
}

/** The day of a suite, as its suite makes it. Of one that is not known here the day of the profile. */
function dayOf(suite: string, { profile, seed, faults, unplayable }: Rehearsal): Profile {
  const played = Object.hasOwn(FAULTS_BY_PHASE, suite)
    ? FAULTS_BY_PHASE[suite as keyof typeof FAULTS_BY_PHASE]
    : undefined
  if (played !== undefined)
    return dayWithFaults(profile, faultsOneByOne(profile, faultsFor(profile, played, faults, unplayable)))
  if (suite === '4-integrity') return dayWithFaults(profile, faultsAtRandom(profile, seed, faults, unplayable))
  const phases = [freezePhase(), candidateExperiencePhase, observabilityPhase, recoveryPhase]
  const phase = phases.find(({ id }) => id === suite)
  return phase?.day(profile, seed, faults, unplayable) ?? profile
}
