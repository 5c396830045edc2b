import { RehearsalError } from '../errors.ts'
import type { Profile } from '../load/profile.ts'
import type { ExamPlatform } from '../platform/exam-platform.ts'
import { answersTableOf, type PlatformTables } from './answers-table.ts'
import { backendWorkerKilled } from './backend-worker-killed.ts'
import { FAULTS } from './catalogue.ts'
import type { FaultKind } from './fault.ts'
import { faultsThatSuitesMayPlay } from './refused-on-host.ts'

/** A fault that is not played, and why. */
export interface Unplayable {
  readonly name: string
  readonly reason: string
}

/** What a fault needs of the platform that a platform may not have. */
type Need = NonNullable<FaultKind['needsTables']> | 'workers' | 'scaling'

const REASONS: Readonly<Record<Need, string>> = {
  answers: 'the platform does not say in which table answers are written (answersTable)',
  reference: 'it holds a lock of the reference, and the platform has tables of its own',
  workers: 'it is done to worker processes, and the platform says that it is a single process (singleProcess)',
  scaling:
    'it changes how many workers run (SIGTTIN, SIGTTOU), and the platform says that it has no such signals (fixedWorkers), or is a single process (singleProcess)',
}

const NEXT: typeof REASONS = {
  answers: 'Name that table in the adapter (docs/adapter.md), or leave the fault out.',
  reference: 'Leave it out.',
  workers: 'Leave it out; or take singleProcess out of the adapter, where the backend has workers.',
  scaling:
    'Leave it out; or take fixedWorkers or singleProcess out of the adapter, where the signals change how many workers run.',
}

/**
 * What phase 1 plays of the faults that need something (`fixtures/freeze-phase.ts`); tested. Nobody chooses them, nor does
 * the profile.
 */
const UNDER_FREEZE = { suite: '1-freeze', kinds: [backendWorkerKilled] } as const

/**
 * The faults that cannot be played on a platform, because they break a table, a lock or a worker that it does not have or
 * does not name. They would fail each time, and a phase in which one of them is drawn could never be decided.
 *
 * @param kinds the catalogue
 */
export function unplayableOn(
  platform: PlatformTables & Pick<ExamPlatform, 'singleProcess' | 'fixedWorkers'>,
  kinds: readonly FaultKind[] = FAULTS,
): readonly Unplayable[] {
  const isMissing: Readonly<Record<Need, () => boolean>> = {
    answers: () => answersTableOf(platform) === null,
    reference: () => platform.schema !== undefined,
    workers: () => platform.singleProcess === true,
    scaling: () => platform.singleProcess === true || platform.fixedWorkers === true,
  }
  return kinds.flatMap((kind) => {
    const need = needOf(kind)
    return need !== undefined && isMissing[need]() ? [{ name: kind.name, reason: REASONS[need] }] : []
  })
}

function needOf({ needsTables, needsWorkers }: FaultKind): Need | undefined {
  if (needsWorkers === 'scalable') return 'scaling'
  return needsWorkers === true ? 'workers' : needsTables
}

/**
 * Of the faults that cannot be played on a platform those that would have been, or could have been drawn: what the run leaves
 * unknown.
 *
 * @param suites ids of the suites that were rehearsed
 * @param chosen names of faults; absent: nobody has chosen
 * @param unplayable names, of {@link unplayableOn}
 */
export function unplayedBy(
  suites: readonly string[],
  profile: Profile,
  chosen: readonly string[] | undefined,
  unplayable: readonly string[],
): readonly Unplayable[] {
  const frozen: readonly FaultKind[] = suites.includes(UNDER_FREEZE.suite) ? UNDER_FREEZE.kinds : []
  const may = new Set([...faultsThatSuitesMayPlay(suites, profile, chosen), ...frozen])
  return FAULTS.flatMap((kind) => {
    const need = needOf(kind)
    return may.has(kind) && unplayable.includes(kind.name) && need !== undefined
      ? [{ name: kind.name, reason: REASONS[need] }]
      : []
  })
}

/**
 * The faults that were asked for by name and cannot be played on a platform, as problems; empty when all can.
 *
 * @param unplayable names, of {@link unplayableOn}
 */
export function refusedOnPlatform(asked: readonly string[], unplayable: readonly string[]): readonly RehearsalError[] {
  return FAULTS.flatMap((kind) => {
    const { name } = kind
    const need = needOf(kind)
    return asked.includes(name) && unplayable.includes(name) && need !== undefined
      ? [
          new RehearsalError('CONFIG_INVALID', {
            expected: 'faults that this platform can be broken by',
            seen: `${name}: ${REASONS[need]}`,
            next: NEXT[need],
          }),
        ]
      : []
  })
}
