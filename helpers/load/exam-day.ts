import { type Candidate, type CandidateOutcome, createCandidate } from '../candidate/candidate.ts'
import type { ExamApi, SessionRequest } from '../candidate/exam-api.ts'
import type { Clock } from '../clock.ts'
import { RehearsalError } from '../errors.ts'
import type { Recorder } from '../history/recorder.ts'
import type { GeneratorHealth, StepResult } from '../phase-result.ts'
import type { Capability } from '../platform/capabilities.ts'
import type { Progress } from '../progress.ts'
import { isCoLocated } from './co-location.ts'
import type { Offered } from './executor.ts'
import { barrier } from './executors/barrier.ts'
import { constantCandidates } from './executors/constant-candidates.ts'
import { deadlineAnchored } from './executors/deadline-anchored.ts'
import { openArrivals } from './executors/open-arrivals.ts'
import { partlyOpen } from './executors/partly-open.ts'
import {
  type GeneratorWindow,
  summariseGenerator,
  WINDOW_MS,
  watchGenerator,
  windowProblems,
} from './generator-health.ts'
import { favourGenerator, type GeneratorPriority } from './generator-priority.ts'
import { latencyHistogram, percentileMs, recordUs, summarise } from './histogram.ts'
import type { LatencySummary } from './latency.ts'
import { createMeter, type Measurements, type StepName } from './meter.ts'
import type { ExamDayPlan } from './plan.ts'
import { type RecentLatency, recentLatency } from './recent-latency.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { summariseSteps } from './steps.ts'

/** The exam as its candidates know it. */
export interface ExamDay {
  readonly id: string
  /** In the order of the plan: the n-th sits what was drawn for the n-th. */
  readonly candidates: readonly { readonly id: string; readonly email: string; readonly password: string }[]
  readonly paper: SessionRequest['paper']
}

export interface ExamDayOptions {
  readonly plan: ExamDayPlan
  readonly exam: ExamDay
  readonly api: ExamApi
  /** What the platform does not have; default: it has everything. */
  readonly lacks?: ReadonlySet<Capability>
  /** Asked for each new connection: `http://127.0.0.1:41234`. */
  readonly baseUrl: () => string
  readonly recorder: Recorder
  readonly clock: Clock
  /** Aborted: nothing more is started, what is in flight gets a short grace, and what there is is returned. */
  readonly signal: AbortSignal
  /** Name of the phase, for the live line. */
  readonly phase?: string
  /** Begins every request id; absent: the exam does. */
  readonly requestIdPrefix?: string
  readonly activeFaults?: () => readonly string[]
  /** About once a second. */
  readonly onProgress?: (progress: Progress) => void
  /** A step begins, by the plan's time table. */
  readonly onStep?: (step: StepName, atUs: number) => void
}

/** One window of the day with the generator's health in it. */
export interface LoadWindow {
  readonly fromUs: number
  readonly toUs: number
  readonly generator: GeneratorWindow
  readonly dispatchLagP99Ms: number | null
  /** Why its measurements cannot be believed; empty when they can. */
  readonly problems: readonly string[]
  /**
   * Others had the machine: its latencies and failures cannot be held against the platform, and the generator was well all
   * the same. Only where a load is judged without such windows (`excuseCrowded`).
   */
  readonly crowd?: string
}

/** What came of offering an exam day. In memory only: a suite hands on `steps`, `generator` and verdicts. */
export interface LoadResult {
  readonly plan: ExamDayPlan
  /** Candidates. `dropped`: planned and never started. */
  readonly planned: number
  readonly started: number
  readonly finished: number
  readonly dropped: number
  /** The caller aborted the day. */
  readonly aborted: boolean
  /** Start of the day, µs since the run's epoch; times of the plan count from here. */
  readonly originUs: number
  /** By executor: arrivals, releases, actions and submits that were planned and offered. */
  readonly offered: Readonly<Record<'arrivals' | 'start-burst' | 'steady' | 'submit-spike', Offered>>
  /** Between the first and the last request that left at the barrier; null: fewer than two did. */
  readonly barrierSkewMs: number | null
  /** Candidates that were not logged in when the barrier fell. */
  readonly lateAtBarrier: number
  readonly steps: readonly StepResult[]
  readonly generator: GeneratorHealth
  readonly windows: readonly LoadWindow[]
  /** Generator and platform share a machine: figures contain what each costs the other (P9). */
  readonly coLocated: boolean
  /** Whether the generator ran before whatever else shares its processors. */
  readonly generatorFavoured: GeneratorPriority['favoured']
  readonly candidates: readonly CandidateOutcome[]
  /** Setting up connections, apart from the requests on them (P11). */
  readonly connections: LatencySummary
  /** How late the generator itself was. */
  readonly dispatchLag: LatencySummary
  readonly measurements: Measurements
}

/** From now to the start of the day: time to set up before the first request is due. */
const START_LEAD_MS = 100

/** What is in flight when the day ends or is aborted gets this long. */
const CUT_GRACE_MS = 2_000

const PROGRESS_EVERY_MS = 1_000

/** The live line shows the last ten seconds. */
const PROGRESS_WINDOW_US = 10_000_000

/**
 * Sit one exam day: log-ins arrive, everybody starts at the barrier, answers with think time, submits before the
 * deadline, and finds out what became of what is still open.
 *
 * Every attempt goes to `recorder` with its intended time. Nothing queues without bound: what could not be offered is
 * counted. Candidates never learn of faults, and this function never fails because of the backend.
 *
 * @throws CONFIG_INVALID when the exam has fewer candidates than the plan
 */
export async function runExamDay(options: ExamDayOptions): Promise<LoadResult> {
  const { plan, exam, clock, signal } = options
  const { timeline } = plan
  refuseTooFew(plan, exam)

  await using stack = new AsyncDisposableStack()
  const meter = createMeter()
  const scheduler = stack.use(createScheduler({ clock, onDispatch: meter.dispatched }))
  const { favoured } = stack.use(favourGenerator())
  const watch = stack.use(watchGenerator(clock))
  const ends = stack.use(endsOfTheDay(signal))
  const originUs = clock.nowUs() + START_LEAD_MS * 1_000

  const candidates = plan.candidates.map((candidatePlan, index) => {
    const account = exam.candidates[index] as ExamDay['candidates'][number]
    return stack.use(
      createCandidate({
        plan: candidatePlan,
        originUs,
        account,
        exam,
        api: options.api,
        ...(options.lacks === undefined ? {} : { lacks: options.lacks }),
        baseUrl: options.baseUrl,
        ...(options.requestIdPrefix === undefined ? {} : { requestIdPrefix: options.requestIdPrefix }),
        seed: plan.seed,
        retries: plan.profile.retries,
        clientTimeoutMs: plan.profile.clientTimeoutMs,
        slowMs: plan.profile.thresholds.p95Ms,
        startWithinMs: plan.profile.startWithinMs,
        recorder: options.recorder,
        meter,
        clock,
        scheduler,
        stop: ends.stop,
        cut: ends.cut,
      }),
    )
  })

  const windows: LoadWindow[] = []
  const endWindow = (dueUs: number): void => {
    windows.push(judgeWindow(watch.window(), meter))
    scheduler.at(dueUs + WINDOW_MS * 1_000, endWindow)
  }
  scheduler.at(originUs + timeline.arrivalsMs * 1_000, (dueUs) => {
    // The warm-up is not judged: the generator, too, compiles and connects for the first time in it.
    watch.window()
    scheduler.at(dueUs + WINDOW_MS * 1_000, endWindow)
  })
  announceSteps(scheduler, plan, originUs, options)
  const latest = recentLatency(meter, PROGRESS_WINDOW_US)
  const progress = (): Progress => progressOf(options, candidates, meter, latest, originUs)
  stack.use(every(PROGRESS_EVERY_MS, () => options.onProgress?.(progress())))
  scheduler.at(originUs + timeline.endMs * 1_000, () => ends.endNow())

  const offered = await offerLoad(plan, candidates, { scheduler, originUs, signal: ends.stop }, ends)
  if (clock.nowUs() >= originUs + timeline.arrivalsMs * 1_000) windows.push(judgeWindow(watch.window(), meter))
  options.onProgress?.(progress())

  const outcomes = candidates.map((candidate) => candidate.outcome())
  const started = outcomes.filter((outcome) => outcome.started).length
  const lags = latencyHistogram()
  for (const { lagUs } of meter.lags()) recordUs(lags, lagUs)
  return {
    plan,
    planned: candidates.length,
    started,
    finished: outcomes.filter((outcome) => outcome.finished).length,
    dropped: candidates.length - started,
    aborted: signal.aborted,
    originUs,
    offered: {
      arrivals: offered.arrivals,
      'start-burst': offered.burst,
      steady: offered.steady,
      'submit-spike': offered.submits,
    },
    barrierSkewMs: offered.burst.skewMs,
    lateAtBarrier: offered.burst.late,
    steps: summariseSteps(meter),
    generator: summariseGenerator(windows),
    windows,
    coLocated: isCoLocated(options.baseUrl()),
    generatorFavoured: favoured,
    candidates: outcomes,
    connections: summarise(meter.connections, 0),
    dispatchLag: summarise(lags, 0),
    measurements: meter,
  }
}

function refuseTooFew(plan: ExamDayPlan, exam: ExamDay): void {
  if (exam.candidates.length >= plan.candidates.length) return
  throw new RehearsalError('CONFIG_INVALID', {
    expected: `an exam with at least the ${plan.candidates.length} candidates of the plan`,
    seen: `${exam.candidates.length} candidates`,
    next: 'Plan and run the day with the same exam.',
  })
}

/** The executors of the day, side by side; each candidate does one thing at a time whatever they ask for. */
async function offerLoad(
  plan: ExamDayPlan,
  candidates: readonly Candidate[],
  context: { readonly scheduler: Scheduler; readonly originUs: number; readonly signal: AbortSignal },
  ends: { endNow(): void },
) {
  const { timeline, profile } = plan
  const candidate = (index: number): Candidate => candidates[index] as Candidate
  // The storm goes on after the doors have opened, and is part of the burst then.
  const stepOfReload = (intendedUs: number): StepName =>
    intendedUs < context.originUs + timeline.barrierMs * 1_000 ? 'arrivals' : 'start-burst'
  const numbered = plan.candidates.map((drawn, participant) => ({ ...drawn, participant }))

  const warmUpCount = profile.warmUp.candidates
  const warmUps = numbered.slice(0, warmUpCount).map(({ participant }) => ({
    participant,
    // The second half of the warm-up is left for the answers.
    atMs: (participant / warmUpCount) * (profile.warmUp.ms / 2),
  }))
  const running = [
    openArrivals({ label: 'warm-up', arrivals: warmUps }).run(context, (index, intendedUs) =>
      candidate(index).warmUp(intendedUs),
    ),
    openArrivals({
      label: 'arrivals',
      arrivals: numbered.map(({ participant, arriveMs }) => ({ participant, atMs: arriveMs })),
    }).run(context, (index, intendedUs) => candidate(index).arrive(intendedUs)),
    barrier({
      label: 'start-burst',
      participants: numbered.filter(({ startsAtBarrier }) => startsAtBarrier).map(({ participant }) => participant),
      atMs: timeline.barrierMs,
    }).run(context, {
      isReady: (index) => candidate(index).isLoggedIn(),
      start: (index, intendedUs, sent) => candidate(index).enter(intendedUs, sent),
    }),
    constantCandidates({
      label: 'reloads',
      participants: numbered
        .filter(({ behaviours }) => behaviours?.refreshEveryMs !== undefined)
        .map(({ participant }) => participant),
      fromMs: timeline.arrivalsMs,
      forMs: timeline.barrierMs - timeline.arrivalsMs + profile.startWithinMs,
    }).run(context, {
      pauseMs: (index) => plan.candidates[index]?.behaviours?.refreshEveryMs as number,
      iterate: (index, _, intendedUs) => candidate(index).refresh(intendedUs, stepOfReload(intendedUs)),
    }),
    partlyOpen({
      label: 'steady',
      loops: numbered.map(({ participant, actions, dueActions, leaveMs }) => ({
        participant,
        actions,
        due: dueActions,
        leaveMs,
      })),
    }).run(context, {
      ready: (index) => candidate(index).entered(),
      act: (index, action, intendedUs) => candidate(index).act(action, intendedUs),
    }),
    deadlineAnchored({
      label: 'submit-spike',
      deadlineMs: timeline.deadlineMs,
      submits: numbered.flatMap(({ participant, submitMs }) =>
        submitMs === null ? [] : [{ participant, beforeDeadlineMs: timeline.deadlineMs - submitMs }],
      ),
    }).run(context, {
      prepare: (index) => candidate(index).prepareSubmit(),
      submit: async (index, intendedUs) => {
        await candidate(index).submit(intendedUs)
        await candidate(index).finish()
      },
    }),
    Promise.all(
      numbered
        .filter(({ submitMs }) => submitMs === null)
        .map(async ({ participant, leaveMs }) => {
          const left = await context.scheduler.until(context.originUs + leaveMs * 1_000, context.signal)
          if (left) await candidate(participant).finish()
        }),
    ),
  ] as const
  // A bug in one part must not leave the others running behind the caller's back.
  for (const part of running) part.catch(() => ends.endNow())
  await Promise.allSettled(running)
  const [, arrivals, burst, , steady, submits] = await Promise.all(running)
  return { arrivals, burst, steady, submits }
}

/** Stop and, a grace later, cut: by the caller's abort or by the end of the day. */
function endsOfTheDay(signal: AbortSignal): Disposable & {
  readonly stop: AbortSignal
  readonly cut: AbortSignal
  endNow(): void
} {
  const stop = new AbortController()
  const cut = new AbortController()
  let grace: NodeJS.Timeout | undefined
  const endNow = (): void => {
    if (stop.signal.aborted) return
    stop.abort()
    grace = setTimeout(() => cut.abort(), CUT_GRACE_MS)
  }
  if (signal.aborted) endNow()
  else signal.addEventListener('abort', endNow, { once: true })
  return {
    stop: stop.signal,
    cut: cut.signal,
    endNow,
    [Symbol.dispose]() {
      clearTimeout(grace)
      signal.removeEventListener('abort', endNow)
    },
  }
}

function every(intervalMs: number, task: () => void): Disposable {
  const timer = setInterval(task, intervalMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function judgeWindow(generator: GeneratorWindow, meter: Measurements): LoadWindow {
  const { fromUs, toUs } = generator
  const lags = latencyHistogram()
  meter.eachLagSince(fromUs, (lagUs) => recordUs(lags, lagUs))
  let exhausted = 0
  for (const { reason } of meter.since(fromUs)) if (reason === 'generator-exhausted') exhausted += 1
  // A bound for the generator, not a figure about the backend: few dispatches are judged, too.
  const dispatchLagP99Ms = lags.totalCount === 0 ? null : lags.getValueAtPercentile(99) / 1_000
  return { fromUs, toUs, generator, dispatchLagP99Ms, problems: windowProblems(generator, dispatchLagP99Ms, exhausted) }
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

function announceSteps(scheduler: Scheduler, plan: ExamDayPlan, originUs: number, options: ExamDayOptions): void {
  const { onStep } = options
  if (onStep === undefined) return
  for (const { step, atMs } of timetable(plan))
    scheduler.at(originUs + atMs * 1_000, () => onStep(step, scheduler.nowUs()))
}

function progressOf(
  { plan, clock, phase, activeFaults }: ExamDayOptions,
  candidates: readonly Candidate[],
  meter: Measurements,
  latest: RecentLatency,
  originUs: number,
): Progress {
  const nowUs = clock.nowUs()
  const nowMs = (nowUs - originUs) / 1_000
  const recent = latest(nowUs)
  let entered = 0
  let answering = 0
  let submitted = 0
  for (const candidate of candidates) {
    if (candidate.hasEntered) entered += 1
    if (candidate.isAnswering) answering += 1
    if (candidate.hasSubmitted) submitted += 1
  }
  const windowSeconds = Math.min(PROGRESS_WINDOW_US / 1e6, Math.max(1, nowMs / 1_000))
  return {
    phase: phase ?? 'exam-day',
    step: timetable(plan).findLast(({ atMs }) => atMs <= nowMs)?.step ?? 'warm-up',
    candidates: {
      planned: candidates.length,
      in: entered,
      answering,
      submitted,
    },
    operationsPerSecond: recent.totalCount / windowSeconds,
    p95Ms: percentileMs(recent, 0.95),
    errors: meter.errors,
    activeFaults: activeFaults?.() ?? [],
    // The drain ends when everybody is done, so the deadline is the better guess until it has passed.
    secondsLeft: Math.max(
      0,
      Math.ceil(((nowMs < plan.timeline.deadlineMs ? plan.timeline.deadlineMs : plan.timeline.endMs) - nowMs) / 1_000),
    ),
  }
}
