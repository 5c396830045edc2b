import { RehearsalError } from '../errors.ts'
import type { Progress } from '../progress.ts'
import { isCoLocated } from './co-location.ts'
import type { ExamDay, ExamDayOptions, LoadResult, LoadWindow } from './exam-day.ts'
import type { Offered } from './executor.ts'
import { type BarrierSent, skewMsOf } from './executors/barrier.ts'
import { summariseGenerator, windowProblems, worstOfThreads } from './generator-health.ts'
import type { GeneratorPriority } from './generator-priority.ts'
import { latencyHistogram, percentileMs, recordUs, summarise } from './histogram.ts'
import type { Measurements, StepName } from './meter.ts'
import type { ExamDayPlan } from './plan.ts'
import {
  PROGRESS_WINDOW_US,
  type ShareMember,
  type ShareResult,
  type ShareStanding,
  type ShareWindow,
} from './play-share.ts'
import type { Scheduler } from './scheduler.ts'
import { summariseSteps } from './steps.ts'

/** Everybody who sits the day. @throws CONFIG_INVALID when the exam has fewer candidates than the plan */
export function membersOf(plan: ExamDayPlan, exam: ExamDay): readonly ShareMember[] {
  if (exam.candidates.length < plan.candidates.length) {
    throw new RehearsalError('CONFIG_INVALID', {
      expected: `an exam with at least the ${plan.candidates.length} candidates of the plan`,
      seen: `${exam.candidates.length} candidates`,
      next: 'Plan and run the day with the same exam.',
    })
  }
  return plan.candidates.map((drawn, index) => ({
    index,
    plan: drawn,
    account: exam.candidates[index] as ExamDay['candidates'][number],
  }))
}

/**
 * A day from what came of its shares: candidates in the order of the plan, what was offered as a sum, the skew at the
 * barrier from the first to the last request of all shares, and in each window the worst of every reading.
 *
 * @param day.measurements of all shares
 */
export function composeDay(
  day: Pick<LoadResult, 'originUs' | 'measurements'> & {
    readonly options: Pick<ExamDayOptions, 'plan' | 'baseUrl' | 'signal'>
    readonly favoured: GeneratorPriority['favoured']
    readonly shares: readonly ShareResult[]
  },
): LoadResult {
  const { options, originUs, favoured, shares, measurements } = day
  const { plan, signal, baseUrl } = options
  const candidates = shares
    .flatMap((share) => share.candidates)
    .toSorted((one, other) => one.index - other.index)
    .map(({ outcome }) => outcome)
  const started = candidates.filter((outcome) => outcome.started).length
  const windows = judgeWindows(shares.map((share) => share.windows))
  const bursts = shares.map(({ offered }) => offered.burst)
  return {
    plan,
    planned: plan.candidates.length,
    started,
    finished: candidates.filter((outcome) => outcome.finished).length,
    dropped: plan.candidates.length - started,
    aborted: signal.aborted,
    originUs,
    offered: {
      arrivals: sumOffered(shares.map(({ offered }) => offered.arrivals)),
      'start-burst': sumOffered(bursts),
      steady: sumOffered(shares.map(({ offered }) => offered.steady)),
      'submit-spike': sumOffered(shares.map(({ offered }) => offered.submits)),
    },
    barrierSkewMs: skewMsOf(joinSent(bursts.map(({ sent }) => sent))),
    lateAtBarrier: bursts.reduce((sum, { late }) => sum + late, 0),
    steps: summariseSteps(measurements),
    generator: summariseGenerator(windows),
    windows,
    coLocated: isCoLocated(baseUrl()),
    generatorFavoured: favoured,
    threads: shares.length,
    candidates,
    connections: summarise(measurements.connections, 0),
    dispatchLag: summariseLags(measurements),
    measurements,
  }
}

function sumOffered(shares: readonly Offered[]): Offered {
  const sum = (figure: keyof Offered): number => shares.reduce((total, share) => total + share[figure], 0)
  return { planned: sum('planned'), started: sum('started'), finished: sum('finished'), dropped: sum('dropped') }
}

function joinSent(shares: readonly (BarrierSent | null)[]): BarrierSent | null {
  const sent = shares.filter((share) => share !== null)
  if (sent.length === 0) return null
  return {
    count: sent.reduce((sum, { count }) => sum + count, 0),
    firstUs: Math.min(...sent.map(({ firstUs }) => firstUs)),
    lastUs: Math.max(...sent.map(({ lastUs }) => lastUs)),
  }
}

/** Windows of all shares follow one time table: the n-th of each is about the same ten seconds. */
function judgeWindows(shares: readonly (readonly ShareWindow[])[]): readonly LoadWindow[] {
  const count = Math.max(0, ...shares.map((windows) => windows.length))
  return Array.from({ length: count }, (_, index) => {
    const threads = shares.flatMap((windows) => windows[index] ?? [])
    const generator = worstOfThreads(threads.map((thread) => thread.generator))
    // A thread in which nothing was due was not late.
    const lags = threads.map(({ dispatchLagP99Ms }) => dispatchLagP99Ms).filter((lag) => lag !== null)
    const dispatchLagP99Ms = lags.length === 0 ? null : Math.max(...lags)
    const exhausted = threads.reduce((sum, thread) => sum + thread.exhausted, 0)
    const problems = windowProblems(generator, dispatchLagP99Ms, exhausted)
    return { fromUs: generator.fromUs, toUs: generator.toUs, generator, dispatchLagP99Ms, problems }
  })
}

function summariseLags(measurements: Measurements): LoadResult['dispatchLag'] {
  const lags = latencyHistogram()
  for (const { lagUs } of measurements.lags()) recordUs(lags, lagUs)
  return summarise(lags, 0)
}

/** The steps by the time table: what they are called while they last. */
function timetable(plan: ExamDayPlan): readonly { readonly step: StepName; readonly atMs: number }[] {
  const { timeline, profile } = plan
  return [
    { step: 'warm-up', atMs: timeline.warmUpMs },
    { step: 'arrivals', atMs: timeline.arrivalsMs },
    { step: 'start-burst', atMs: timeline.barrierMs },
    { step: 'steady', atMs: Math.min(timeline.barrierMs + profile.startWithinMs, timeline.steadyEndMs) },
    { step: 'submit-spike', atMs: timeline.steadyEndMs },
    { step: 'drain', atMs: timeline.deadlineMs },
  ]
}

/** Tell the caller of every step when the time table says that it begins. */
export function announceSteps(
  scheduler: Scheduler,
  { plan, onStep }: Pick<ExamDayOptions, 'plan' | 'onStep'>,
  originUs: number,
): void {
  if (onStep === undefined) return
  for (const { step, atMs } of timetable(plan))
    scheduler.at(originUs + atMs * 1_000, () => onStep(step, scheduler.nowUs()))
}

/** The live line of a day, from where its shares stand. */
export function progressOf(
  { plan, clock, phase, activeFaults }: Pick<ExamDayOptions, 'plan' | 'clock' | 'phase' | 'activeFaults'>,
  shares: readonly ShareStanding[],
  originUs: number,
): Progress {
  const nowMs = (clock.nowUs() - originUs) / 1_000
  const sum = (figure: (share: ShareStanding) => number): number =>
    shares.reduce((total, share) => total + figure(share), 0)
  const recent = latencyHistogram()
  for (const share of shares) recent.add(share.recent)
  const windowSeconds = Math.min(PROGRESS_WINDOW_US / 1e6, Math.max(1, nowMs / 1_000))
  return {
    phase: phase ?? 'exam-day',
    step: timetable(plan).findLast(({ atMs }) => atMs <= nowMs)?.step ?? 'warm-up',
    candidates: {
      planned: plan.candidates.length,
      in: sum(({ entered }) => entered),
      answering: sum(({ answering }) => answering),
      submitted: sum(({ submitted }) => submitted),
    },
    operationsPerSecond: recent.totalCount / windowSeconds,
    p95Ms: percentileMs(recent, 0.95),
    errors: sum(({ errors }) => errors),
    activeFaults: activeFaults?.() ?? [],
    // The drain ends when everybody is done, so the deadline is the better guess until it has passed.
    secondsLeft: Math.max(
      0,
      Math.ceil(((nowMs < plan.timeline.deadlineMs ? plan.timeline.deadlineMs : plan.timeline.endMs) - nowMs) / 1_000),
    ),
  }
}
