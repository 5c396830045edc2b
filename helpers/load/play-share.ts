import { type Candidate, type CandidateOutcome, createCandidate } from '../candidate/candidate.ts'
import type { ExamDay, ExamDayOptions } from './exam-day.ts'
import type { Offered } from './executor.ts'
import { type BarrierOffered, barrier } from './executors/barrier.ts'
import { constantCandidates } from './executors/constant-candidates.ts'
import { deadlineAnchored } from './executors/deadline-anchored.ts'
import { openArrivals } from './executors/open-arrivals.ts'
import { partlyOpen } from './executors/partly-open.ts'
import { type CpuUsage, type GeneratorWindow, LEAST_WINDOW_MS, WINDOW_MS, watchGenerator } from './generator-health.ts'
import { type LatencyHistogram, latencyHistogram, recordUs } from './histogram.ts'
import { createMeter, type Measurements, type StepName, type ThreadMeter } from './meter.ts'
import type { CandidatePlan, ExamDayPlan } from './plan.ts'
import { recentLatency } from './recent-latency.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'

/** One candidate of a share. */
export interface ShareMember {
  /** In the order of the plan of the whole day, from 0. */
  readonly index: number
  readonly plan: CandidatePlan
  readonly account: ExamDay['candidates'][number]
}

/** What all shares of a day have in common. Serialisable. */
export type SharedPlan = Pick<ExamDayPlan, 'seed' | 'profile' | 'timeline'>

export interface ShareOptions
  extends Pick<ExamDayOptions, 'api' | 'lacks' | 'baseUrl' | 'requestIdPrefix' | 'recorder' | 'clock' | 'signal'> {
  readonly plan: SharedPlan
  readonly exam: Pick<ExamDay, 'id' | 'paper'>
  readonly members: readonly ShareMember[]
  /** Start of the day, µs since the run's epoch; the same for all shares. */
  readonly originUs: number
  /** Processor time of what plays this share; default: of the process. */
  readonly cpuUsage?: CpuUsage
}

/** One window of one thread, not yet judged. */
export interface ShareWindow {
  readonly generator: GeneratorWindow
  readonly dispatchLagP99Ms: number | null
  /** Requests that found no socket, port or file handle. */
  readonly exhausted: number
}

/** Where a share stands. */
export interface ShareStanding {
  readonly planned: number
  readonly entered: number
  readonly answering: number
  readonly submitted: number
  /** Attempts that went wrong. */
  readonly errors: number
  /** Latencies of the last {@link PROGRESS_WINDOW_US}, from the intended time. */
  readonly recent: LatencyHistogram
}

/** By executor: what a share planned and offered. */
export interface ShareOffered {
  readonly arrivals: Offered
  readonly burst: BarrierOffered
  readonly steady: Offered
  readonly submits: Offered
}

/** What came of a share. */
export interface ShareResult {
  readonly candidates: readonly { readonly index: number; readonly outcome: CandidateOutcome }[]
  readonly offered: ShareOffered
  /** Those of all shares of a day begin and end by the same time table. */
  readonly windows: readonly ShareWindow[]
}

/** Candidates who sit the day in this thread. Dispose of it when the day is over. */
export interface Share extends AsyncDisposable {
  /** The alarm clock of these candidates. */
  readonly scheduler: Scheduler
  readonly meter: ThreadMeter
  /** Resolves when all of them are done, or the day has ended. Never rejects because of the backend. */
  play(): Promise<void>
  /** To be asked about once a second. */
  standing(): ShareStanding
  /** Ends the last window, if it was long enough to be one. To be called once, after `play`. */
  conclude(): ShareResult
}

/** What is in flight when the day ends or is aborted gets this long. */
export const CUT_GRACE_MS = 2_000

/** The live line shows the last ten seconds. */
export const PROGRESS_WINDOW_US = 10_000_000

/**
 * Make the candidates of a share, who sit the day that everybody sits: times count from `originUs`, and nobody draws from
 * a stream of somebody else's, so that it does not matter which thread plays whom.
 */
export function openShare(options: ShareOptions): Share {
  const { plan, exam, members, originUs, clock, signal } = options
  const { timeline, profile } = plan

  const stack = new AsyncDisposableStack()
  const meter = createMeter()
  const scheduler = stack.use(createScheduler({ clock, onDispatch: meter.dispatched }))
  const watch = stack.use(watchGenerator(clock, options.cpuUsage))
  const ends = stack.use(endsOfTheDay(signal))

  const candidates = new Map(
    members.map(({ index, plan: candidatePlan, account }) => {
      const candidate = createCandidate({
        plan: candidatePlan,
        originUs,
        account,
        exam,
        api: options.api,
        ...(options.lacks === undefined ? {} : { lacks: options.lacks }),
        baseUrl: options.baseUrl,
        ...(options.requestIdPrefix === undefined ? {} : { requestIdPrefix: options.requestIdPrefix }),
        seed: plan.seed,
        retries: profile.retries,
        clientTimeoutMs: profile.clientTimeoutMs,
        slowMs: profile.thresholds.p95Ms,
        startWithinMs: profile.startWithinMs,
        recorder: options.recorder,
        meter,
        clock,
        scheduler,
        stop: ends.stop,
        cut: ends.cut,
      })
      return [index, stack.use(candidate)]
    }),
  )

  const windows: ShareWindow[] = []
  const endWindow = (dueUs: number): void => {
    windows.push(measureWindow(watch.window(), meter))
    scheduler.at(dueUs + WINDOW_MS * 1_000, endWindow)
  }
  scheduler.at(originUs + timeline.arrivalsMs * 1_000, (dueUs) => {
    // The warm-up is not judged: the generator, too, compiles and connects for the first time in it.
    watch.window()
    scheduler.at(dueUs + WINDOW_MS * 1_000, endWindow)
  })
  scheduler.at(originUs + timeline.endMs * 1_000, () => ends.endNow())
  const latest = recentLatency(meter, PROGRESS_WINDOW_US)
  let offered: ShareOffered | undefined

  return {
    scheduler,
    meter,
    async play() {
      offered = await offerLoad(plan, members, candidates, { scheduler, originUs, signal: ends.stop }, ends)
    },
    standing() {
      let entered = 0
      let answering = 0
      let submitted = 0
      for (const candidate of candidates.values()) {
        if (candidate.hasEntered) entered += 1
        if (candidate.isAnswering) answering += 1
        if (candidate.hasSubmitted) submitted += 1
      }
      const recent = latest(clock.nowUs())
      return { planned: members.length, entered, answering, submitted, errors: meter.errors, recent }
    },
    conclude() {
      if (offered === undefined) throw new TypeError('a share that was not played has no result')
      const beganUs = windows.at(-1)?.generator.toUs ?? originUs + timeline.arrivalsMs * 1_000
      const leastMs = windows.length === 0 ? 0 : LEAST_WINDOW_MS
      if (clock.nowUs() >= beganUs + leastMs * 1_000) windows.push(measureWindow(watch.window(), meter))
      return {
        candidates: [...candidates].map(([index, candidate]) => ({ index, outcome: candidate.outcome() })),
        offered,
        windows,
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The executors of the day, side by side; each candidate does one thing at a time whatever they ask for. */
async function offerLoad(
  plan: SharedPlan,
  members: readonly ShareMember[],
  candidates: ReadonlyMap<number, Candidate>,
  context: { readonly scheduler: Scheduler; readonly originUs: number; readonly signal: AbortSignal },
  ends: { endNow(): void },
): Promise<ShareOffered> {
  const { timeline, profile } = plan
  const byIndex: Candidate[] = []
  for (const [index, candidate] of candidates) byIndex[index] = candidate
  const candidate = (index: number): Candidate => byIndex[index] as Candidate
  // The storm goes on after the doors have opened, and is part of the burst then.
  const stepOfReload = (intendedUs: number): StepName =>
    intendedUs < context.originUs + timeline.barrierMs * 1_000 ? 'arrivals' : 'start-burst'
  const numbered = members.map(({ index, plan: drawn }) => ({ ...drawn, participant: index }))
  const refreshEveryMs = new Map(numbered.map((drawn) => [drawn.participant, drawn.behaviours?.refreshEveryMs]))

  const warmUpCount = profile.warmUp.candidates
  const warmUps = numbered
    .filter(({ participant }) => participant < warmUpCount)
    .map(({ participant }) => ({
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
      pauseMs: (index) => refreshEveryMs.get(index) as number,
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

function measureWindow(generator: GeneratorWindow, meter: Measurements): ShareWindow {
  const { fromUs } = generator
  const lags = latencyHistogram()
  meter.eachLagSince(fromUs, (lagUs) => recordUs(lags, lagUs))
  let exhausted = 0
  meter.eachSince(fromUs, (_intendedUs, _completedUs, reason) => {
    if (reason === 'generator-exhausted') exhausted += 1
  })
  // A bound for the generator, not a figure about the backend: few dispatches are judged, too.
  const dispatchLagP99Ms = lags.totalCount === 0 ? null : lags.getValueAtPercentile(99) / 1_000
  return { generator, dispatchLagP99Ms, exhausted }
}
