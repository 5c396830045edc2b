import type { MachineTime } from '../observability/probe-machine.ts'
import type { Sample, SourceValues } from '../observability/sample.ts'
import type { LoadResult, LoadWindow } from './exam-day.ts'
import { summariseGenerator } from './generator-health.ts'

/**
 * What others than the rehearsal may take of the machine's processor time in a window in which little of it was left. The
 * generator runs before everybody else and stays calm beside them; the platform does not, and what is taken from it makes
 * it slow. Twice what the hypervisor may take (P8), because what comes and goes within a second is counted as others', too.
 */
export const OTHERS_LIMIT = 0.1

/** With so much of the machine idle nobody waited for a processor because of others. */
export const IDLE_ENOUGH = 0.2

/** Of a window this much must lie between two looks at the machine, or nothing is said of it. */
const MIN_SHARE_SEEN = 0.5

/**
 * A load whose windows know how much of the machine somebody else had: one in which it was more than
 * {@link OTHERS_LIMIT} cannot be believed, like one in which the generator itself was in trouble.
 *
 * @param looks at the machine, in order of time
 */
export function heedOthers(load: LoadResult, looks: readonly Sample<SourceValues['machine']>[]): LoadResult {
  const windows = load.windows.map((window) => judgeWindow(window, sharesBetween(looks, window.fromUs, window.toUs)))
  return { ...load, windows, generator: summariseGenerator(windows) }
}

interface Shares {
  /** What others than the rehearsal used ÷ what there was, 0..1. */
  readonly others: number
  /** What nobody used ÷ what there was, 0..1. */
  readonly idle: number
}

function judgeWindow(window: LoadWindow, shares: Shares | null): LoadWindow {
  if (shares === null) return { ...window, others: null }
  const { others, idle } = shares
  if (others <= OTHERS_LIMIT || idle >= IDLE_ENOUGH) return { ...window, others }
  const problem = `others on this machine took ${percent(others)} of its processors, allowed ${percent(OTHERS_LIMIT)}, and ${percent(idle)} were left`
  return { ...window, others, problems: [...window.problems, problem] }
}

/** null where too few looks say what happened. */
function sharesBetween(looks: readonly Sample<SourceValues['machine']>[], fromUs: number, toUs: number): Shares | null {
  const known = looks.flatMap(({ timeUs, value }): (MachineTime & { readonly timeUs: number })[] =>
    value === null || 'unknown' in value || timeUs < fromUs || timeUs > toUs ? [] : [{ timeUs, ...value }],
  )
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined) return null
  if (last.timeUs - first.timeUs < (toUs - fromUs) * MIN_SHARE_SEEN) return null
  const capacityMs = last.capacityMs - first.capacityMs
  if (capacityMs <= 0) return null
  const othersMs = last.busyMs - first.busyMs - (last.ownMs - first.ownMs)
  // Processes are looked at one after the other, the sum before them: a little more than all is no time of others.
  return { others: Math.max(0, othersMs) / capacityMs, idle: (last.idleMs - first.idleMs) / capacityMs }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
