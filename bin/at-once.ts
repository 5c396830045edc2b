import type { ProfileName } from '../helpers/load/profile.ts'
import type { Run } from '../helpers/run.ts'

/**
 * How many suites play at once where nobody says otherwise. Most of a phase is waiting (think time, recovery windows,
 * expiry), and the short profiles have a length to keep on two cores (3 min `smoke`, 8 min `dev`). Whether the generator
 * kept up is judged in every phase, and makes response times and error rates unknown where it did not; the checks of
 * recovery do not know of it yet, so on a busy machine use 1. The long profiles measure for a release: one at a time.
 */
const AT_ONCE: Readonly<Record<ProfileName, number>> = {
  smoke: 3,
  proof: 1,
  dev: 2,
  'long-faults': 2,
  'sessions-400': 1,
  'answers-300': 1,
  'submits-400': 1,
  nightly: 1,
  release: 1,
}

/** On a machine with fewer cores a phase has enough to do with itself. */
const CORES_NEEDED = 2

/**
 * @param asked `--at-once`; undefined: nobody said
 * @param cpus cores of this machine
 * @param host outside every phase meets the same platform: what one breaks, or loads, another would be judged by
 */
export function atOnceOf(profile: ProfileName, asked: number | undefined, cpus: number, host: Run['host']): number {
  if (host === 'external') return 1
  if (asked !== undefined) return asked
  return cpus < CORES_NEEDED ? 1 : AT_ONCE[profile]
}
