import type { OperationName } from '../history/operation.ts'
import type { Figure, Validity, Verdict, Violation } from '../verdict.ts'
import type { LoadResult, LoadWindow } from './exam-day.ts'
import { allowedInvalidWindows, GENERATOR_LIMITS } from './generator-health.ts'
import { type LatencyHistogram, latencyHistogram, percentileMs, recordUs, samplesNeeded } from './histogram.ts'
import type { LogicalSample, StepName } from './meter.ts'
import { atLeast, plannedQuirksOf, QUIRKS } from './plan.ts'
import type { Profile } from './profile.ts'
import { tooManyFailed } from './too-many-failed.ts'

/** A span that is judged by other rules: a fault with its recovery. µs since the run's epoch. */
export interface Outside {
  readonly fromUs: number
  readonly toUs: number
}

/** So many windows in a row above the threshold are more than a near miss. */
const WINDOWS_IN_A_ROW = 3

/** Arrivals that may be off, and the barrier's spread (P10). */
const MAX_LATE_ARRIVALS = 0.02
const MAX_BARRIER_SKEW_MS = 100

/** Double submits that really overlapped, of those planned. */
const MIN_OVERLAPPED = 0.95

/** Reported but not judged by p95: the warm-up never, the barrier by its own rule. */
const STEPS_WITHOUT_P95: ReadonlySet<StepName> = new Set<StepName>(['warm-up', 'start-burst'])

/** Operations that "no error at all" needs: fewer would not even exclude one in a hundred (P21). */
const SAMPLES_FOR_NO_ERROR = 300

/** Witnesses in a verdict: enough to see the pattern. */
const MAX_EXAMPLES = 3

/**
 * Hold an exam day against its thresholds. Every verdict is true, false or unknown; what was not measured, or was
 * measured by a generator that was itself in trouble, is unknown and never a pass.
 *
 * @param options.outside spans that the response-time and error-rate gates leave out, because faults and recoveries
 *   are judged by rules of their own
 */
export function judgeLoad(
  profile: Profile,
  result: LoadResult,
  options: { readonly outside?: readonly Outside[] } = {},
): readonly Verdict[] {
  const outside = options.outside ?? []
  return [
    judgeResponseTime(profile, result, outside),
    judgeStartBurst(profile, result, outside),
    judgeErrorRate(profile, result, outside),
    judgePlanFidelity(result),
    judgeGenerator(result),
    ...judgeRejections(result, outside),
    ...(plannedDoubleSubmits(result) > 0 ? [judgeDoubleSubmits(result)] : []),
    ...(QUIRKS.some((quirk) => plannedQuirksOf(result.plan)[quirk] > 0) ? [judgeQuirks(result)] : []),
  ]
}

/** Whoever reads a latency must know that generator and platform shared a machine (P9). */
function mark({ coLocated }: LoadResult): string {
  return coLocated ? ' (co-located)' : ''
}

type IsLeftOut = (fromUs: number, toUs: number) => boolean

interface Subject {
  readonly label: string
  readonly histogram: LatencyHistogram
}

function judgeResponseTime(profile: Profile, result: LoadResult, outside: readonly Outside[]): Verdict {
  const limitMs = profile.thresholds.p95Ms
  const invalid = invalidWindows(result)
  const isLeftOut = (fromUs: number, toUs: number): boolean =>
    touches(outside, fromUs, toUs) || isWithin(invalid, fromUs, toUs)
  const { pool, subjects, skipped } = judgedLatencies(result, isLeftOut)
  const waits = judgedWaits(result, isLeftOut)
  const windows = judgedWindows(result, isLeftOut)
  const figures: Figure[] = []
  const slow: string[] = []
  for (const { label, histogram } of [...subjects, { label: 'all operations', histogram: pool }, ...waits]) {
    const p95Ms = percentileMs(histogram, 0.95)
    if (p95Ms === null) continue
    figures.push({ label: `${label} p95`, measured: p95Ms, limit: limitMs, unit: 'ms', bad: 'above' })
    if (p95Ms > limitMs) slow.push(`${label} p95 ${pastLimit(p95Ms, limitMs)} ms`)
  }
  const measured = windows.filter((p95Ms) => p95Ms !== null)
  const worst = measured.length === 0 ? null : Math.max(...measured)
  figures.push({ label: 'worst 10 s window p95', measured: worst, limit: limitMs, unit: 'ms', bad: 'above' })
  const inARow = longestRun(windows, limitMs)
  if (inARow >= WINDOWS_IN_A_ROW) slow.push(`${inARow} windows of 10 s in a row above ${limitMs} ms`)

  const counts = {
    judged: pool.totalCount,
    leftOut: skipped,
    windows: result.windows.length,
    invalidWindows: invalid.length,
    windowsInARowAbove: inARow,
  }
  const verdict = (valid: Validity, reason?: string): Verdict =>
    verdictOf(
      'response-time',
      'response-time',
      `p95 stays at or below ${limitMs} ms in every step${mark(result)}`,
      valid,
      {
        counts,
        figures,
        violations: slow.length,
        ...(reason === undefined ? {} : { reason }),
      },
    )
  const trouble = generatorTrouble(result)
  if (trouble !== null) return verdict('unknown', trouble)
  if (pool.totalCount < samplesNeeded(0.95)) {
    return verdict('unknown', `n too small: ${pool.totalCount} operations, p95 needs ${samplesNeeded(0.95)}`)
  }
  if (slow.length > 0) return verdict(false, slow.join('; '))
  const unjudged = slowOnlyInDoubt(result, outside, new Set([...subjects, ...waits].map(({ label }) => label)), limitMs)
  if (unjudged.length === 0) return verdict(true)
  return verdict('unknown', `${unjudged.join('; ')}; but the generator was in trouble then: ${firstProblem(invalid)}`)
}

/**
 * What can only be judged with the windows that cannot be believed, and is too slow with them: a whole submit spike may lie
 * in one. What is fast enough even so holds, for a generator in trouble makes nothing faster.
 */
function slowOnlyInDoubt(
  result: LoadResult,
  outside: readonly Outside[],
  judged: ReadonlySet<string>,
  limitMs: number,
): readonly string[] {
  if (invalidWindows(result).length === 0) return []
  const isLeftOut = (fromUs: number, toUs: number): boolean => touches(outside, fromUs, toUs)
  return [...judgedLatencies(result, isLeftOut).subjects, ...judgedWaits(result, isLeftOut)].flatMap(
    ({ label, histogram }) => {
      const p95Ms = judged.has(label) ? null : percentileMs(histogram, 0.95)
      return p95Ms === null || p95Ms <= limitMs ? [] : [`${label} p95 ${pastLimit(p95Ms, limitMs)} ms`]
    },
  )
}

/** Whole milliseconds, unless these would read as the limit itself. */
function pastLimit(ms: number, limitMs: number): string {
  return ms.toFixed(Math.round(ms) > limitMs ? 0 : 2)
}

/** Latency from the intended time by step, and by step and operation, where there are enough samples for a p95. */
function judgedLatencies(
  result: LoadResult,
  isLeftOut: IsLeftOut,
): { readonly pool: LatencyHistogram; readonly subjects: readonly Subject[]; readonly skipped: number } {
  const pool = latencyHistogram()
  const byLabel = new Map<string, LatencyHistogram>()
  let skipped = 0
  const record = (label: string, latencyUs: number): void => {
    const histogram = byLabel.get(label) ?? latencyHistogram()
    byLabel.set(label, histogram)
    recordUs(histogram, latencyUs)
  }
  for (const { step, f, intendedUs, completedUs } of result.measurements.samples()) {
    if (STEPS_WITHOUT_P95.has(step)) continue
    if (isLeftOut(intendedUs, completedUs)) {
      skipped += 1
      continue
    }
    recordUs(pool, completedUs - intendedUs)
    record(step, completedUs - intendedUs)
    record(`${step} ${f}`, completedUs - intendedUs)
  }
  return { pool, subjects: judgeable(byLabel), skipped }
}

/**
 * How long candidates waited for what they wanted, all attempts and pauses between them included. A backend that turns
 * half of all requests away at once answers every one of them fast.
 */
function judgedWaits(result: LoadResult, isLeftOut: IsLeftOut): readonly Subject[] {
  const byLabel = new Map<string, LatencyHistogram>()
  for (const wish of result.measurements.logicals()) {
    if (STEPS_WITHOUT_P95.has(wish.step) || wish.exhausted || isLeftOut(wish.intendedUs, wish.completedUs)) continue
    for (const label of [`${wish.step} ${wish.f} with retries`, 'all operations with retries']) {
      const histogram = byLabel.get(label) ?? latencyHistogram()
      byLabel.set(label, histogram)
      recordUs(histogram, wish.completedUs - wish.waitingSinceUs)
    }
  }
  return judgeable(byLabel)
}

/** Those with enough samples for a p95. */
function judgeable(byLabel: ReadonlyMap<string, LatencyHistogram>): readonly Subject[] {
  return [...byLabel]
    .filter(([, histogram]) => histogram.totalCount >= samplesNeeded(0.95))
    .map(([label, histogram]) => ({ label, histogram }))
}

/** p95 of each window, ms; null where a window was left out or has too few samples. */
function judgedWindows(result: LoadResult, isLeftOut: IsLeftOut): readonly (number | null)[] {
  const histograms = result.windows.map(() => latencyHistogram())
  for (const { step, intendedUs, completedUs } of result.measurements.samples()) {
    if (STEPS_WITHOUT_P95.has(step) || isLeftOut(intendedUs, completedUs)) continue
    const at = result.windows.findIndex(({ fromUs, toUs }) => completedUs >= fromUs && completedUs < toUs)
    const histogram = histograms[at]
    if (histogram !== undefined) recordUs(histogram, completedUs - intendedUs)
  }
  return histograms.map((histogram) => percentileMs(histogram, 0.95))
}

/** Windows that follow one another. One without a figure ends the row: minutes of a fault may lie in it. */
function longestRun(windows: readonly (number | null)[], limitMs: number): number {
  let longest = 0
  let run = 0
  for (const p95Ms of windows) {
    run = p95Ms !== null && p95Ms > limitMs ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

function judgeStartBurst(profile: Profile, result: LoadResult, outside: readonly Outside[]): Verdict {
  const waiting = result.candidates.filter((_, index) => result.plan.candidates[index]?.startsAtBarrier)
  const late = waiting.filter(({ inAfterMs }) => inAfterMs === null || inAfterMs > profile.startWithinMs)
  let tries = 0
  let errors = 0
  for (const { step, attempt, error } of result.measurements.samples()) {
    if (step !== 'start-burst' || attempt !== 1) continue
    tries += 1
    if (error) errors += 1
  }
  const errorShare = tries === 0 ? null : errors / tries
  const slowestMs = waiting.reduce<number | null>(
    (most, { inAfterMs }) => (inAfterMs === null ? most : Math.max(most ?? 0, inAfterMs)),
    null,
  )
  const { startBurstErrorRate } = profile.thresholds
  const figures: Figure[] = [
    { label: 'last candidate in', measured: slowestMs, limit: profile.startWithinMs, unit: 'ms', bad: 'above' },
    { label: 'start-burst errors', measured: errorShare, limit: startBurstErrorRate, unit: 'share', bad: 'above' },
  ]
  const verdict = (valid: Validity, reason?: string): Verdict =>
    verdictOf(
      'start-burst',
      'response-time',
      `Within ${profile.startWithinMs / 1_000} s of the barrier every candidate holds its session and its paper${mark(result)}`,
      valid,
      {
        counts: { planned: waiting.length, inTime: waiting.length - late.length, firstAttempts: tries, errors },
        figures,
        violations: late.length,
        affected: late.map(({ candidate }) => candidate),
        examples: late.slice(0, MAX_EXAMPLES).map(({ candidate, session, inAfterMs }) => ({
          summary:
            inAfterMs === null
              ? `${candidate} never got in`
              : `${candidate} was in after ${(inAfterMs / 1_000).toFixed(1)} s`,
          candidate,
          ...(session === undefined ? {} : { session }),
          operations: [],
          rows: [],
          requestIds: [],
        })),
        ...(reason === undefined ? {} : { reason }),
      },
    )
  if (waiting.length === 0) return verdict('unknown', 'nobody was planned to wait at the barrier')
  if (errorShare === null) return verdict('unknown', 'the barrier never fell: no request was sent')
  const reasons = [
    ...(late.length > 0 ? [`${late.length} of ${waiting.length} candidates were not in within time`] : []),
    ...(errors > 0 && errorShare >= startBurstErrorRate ? [`${errors} of ${tries} first attempts failed`] : []),
  ]
  if (reasons.length === 0) return verdict(true)
  if (result.aborted) return verdict('unknown', `the day was aborted; ${reasons.join('; ')}`)
  // Whatever was to be over before the doors open and was not has tested something else.
  const barrierUs = result.originUs + result.plan.timeline.barrierMs * 1_000
  if (touches(outside, barrierUs, barrierUs)) {
    return verdict('unknown', `${reasons.join('; ')}; but the doors opened while something was broken on purpose`)
  }
  // An invalid window leaves the SLO (P8): on a machine that starves the generator the backend beside it starves, too.
  const troubled = burstWindows(profile, result).flatMap(({ problems }) => problems)
  if (troubled.length > 0) {
    return verdict(
      'unknown',
      `${reasons.join('; ')}; but the generator was in trouble: ${[...new Set(troubled)].join(', ')}`,
    )
  }
  return verdict(false, reasons.join('; '))
}

/** The windows that touch the burst and the time it is given. */
function burstWindows(profile: Profile, { plan, originUs, windows }: LoadResult): readonly LoadWindow[] {
  const fromUs = originUs + plan.timeline.barrierMs * 1_000
  const toUs = fromUs + profile.startWithinMs * 1_000
  return windows.filter((window) => window.fromUs < toUs && window.toUs > fromUs)
}

/** Answers that turn somebody away for now. */
const REJECTIONS: ReadonlySet<string> = new Set(['rate-limited', 'turned-away', 'unavailable', 'exam-not-open'])

/** Who is turned away must know within this time, or retries pile up on what is already too much (P13). */
const REJECTED_WITHIN_MS = 1_000

/** Share of rejections that may take longer. */
const SLOW_REJECTIONS = 0.05

/** How fast candidates were turned away, where any were. Nobody was: there is nothing to judge, and no verdict. */
function judgeRejections(result: LoadResult, outside: readonly Outside[]): readonly Verdict[] {
  const invalid = invalidWindows(result)
  const latency = latencyHistogram()
  let slow = 0
  for (const { step, reason, intendedUs, completedUs } of result.measurements.samples()) {
    if (step === 'warm-up' || !REJECTIONS.has(reason)) continue
    if (touches(outside, intendedUs, completedUs) || isWithin(invalid, intendedUs, completedUs)) continue
    recordUs(latency, completedUs - intendedUs)
    if (completedUs - intendedUs > REJECTED_WITHIN_MS * 1_000) slow += 1
  }
  const rejections = latency.totalCount
  if (rejections === 0) return []
  const tooSlow = slow / rejections > SLOW_REJECTIONS && tooManyFailed(slow, rejections, SLOW_REJECTIONS)
  const trouble = generatorTrouble(result)
  const valid: Validity = trouble !== null ? 'unknown' : !tooSlow
  const seen = `${slow} of ${rejections} rejections took longer than ${REJECTED_WITHIN_MS} ms`
  return [
    verdictOf('fast-rejection', 'response-time', 'Whoever is turned away for now is told so within a second', valid, {
      counts: { rejections, slow },
      figures: [
        {
          label: 'rejection p95',
          measured: percentileMs(latency, 0.95),
          limit: REJECTED_WITHIN_MS,
          unit: 'ms',
          bad: 'above',
        },
      ],
      violations: slow,
      ...(valid === true ? {} : { reason: trouble ?? seen }),
    }),
  ]
}

/** Wishes of one operation, or of all: how many failed in the end, and how many at the first attempt. */
interface Wishes {
  attempted: number
  failed: number
  /** Those whose first attempt is judged here; the burst judges its own. */
  firstAttempts: number
  firstFailed: number
}

/** Wishes that are judged together. */
interface Tally {
  readonly all: Wishes
  readonly byOperation: Map<OperationName, Wishes>
  readonly whys: Map<string, number>
  tries: number
  retried: number
  fromUs: number
  toUs: number
}

const noWishes = (): Wishes => ({ attempted: 0, failed: 0, firstAttempts: 0, firstFailed: 0 })

const emptyTally = (): Tally => ({
  all: noWishes(),
  byOperation: new Map(),
  whys: new Map(),
  tries: 0,
  retried: 0,
  fromUs: Number.POSITIVE_INFINITY,
  toUs: Number.NEGATIVE_INFINITY,
})

function count(tally: Tally, wish: LogicalSample): void {
  const own = tally.byOperation.get(wish.f) ?? noWishes()
  tally.byOperation.set(wish.f, own)
  for (const wishes of [tally.all, own]) {
    wishes.attempted += 1
    if (wish.error) wishes.failed += 1
    if (wish.step === 'start-burst') continue
    wishes.firstAttempts += 1
    if (wish.firstError) wishes.firstFailed += 1
  }
  if (wish.error || (wish.firstError && wish.step !== 'start-burst')) {
    const why = `${wish.f} ${wish.reason}`
    tally.whys.set(why, (tally.whys.get(why) ?? 0) + 1)
  }
  tally.fromUs = Math.min(tally.fromUs, wish.intendedUs)
  tally.toUs = Math.max(tally.toUs, wish.completedUs)
  tally.tries += wish.attempts
  if (wish.attempts > 1) tally.retried += 1
}

function judgeErrorRate(profile: Profile, result: LoadResult, outside: readonly Outside[]): Verdict {
  const limit = profile.thresholds.errorRate
  const invalid = invalidWindows(result)
  const believed = emptyTally()
  // A generator in trouble makes no platform refuse what it would grant.
  const withRefusals = emptyTally()
  const withDoubtful = emptyTally()
  let seenWishes = 0
  let doubtful = 0
  for (const wish of result.measurements.logicals()) {
    if (wish.step === 'warm-up') continue
    seenWishes += 1
    if (touches(outside, wish.intendedUs, wish.completedUs)) continue
    const fails = wish.error || wish.firstError
    const isDoubtful = wish.exhausted || isWithin(invalid, wish.intendedUs, wish.completedUs)
    if (isDoubtful && fails) doubtful += 1
    if (wish.exhausted) continue
    count(withDoubtful, wish)
    if (!isDoubtful || !fails || wish.refused) count(withRefusals, wish)
    if (!isDoubtful) count(believed, wish)
  }
  const needed = limit === 0 ? SAMPLES_FOR_NO_ERROR : Math.ceil(1 / limit)
  const isTooHigh = (bad: number, of: number): boolean => bad > 0 && of >= needed && bad / of >= limit
  const failuresIn = ({ all: { attempted, failed, firstAttempts, firstFailed }, byOperation }: Tally) => {
    const broken = [...byOperation].flatMap(([f, own]) => failuresOf(f, own, limit))
    const texts = [
      ...(isTooHigh(failed, attempted) ? [`${failed} of ${attempted} operations failed`] : []),
      ...(isTooHigh(firstFailed, firstAttempts) ? [`${firstFailed} of ${firstAttempts} first attempts failed`] : []),
      ...broken.map(({ text }) => text),
    ]
    return { broken, texts }
  }
  const isBroken = (tally: Tally): boolean => failuresIn(tally).texts.length > 0
  const judged = !isBroken(believed) && isBroken(withRefusals) ? withRefusals : believed
  const { broken, texts: seen } = failuresIn(judged)
  const { tries, retried, whys, fromUs, toUs } = judged
  const { attempted, failed, firstAttempts, firstFailed } = judged.all
  // What a stuck candidate could not send counts as failed (P5), unless spans are left out: then it may be due to them.
  const unsent = outside.length === 0 ? result.offered.steady.dropped : 0
  const total = attempted + unsent
  const rate = total === 0 ? null : (failed + unsent) / total
  const firstRate = firstAttempts === 0 ? null : firstFailed / firstAttempts
  const counts = {
    attempted,
    failed,
    unsent: result.offered.steady.dropped,
    firstAttempts,
    firstAttemptsFailed: firstFailed,
    retried,
    leftOut: seenWishes - attempted,
    // Success by wish and by first attempt, the amplification between them (P12), and goodput beside the load (P13).
    ...(attempted === 0
      ? {}
      : {
          attemptsPerOperation: tries / attempted,
          succeededShare: 1 - failed / attempted,
          attemptsPerSecond: perSecond(tries, toUs - fromUs),
          goodputPerSecond: perSecond(attempted - failed, toUs - fromUs),
        }),
    ...(firstAttempts === 0 ? {} : { firstAttemptsSucceededShare: 1 - firstFailed / firstAttempts }),
    // Rule of three (P21): no error among n is no proof of none.
    ...(rate === 0 ? { errorRateUpperBound95: 3 / total } : {}),
  }
  const verdict = (valid: Validity, reason?: string): Verdict =>
    verdictOf('error-rate', 'error-rate', `Fewer than ${limit * 100} % of what candidates want fails`, valid, {
      counts,
      figures: [
        { label: 'failed operations', measured: rate, limit, unit: 'share', bad: 'above' },
        { label: 'failed first attempts', measured: firstRate, limit, unit: 'share', bad: 'above' },
        // Of all it is within the limit, and a report would show that as what was measured.
        ...broken.map(({ figure }) => figure),
      ],
      violations: failed + unsent,
      ...(reason === undefined ? {} : { reason }),
    })
  const isEnough = total >= needed
  // Nobody knows when what was never sent would have been sent, so a generator in trouble may be why.
  const stuck = `${failed} of ${attempted} operations failed, ${unsent} more could not be sent`
  const isStuck = unsent > 0 && isTooHigh(failed + unsent, total)
  const trouble = generatorTrouble(result)
  if (seen.length > 0 || (isStuck && invalid.length === 0)) {
    const reason = [...(isStuck ? [stuck] : []), ...seen, ...mostOften(whys)].join('; ')
    return trouble === null ? verdict(false, reason) : verdict('unknown', `${reason}; but ${trouble}`)
  }
  if (isStuck) return verdict('unknown', `${stuck}; but the generator was in trouble: ${firstProblem(invalid)}`)
  if (doubtful > 0 && trouble !== null) {
    return verdict('unknown', `${doubtful} operations failed that cannot be judged: ${trouble}`)
  }
  // Nor does a generator that was late for a moment: what broke may be why it was, when everybody connects anew.
  const { texts: doubted } = failuresIn(withDoubtful)
  if (doubted.length > 0) {
    const reason = [...doubted, ...mostOften(withDoubtful.whys)].join('; ')
    return verdict('unknown', `${reason}; but part of it while the generator was in trouble: ${firstProblem(invalid)}`)
  }
  if (!isEnough) {
    const tooFew = `n too small: ${total} operations, a rate of ${limit * 100} % needs ${needed}`
    return verdict('unknown', trouble === null ? tooFew : `${tooFew}; ${trouble}`)
  }
  return verdict(true)
}

/** Why most failed, in the words of the outcome table: the first thing that whoever reads of failures asks. */
function mostOften(whys: ReadonlyMap<string, number>): readonly string[] {
  const [most] = [...whys].toSorted(([, one], [, other]) => other - one)
  return most === undefined ? [] : [`most often: ${most[0]} (${most[1]})`]
}

function perSecond(count: number, forUs: number): number {
  return forUs === 0 ? count : count / (forUs / 1e6)
}

/** What few candidates do would drown in the rate of all, so each operation is held against the limit, too. */
function failuresOf(
  f: OperationName,
  wishes: Wishes,
  limit: number,
): readonly { readonly text: string; readonly figure: Figure }[] {
  const { attempted, failed, firstAttempts, firstFailed } = wishes
  const figureOf = (label: string, measured: number): Figure => ({
    label,
    measured,
    limit,
    unit: 'share',
    bad: 'above',
  })
  if (tooManyFailed(failed, attempted, limit))
    return [{ text: `${f}: ${failed} of ${attempted} failed`, figure: figureOf(`failed ${f}`, failed / attempted) }]
  if (tooManyFailed(firstFailed, firstAttempts, limit)) {
    const text = `${f}: ${firstFailed} of ${firstAttempts} first attempts failed`
    return [{ text, figure: figureOf(`failed first attempts of ${f}`, firstFailed / firstAttempts) }]
  }
  return []
}

function judgePlanFidelity(result: LoadResult): Verdict {
  const lateArrivals = result.candidates.filter(
    ({ arrivalLagMs }) => arrivalLagMs === null || arrivalLagMs > GENERATOR_LIMITS.dispatchLagP99Ms,
  )
  const burst = result.offered['start-burst']
  const allowed = (count: number): number => Math.max(1, Math.floor(count * MAX_LATE_ARRIVALS))
  const notAsPlanned = [
    ...(result.aborted ? ['the day was aborted'] : []),
    ...(result.started < result.planned ? [`${result.dropped} candidates were never started`] : []),
    ...(lateArrivals.length > allowed(result.planned)
      ? [
          `${lateArrivals.length} of ${result.planned} arrivals were more than ${GENERATOR_LIMITS.dispatchLagP99Ms} ms off`,
        ]
      : []),
    ...(result.lateAtBarrier > allowed(burst.planned)
      ? [`${result.lateAtBarrier} of ${burst.planned} candidates were not yet logged in at the barrier`]
      : []),
    ...(burst.planned > 1 && result.barrierSkewMs === null ? ['the barrier was not measured'] : []),
    ...(result.barrierSkewMs !== null && result.barrierSkewMs > MAX_BARRIER_SKEW_MS
      ? [`the barrier took ${result.barrierSkewMs.toFixed(0)} ms to fall`]
      : []),
  ]
  const unfinished = result.candidates.filter(({ finished }) => !finished)
  const starved = unfinished.filter((outcome) => outcome.starved)
  const counts = {
    planned: result.planned,
    started: result.started,
    finished: result.finished,
    starved: starved.length,
    lateArrivals: lateArrivals.length,
    lateAtBarrier: result.lateAtBarrier,
    unresolved: result.candidates.reduce((sum, { unresolved }) => sum + unresolved, 0),
  }
  const verdict = (valid: Validity, reason?: string): Verdict =>
    verdictOf('plan-fidelity', 'load-offered', 'The planned load was offered: planned = started = finished', valid, {
      counts,
      figures: [
        { label: 'barrier skew', measured: result.barrierSkewMs, limit: MAX_BARRIER_SKEW_MS, unit: 'ms', bad: 'above' },
        {
          label: 'late arrivals',
          measured: result.planned === 0 ? null : lateArrivals.length / result.planned,
          limit: MAX_LATE_ARRIVALS,
          unit: 'share',
          bad: 'above',
        },
      ],
      violations: unfinished.length,
      affected: unfinished.map(({ candidate }) => candidate),
      ...(reason === undefined ? {} : { reason }),
    })
  // What the generator did not offer says nothing about the backend; who could not finish although offered does.
  if (result.planned === 0) return verdict('unknown', 'no candidate was planned')
  if (notAsPlanned.length > 0) return verdict('unknown', notAsPlanned.join('; '))
  if (unfinished.length > 0) {
    const reason = `${unfinished.length} of ${result.planned} candidates could not finish their exam`
    const trouble = generatorTrouble(result)
    if (trouble !== null) return verdict('unknown', `${reason}; but ${trouble}`)
    if (starved.length === unfinished.length) {
      return verdict('unknown', `${reason}; but the generator had no socket left for them`)
    }
    return verdict(false, reason)
  }
  return verdict(true)
}

/** Windows whose measurements cannot be believed (P8), or cannot be held against the platform. */
export function invalidWindows(result: Pick<LoadResult, 'windows'>): readonly LoadWindow[] {
  return result.windows.filter(({ problems, crowd }) => problems.length > 0 || crowd !== undefined)
}

/** Why nothing can be held against the backend (P8); null when the generator can be believed. */
export function generatorTrouble(result: Pick<LoadResult, 'windows'>): string | null {
  const invalid = result.windows.filter(({ problems }) => problems.length > 0)
  const count = result.windows.length
  if (count === 0) return 'the generator was not watched'
  if (invalid.length <= allowedInvalidWindows(count)) return null
  return `the generator was in trouble in ${invalid.length} of ${count} windows: ${firstProblem(invalid)}`
}

function judgeGenerator(result: LoadResult): Verdict {
  const invalid = invalidWindows(result)
  const allowed = allowedInvalidWindows(result.windows.length)
  const { generator } = result
  const verdict = (valid: Validity, reason?: string): Verdict =>
    verdictOf('generator-health', 'load-offered', 'The load generator itself was never the bottleneck', valid, {
      counts: { windows: result.windows.length, invalidWindows: invalid.length, allowedInvalidWindows: allowed },
      figures: [
        { label: 'generator CPU', measured: generator.cpu, limit: GENERATOR_LIMITS.cpu, unit: 'share', bad: 'above' },
        {
          label: 'event-loop delay p99',
          measured: generator.eventLoopDelayP99Ms,
          limit: GENERATOR_LIMITS.eventLoopDelayP99Ms,
          unit: 'ms',
          bad: 'above',
        },
        {
          label: 'dispatch lag p99',
          measured: generator.dispatchLagP99Ms,
          limit: GENERATOR_LIMITS.dispatchLagP99Ms,
          unit: 'ms',
          bad: 'above',
        },
      ],
      violations: 0,
      ...(reason === undefined ? {} : { reason }),
    })
  if (result.windows.length === 0) return verdict('unknown', 'the generator was not watched')
  // Never false: a generator in trouble says nothing about the backend (P8).
  if (invalid.length > allowed) {
    return verdict('unknown', `${invalid.length} of ${result.windows.length} windows: ${firstProblem(invalid)}`)
  }
  return verdict(true)
}

function plannedDoubleSubmits(result: LoadResult): number {
  return result.plan.candidates.filter(({ doubleSubmit }) => doubleSubmit !== 'no').length
}

function judgeDoubleSubmits(result: LoadResult): Verdict {
  const planned = plannedDoubleSubmits(result)
  const sent = result.candidates.filter(({ doubleSubmit }) => doubleSubmit !== undefined)
  const overlapped = sent.filter(({ doubleSubmit }) => doubleSubmit?.overlapped)
  const workers = new Set(sent.flatMap(({ doubleSubmit }) => doubleSubmit?.workers ?? []))
  const holds = overlapped.length >= planned * MIN_OVERLAPPED
  return verdictOf(
    'double-submits-overlapped',
    'load-offered',
    'Submits that were sent twice were really under way at the same time',
    holds ? true : 'unknown',
    {
      counts: { planned, sent: sent.length, overlapped: overlapped.length, workersSeen: workers.size },
      figures: [
        {
          label: 'overlapped double submits',
          measured: overlapped.length / planned,
          limit: MIN_OVERLAPPED,
          unit: 'share',
          bad: 'below',
        },
      ],
      violations: 0,
      ...(holds ? {} : { reason: `only ${overlapped.length} of ${planned} planned double submits overlapped` }),
    },
  )
}

/** Whether candidates did what the plan lets them do on purpose; without it nothing shows that the backend bears it. */
function judgeQuirks(result: LoadResult): Verdict {
  const planned = plannedQuirksOf(result.plan)
  const done = QUIRKS.filter((quirk) => planned[quirk] > 0).map((quirk) => ({
    quirk,
    planned: planned[quirk],
    seen: result.candidates.reduce((sum, candidate) => sum + candidate[quirk], 0),
  }))
  const short = done.filter(({ quirk, seen }) => seen < atLeast(planned[quirk]))
  return verdictOf(
    'quirks-happened',
    'load-offered',
    'What candidates do on purpose, late retries, marks, repeated submits and the like, really reached the platform',
    short.length === 0 ? true : 'unknown',
    {
      counts: Object.fromEntries(done.map(({ quirk, seen }) => [quirk, seen])),
      figures: done.map(({ quirk, planned, seen }) => ({
        label: quirk,
        measured: seen,
        limit: atLeast(planned),
        unit: 'count',
        bad: 'below',
      })),
      violations: 0,
      ...(short.length === 0
        ? {}
        : {
            reason: `too few happened: ${short.map(({ quirk, planned, seen }) => `${quirk} ${seen} of ${planned} planned`).join(', ')}`,
          }),
    },
  )
}

function verdictOf(
  id: string,
  gate: Verdict['gate'],
  title: string,
  valid: Validity,
  rest: {
    readonly counts: Verdict['counts']
    readonly figures: readonly Figure[]
    readonly violations: number
    readonly affected?: readonly string[]
    readonly examples?: readonly Violation[]
    readonly reason?: string
  },
): Verdict {
  const { affected, examples = [], ...others } = rest
  return {
    id,
    title,
    valid,
    gate,
    examples,
    ...others,
    ...(affected === undefined || affected.length === 0 ? {} : { affected: affected.toSorted() }),
  }
}

export function touches(spans: readonly Outside[], fromUs: number, toUs: number): boolean {
  return spans.some((span) => fromUs < span.toUs && toUs > span.fromUs)
}

/**
 * Begun and ended in windows that cannot be believed. What lasted longer is judged: a generator that was 30 ms late does
 * not explain an answer after 5 s, and leaving it out would hide a stall that began in such a window.
 */
export function isWithin(windows: readonly LoadWindow[], fromUs: number, toUs: number): boolean {
  const covers = (us: number): boolean => windows.some((window) => us >= window.fromUs && us <= window.toUs)
  return covers(fromUs) && covers(toUs)
}

export function firstProblem(invalid: readonly LoadWindow[]): string {
  const [first] = invalid
  if (first === undefined) return 'no problem was noted'
  return [...first.problems, ...(first.crowd === undefined ? [] : [first.crowd])].join(', ')
}
