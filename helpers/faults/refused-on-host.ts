import { RehearsalError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Profile } from '../load/profile.ts'
import { faultsFor } from './day-with-faults.ts'
import type { FaultKind } from './fault.ts'
import { FAULTS_OF_ANY_TIME, faultsAtRandom } from './faults-at-random.ts'
import { FAULTS_BY_PHASE } from './faults-by-phase.ts'
import type { FaultSchedule } from './schedule.ts'

/** The phase that draws its faults from the seed. */
const RANDOM_PHASE = '4-integrity'

/**
 * The faults of a schedule that this host cannot bring about, as problems; empty when it can.
 *
 * @param kinds what is to be played
 */
export function refusedOnHost(kinds: readonly FaultKind[], host: Host['kind']): readonly RehearsalError[] {
  if (host === 'containers') return []
  return [...new Set(kinds)].flatMap(({ name, needsContainers }) =>
    needsContainers === undefined
      ? []
      : [
          new RehearsalError('HOST_UNAVAILABLE', {
            expected: `a host on which ${name} can be played: containers`,
            seen: `${host}; ${needsContainers}`,
            next: `Use --host containers, or name the other faults in --faults.`,
          }),
        ],
  )
}

/** What the suites of a run will play, as far as it is known before it starts. */
export function faultsOfSuites(
  suites: readonly string[],
  profile: Profile,
  seed: number,
  chosen?: readonly string[],
  unplayable: readonly string[] = [],
): readonly FaultKind[] {
  return suites.flatMap((suite) => {
    if (suite === RANDOM_PHASE) return kindsOf(faultsAtRandom(profile, seed, chosen, unplayable))
    return Object.hasOwn(FAULTS_BY_PHASE, suite)
      ? faultsFor(profile, FAULTS_BY_PHASE[suite as keyof typeof FAULTS_BY_PHASE], chosen, unplayable)
      : []
  })
}

/** The same, whatever the seed: of what is drawn, everything that may be. */
export function faultsThatSuitesMayPlay(
  suites: readonly string[],
  profile: Profile,
  chosen?: readonly string[],
): readonly FaultKind[] {
  const isChosen = ({ name }: FaultKind) => chosen === undefined || chosen.includes(name)
  return suites.flatMap((suite) =>
    suite === RANDOM_PHASE ? FAULTS_OF_ANY_TIME.filter(isChosen) : faultsOfSuites([suite], profile, 0, chosen),
  )
}

/** Every kind of fault of a schedule. */
export function kindsOf(schedule: FaultSchedule): readonly FaultKind[] {
  return schedule.flatMap(({ faults }) => faults)
}
