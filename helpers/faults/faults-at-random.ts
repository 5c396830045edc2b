import type { Profile } from '../load/profile.ts'
import { FAULTS } from './catalogue.ts'
import { baselineMs } from './day-with-faults.ts'
import { type FaultSchedule, type RandomScheduleOptions, randomSchedule } from './schedule.ts'

type Shape = Pick<RandomScheduleOptions, 'steps' | 'atOnce' | 'holdMs'>

const SHORT: Shape = { steps: 1, atOnce: 2, holdMs: { min: 2_000, max: 3_000 } }
const LONG: Shape = { steps: 6, atOnce: 3, holdMs: { min: 20_000, max: 60_000 } }

/** What is there for one step of the day would be something else at any other time. */
export const FAULTS_OF_ANY_TIME = FAULTS.filter(({ overBefore }) => overBefore === undefined)

/** How much comes at random, by profile. */
const SHAPES: Readonly<Record<Profile['name'], Shape>> = {
  smoke: SHORT,
  proof: SHORT,
  // Two steps are what fits in a phase of about 100 s, with the 10 s each that a recovery is looked at for.
  dev: { steps: 2, atOnce: 3, holdMs: { min: 3_000, max: 5_000 } },
  'long-faults': { steps: 2, atOnce: 3, holdMs: { min: 20_000, max: 60_000 } },
  'sessions-400': LONG,
  'answers-300': LONG,
  'submits-400': LONG,
  nightly: LONG,
  release: LONG,
}

/**
 * A schedule drawn from the seed over the whole catalogue, or over the faults that were asked for by name: the same for
 * the same profile, seed and choice.
 *
 * @param unplayable names of those that this platform cannot be broken by: they are not drawn
 */
export function faultsAtRandom(
  profile: Profile,
  seed: number,
  chosen?: readonly string[],
  unplayable: readonly string[] = [],
): FaultSchedule {
  const faults = FAULTS_OF_ANY_TIME.filter(
    ({ name }) => (chosen === undefined || chosen.includes(name)) && !unplayable.includes(name),
  )
  return randomSchedule(seed, { ...SHAPES[profile.name], faults, baselineMs: baselineMs(profile) })
}
