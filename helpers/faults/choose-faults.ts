import { RehearsalError } from '../errors.ts'
import type { Profile } from '../load/profile.ts'
import { FAULTS } from './catalogue.ts'
import { faultsFor } from './day-with-faults.ts'
import { FAULTS_OF_ANY_TIME } from './faults-at-random.ts'
import { FAULTS_BY_PHASE } from './faults-by-phase.ts'

/** Stands for the whole catalogue. */
const ALL = 'all'
/** The phase that draws from whatever was chosen. */
const ANY_FAULT_PHASE = '4-integrity'
const OF_ANY_TIME = FAULTS_OF_ANY_TIME.map(({ name }) => name)
/** So many names are suggested for one that is unknown. */
const SUGGESTIONS = 3

/** Faults that were asked for by name. Serialisable: part of the run. */
export interface FaultChoice {
  /** In the order of the catalogue. */
  readonly names: readonly string[]
  /** Faults of the profile that this run leaves out: with any of them it is no full rehearsal. */
  readonly leftOut: readonly string[]
}

/**
 * Check the faults that were asked for against the catalogue and the suites of the run, before anything starts.
 *
 * @param asked names, or `all`
 * @param suites ids of the suites that were selected
 * @returns the choice with the suites that are left (a part of phase 3 without a fault is not rehearsed), or
 *   CONFIG_INVALID for every name that is unknown, with near matches, or that no selected suite plays
 */
export function chooseFaults(
  asked: readonly string[],
  profile: Profile,
  suites: readonly string[],
): { readonly choice: FaultChoice; readonly suites: readonly string[] } | { readonly problems: RehearsalError[] } {
  const known = FAULTS.map(({ name }) => name)
  const names = asked.includes(ALL) ? known : known.filter((name) => asked.includes(name))
  const playable = suites.flatMap((suite) => (suite === ANY_FAULT_PHASE ? OF_ANY_TIME : faultNames(suite)))
  const problems = asked
    .filter((name) => name !== ALL)
    .flatMap((name) =>
      !known.includes(name)
        ? [refused(`one of ${nearest(name, known).join(', ')}, ... (docs/faults.md has all ${known.length})`, name)]
        : !playable.includes(name)
          ? [refused(`faults that a selected phase plays; this one is of ${suiteOf(name)}`, name)]
          : [],
    )
  if (asked.length === 0) problems.push(refused('at least one fault, or all', 'none'))
  if (problems.length > 0) return { problems }
  const ofProfile = suites.flatMap((suite) => faultNames(suite, profile))
  return {
    choice: { names, leftOut: ofProfile.filter((name) => !names.includes(name)) },
    suites: suites.filter((suite) => plays(suite, names)),
  }
}

/** A phase with faults of its own that has none of these is not rehearsed. */
function plays(suite: string, names: readonly string[]): boolean {
  if (suite === ANY_FAULT_PHASE) return OF_ANY_TIME.some((name) => names.includes(name))
  return !isFaultSuite(suite) || faultNames(suite).some((name) => names.includes(name))
}

function isFaultSuite(suite: string): suite is keyof typeof FAULTS_BY_PHASE {
  return Object.hasOwn(FAULTS_BY_PHASE, suite)
}

/** Names of the faults that a suite can play, or that it plays for a profile. */
function faultNames(suite: string, profile?: Profile): string[] {
  if (!isFaultSuite(suite)) return []
  const lists = FAULTS_BY_PHASE[suite]
  const kinds = profile === undefined ? Object.values(lists).flat() : faultsFor(profile, lists)
  return kinds.map(({ name }) => name)
}

function suiteOf(name: string): string {
  return Object.keys(FAULTS_BY_PHASE).find((suite) => faultNames(suite).includes(name)) ?? ANY_FAULT_PHASE
}

function nearest(name: string, known: readonly string[]): string[] {
  return known.toSorted((one, other) => distance(name, one) - distance(name, other)).slice(0, SUGGESTIONS)
}

/** Levenshtein: letters to insert, delete or replace. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (const [at, otherLetter] of [...other].entries()) {
      const replaced = (row[at] as number) + (letter === otherLetter ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] as number) + 1, (next[at] as number) + 1))
    }
    row = next
  }
  return row.at(-1) as number
}

function refused(expected: string, seen: string): RehearsalError {
  return new RehearsalError('CONFIG_INVALID', {
    expected,
    seen: JSON.stringify(seen),
    next: 'Correct --faults or REHEARSAL_FAULTS.',
  })
}
