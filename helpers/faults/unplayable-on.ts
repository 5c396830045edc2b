import { RehearsalError } from '../errors.ts'
import type { Profile } from '../load/profile.ts'
import { answersTableOf, type PlatformTables } from './answers-table.ts'
import { FAULTS } from './catalogue.ts'
import type { FaultKind } from './fault.ts'
import { faultsThatSuitesMayPlay } from './refused-on-host.ts'

/** A fault that is not played, and why. */
export interface Unplayable {
  readonly name: string
  readonly reason: string
}

const REASONS: Readonly<Record<NonNullable<FaultKind['needsTables']>, string>> = {
  answers: 'the platform does not say in which table answers are written (answersTable)',
  reference: 'it holds a lock of the reference, and the platform has tables of its own',
}

const NEXT: typeof REASONS = {
  answers: 'Name that table in the adapter (docs/adapter.md), or leave the fault out.',
  reference: 'Leave it out.',
}

/**
 * The faults that cannot be played on a platform, because they break a table or a lock that it does not have or does not
 * name. They would fail each time, and a phase in which one of them is drawn could never be decided.
 *
 * @param kinds the catalogue
 */
export function unplayableOn(platform: PlatformTables, kinds: readonly FaultKind[] = FAULTS): readonly Unplayable[] {
  const isMissing = {
    answers: () => answersTableOf(platform) === null,
    reference: () => platform.schema !== undefined,
  }
  return kinds.flatMap(({ name, needsTables }) =>
    needsTables !== undefined && isMissing[needsTables]() ? [{ name, reason: REASONS[needsTables] }] : [],
  )
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
  const may = new Set(faultsThatSuitesMayPlay(suites, profile, chosen))
  return FAULTS.flatMap((kind) =>
    may.has(kind) && unplayable.includes(kind.name) && kind.needsTables !== undefined
      ? [{ name: kind.name, reason: REASONS[kind.needsTables] }]
      : [],
  )
}

/**
 * The faults that were asked for by name and cannot be played on a platform, as problems; empty when all can.
 *
 * @param unplayable names, of {@link unplayableOn}
 */
export function refusedOnPlatform(asked: readonly string[], unplayable: readonly string[]): readonly RehearsalError[] {
  return FAULTS.flatMap(({ name, needsTables }) =>
    asked.includes(name) && unplayable.includes(name) && needsTables !== undefined
      ? [
          new RehearsalError('CONFIG_INVALID', {
            expected: 'faults that this platform can be broken by',
            seen: `${name}: ${REASONS[needsTables]}`,
            next: NEXT[needsTables],
          }),
        ]
      : [],
  )
}
