import type { CandidateOutcome, Hindrance } from '../candidate/candidate.ts'
import { isBySlowness, isTimeUp } from '../candidate/slowness.ts'
import type { MachineTime } from '../observability/probe-machine.ts'
import type { Sample, SourceValues } from '../observability/sample.ts'
import type { Verdict } from '../verdict.ts'
import type { LoadResult, LoadWindow } from './exam-day.ts'
import { GENERATOR_LIMITS } from './generator-health.ts'
import { isWithin } from './thresholds.ts'

/**
 * What others than the phase, those beside it included, may take of the machine's processor time in a window in which
 * little of it was left. The generator runs before everybody else and stays calm beside them; the platform does not, and
 * what is taken from it makes it slow. Twice what the hypervisor may take (P8), because what comes and goes within a second
 * is counted as others', too.
 */
export const OTHERS_LIMIT = 0.1

/** With so much of the machine idle nobody waited for a processor because of others. */
export const IDLE_ENOUGH = 0.2

/**
 * Share of a window in which everybody who had something to do waited for a disk. Two phases on two cores with everything
 * they write: 1 to 2 %. A second of a virtual disk that stands still is 10 % of a window, and each commit of that second is
 * late. Where half of all windows are above it nothing stood still: that is what this platform does to this disk, and its own.
 */
export const DISK_STALLED_LIMIT = 0.05

/**
 * In one second, so much taken by others is most of the machine, and nothing is left of it below {@link NOTHING_LEFT}: the
 * platform had to wait for them.
 */
const MOST = 0.5
const NOTHING_LEFT = 0.05

/**
 * Share of a window in which others had most of the machine and left nothing. One second of ten: what was asked for in that
 * second is more than the 5 % that a p95 leaves out, though the average of the window may be calm (seen: 3 s at 95 %, an
 * average of a quarter idle, and a p95 of 3 s).
 */
const SEIZED_LIMIT = 0.05

/** What is judged by what became of each candidate, and not by what was asked for in which window. */
const BY_CANDIDATE: ReadonlySet<string> = new Set(['start-burst', 'plan-fidelity'])

/** Of a window this much must lie between two looks at the machine, or nothing is said of it. */
const MIN_SHARE_SEEN = 0.5

/**
 * Judge a load, and hold nothing against the platform that only others on its machine explain: what is false, and would not
 * be without the windows in which they had the machine, is unknown. What holds holds all the same, for company makes
 * nothing faster. Nor does company make a platform refuse what it would grant, or garble what it says: of what fails, only
 * what a want of time may explain is left out, and what fails too often without it is false (seen: a log-in that nobody
 * believed, 317 of 317 sessions refused with 401, was unknown on a busy machine). At the doors the time that was others' is
 * taken off what each candidate waited, for that is longer than a window.
 *
 * @param looks at the machine, in order of time; where they cannot tell, nothing is excused
 * @param judge gives the same checks for any windows; one that is only given where there is something to judge may be missing
 */
export function excuseCrowded(
  load: LoadResult,
  looks: readonly Sample<SourceValues['machine']>[],
  judge: (load: LoadResult) => readonly Verdict[],
): readonly Verdict[] {
  const judged = judge(load)
  if (judged.every(({ valid }) => valid !== false)) return judged
  const windows = markCrowded(load, looks)
  const crowds = windows.flatMap(({ crowd }) => crowd ?? [])
  if (crowds.length === 0) return judged
  const alone = judge({ ...load, windows })
  const unhindered = withoutSlowness(load, windows)
  const served = judge(unhindered)
  const servedAlone = judge({ ...unhindered, windows })
  const isFalse = (verdicts: readonly Verdict[], sought: string): boolean =>
    verdicts.some(({ id, valid }) => id === sought && valid === false)
  return judged.map((verdict) => {
    const { id, gate, valid } = verdict
    const asks = BY_CANDIDATE.has(id) ? [served] : gate === 'error-rate' ? [servedAlone, served] : [alone]
    if (valid !== false || asks.some((verdicts) => isFalse(verdicts, id))) return verdict
    return unknownFor(verdict, crowds, windows.length)
  })
}

/**
 * The load without what slowness may explain while others had the machine: failures, the time for which candidates waited
 * at the doors, and that they could not hand in. What was never sent is among them: nobody knows when it would have been.
 */
function withoutSlowness(load: LoadResult, windows: readonly LoadWindow[]): LoadResult {
  const { measurements, offered, candidates, plan } = load
  const crowded = windows.filter(({ crowd }) => crowd !== undefined)
  return {
    ...load,
    offered: { ...offered, steady: { ...offered.steady, dropped: 0 } },
    candidates: candidates.map((candidate, index) => {
      const { finished, entered, entryHindered, submitHindered } = candidate
      const waits = plan.candidates[index]?.startsAtBarrier === true
      return {
        ...candidate,
        inAfterMs: waits ? waitedAlone(load, crowded, candidate) : candidate.inAfterMs,
        finished: finished || isHeldUp(crowded, entered ? submitHindered : entryHindered),
      }
    }),
    measurements: {
      ...measurements,
      *samples() {
        for (const sample of measurements.samples()) {
          const { error, reason, intendedUs, completedUs } = sample
          if (!error || !isBySlowness(reason) || !isWithin(crowded, intendedUs, completedUs)) yield sample
        }
      },
      *logicals() {
        for (const wish of measurements.logicals()) {
          const isExplained = (wish.error || wish.firstError) && !wish.refused
          if (!isExplained || !isOfCrowd(crowded, wish.intendedUs, wish.completedUs, isTimeUp(wish.reason))) yield wish
        }
      },
    },
  }
}

/**
 * How long a candidate waited at the doors without others on the machine, ms. All of it where it was refused, or where
 * nothing says what kept it. Who never got in waited until the load was over.
 */
function waitedAlone(
  { originUs, plan, windows }: LoadResult,
  crowded: readonly LoadWindow[],
  { inAfterMs, entryHindered }: CandidateOutcome,
): number | null {
  // A day that was stored before this was known has none.
  if (entryHindered === undefined || entryHindered?.refused === true) return inAfterMs
  const barrierUs = originUs + plan.timeline.barrierMs * 1_000
  const lastUs = windows.at(-1)?.toUs
  const toUs = inAfterMs === null ? lastUs : barrierUs + inAfterMs * 1_000
  if (toUs === undefined || (inAfterMs === null && entryHindered === null)) return inAfterMs
  const shared = crowded.reduce(
    (sum, window) => sum + Math.max(0, Math.min(window.toUs, toUs) - Math.max(window.fromUs, barrierUs)),
    0,
  )
  return (toUs - barrierUs - shared) / 1_000
}

/** Whether a candidate was kept from something by nothing but slowness while others had the machine. */
function isHeldUp(crowded: readonly LoadWindow[], hindrance: Hindrance | null | undefined): boolean {
  // Of a day that was stored before this was known nobody can say.
  if (hindrance === null || hindrance === undefined) return false
  const { refused, fromUs, toUs, follows = false } = hindrance
  return !refused && isOfCrowd(crowded, fromUs, toUs, follows)
}

/**
 * Whether others had the machine when this happened. That time is up comes later: who could not hand in while they had it is
 * told that the exam is over when they are gone (seen: 54 of 54 submits). Any other refusal that follows from slowness may as
 * well follow from that of the platform itself.
 */
function isOfCrowd(crowded: readonly LoadWindow[], fromUs: number, toUs: number, saysTimeIsUp: boolean): boolean {
  if (saysTimeIsUp) return crowded.some((window) => window.fromUs <= toUs)
  return isWithin(crowded, fromUs, toUs)
}

/** The windows of a load, each in which others had the machine with who they were (`crowd`), the hypervisor's included. */
export function markCrowded(
  { windows }: Pick<LoadResult, 'windows'>,
  looks: readonly Sample<SourceValues['machine']>[],
): readonly LoadWindow[] {
  const shares = windows.map(({ fromUs, toUs }) => sharesBetween(looks, fromUs, toUs))
  const stalled = shares.filter(isStalled).length
  const isUsual = stalled * 2 > windows.length
  return windows.map((window, index) => {
    const share = shares[index] ?? null
    const crowd = crowdOf(share) ?? seizedOf(share) ?? thiefOf(window) ?? (isUsual ? null : stallOf(share))
    return crowd === null ? window : { ...window, crowd }
  })
}

/**
 * The same for one verdict on a span of time, which has no windows: false is unknown where others had the machine
 * meanwhile.
 */
export function excuseWithin(
  verdict: Verdict,
  looks: readonly Sample<SourceValues['machine']>[],
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): Verdict {
  if (verdict.valid !== false) return verdict
  const crowd = crowdOf(sharesBetween(looks, fromUs, toUs))
  if (crowd === null) return verdict
  return { ...verdict, valid: 'unknown', reason: `${verdict.reason}; but the machine was crowded: ${crowd}` }
}

/**
 * The same for one verdict that compares times from all over the day, and so cannot be judged without some of them: false
 * is unknown where others had the machine in any window. A hypervisor or a disk that takes a second excuses nothing here: it
 * hits what is compared with what alike, and medians are compared.
 */
export function excuseComparison(
  verdict: Verdict,
  load: LoadResult,
  looks: readonly Sample<SourceValues['machine']>[],
): Verdict {
  if (verdict.valid !== false) return verdict
  const crowds = load.windows.flatMap(({ fromUs, toUs }) => crowdOf(sharesBetween(looks, fromUs, toUs)) ?? [])
  if (crowds.length === 0) return verdict
  return unknownFor(verdict, crowds, load.windows.length)
}

function unknownFor(verdict: Verdict, crowds: readonly string[], windows: number): Verdict {
  const reason = `${verdict.reason}; but the machine was crowded in ${crowds.length} of ${windows} windows: ${crowds[0]}`
  return { ...verdict, valid: 'unknown', reason }
}

interface Shares {
  /** What others than the phase used ÷ what there was, 0..1. */
  readonly others: number
  /** What nobody used ÷ what there was, 0..1. */
  readonly idle: number
  /** In so much of the time others had most of it and nothing was left, 0..1. */
  readonly seized: number
  /** So much of the time everybody waited for a disk, 0..1; null: the kernel does not tell. */
  readonly diskStalled: number | null
}

/** Who had the machine, in words; null: the phase, or it is not known. */
function crowdOf(shares: Shares | null): string | null {
  if (shares === null) return null
  const { others, idle } = shares
  if (others <= OTHERS_LIMIT || idle >= IDLE_ENOUGH) return null
  return `others took ${percent(others)} of its processors, allowed ${percent(OTHERS_LIMIT)}, and ${percent(idle)} were left`
}

/** That others had most of it for a while and left nothing, in words; null: they did not, or it is not known. */
function seizedOf(shares: Shares | null): string | null {
  if (shares === null || shares.seized <= SEIZED_LIMIT) return null
  return `others had most of its processors for ${percent(shares.seized)} of it and left nothing, allowed ${percent(SEIZED_LIMIT)}`
}

/** That the hypervisor gave the processors to others, in words; null: it did not, or it is not known. */
function thiefOf({ generator: { steal } }: LoadWindow): string | null {
  if (steal === null || steal <= GENERATOR_LIMITS.steal) return null
  return `the hypervisor took ${(steal * 100).toFixed(1)} % of its processors, allowed ${percent(GENERATOR_LIMITS.steal)}`
}

/** That the disk stood still, in words; null: it did not, or it is not known. */
function stallOf(shares: Shares | null): string | null {
  if (!isStalled(shares)) return null
  return `everybody waited for the disk for ${percent(shares.diskStalled)} of it, allowed ${percent(DISK_STALLED_LIMIT)}`
}

function isStalled(shares: Shares | null): shares is Shares & { readonly diskStalled: number } {
  return shares !== null && shares.diskStalled !== null && shares.diskStalled > DISK_STALLED_LIMIT
}

/**
 * What the machine did within a span, from the looks in it and around it: of the time between two looks that lie on either side
 * of its begin or end, so much happened in it as lies in it. null where too few looks say what happened.
 */
function sharesBetween(looks: readonly Sample<SourceValues['machine']>[], fromUs: number, toUs: number): Shares | null {
  let before: (MachineTime & { readonly timeUs: number }) | undefined
  let [seenUs, capacityMs, othersMs, idleMs, seizedUs] = [0, 0, 0, 0, 0]
  let diskStalledMs: number | null = 0
  for (const { timeUs, value } of looks) {
    if (value === null || 'unknown' in value) continue
    const after = { timeUs, ...value }
    const [first, last] = [before, after]
    before = after
    if (first === undefined) continue
    const apartUs = last.timeUs - first.timeUs
    const withinUs = Math.min(last.timeUs, toUs) - Math.max(first.timeUs, fromUs)
    // Two looks further apart than the span is long say nothing of it.
    if (withinUs <= 0 || apartUs > toUs - fromUs || last.capacityMs <= first.capacityMs) continue
    const part = withinUs / apartUs
    const ofThePart = {
      capacity: (last.capacityMs - first.capacityMs) * part,
      others: (last.busyMs - first.busyMs - (last.ownMs - first.ownMs)) * part,
      idle: (last.idleMs - first.idleMs) * part,
    }
    seenUs += withinUs
    capacityMs += ofThePart.capacity
    othersMs += ofThePart.others
    idleMs += ofThePart.idle
    const isSeized = ofThePart.others > MOST * ofThePart.capacity && ofThePart.idle < NOTHING_LEFT * ofThePart.capacity
    if (isSeized) seizedUs += withinUs
    const [stalledBefore, stalledAfter] = [first.diskStalledMs, last.diskStalledMs]
    if (stalledBefore === undefined || stalledAfter === undefined) diskStalledMs = null
    else if (diskStalledMs !== null) diskStalledMs += (stalledAfter - stalledBefore) * part
  }
  if (capacityMs <= 0 || seenUs < (toUs - fromUs) * MIN_SHARE_SEEN) return null
  return {
    // Processes are looked at one after the other, the sum before them: a little more than all is no time of others.
    others: Math.max(0, othersMs) / capacityMs,
    idle: idleMs / capacityMs,
    seized: seizedUs / seenUs,
    diskStalled: diskStalledMs === null ? null : diskStalledMs / (seenUs / 1_000),
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
