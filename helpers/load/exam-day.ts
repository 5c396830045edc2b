import type { CandidateOutcome } from '../candidate/candidate.ts'
import type { ExamApi, SessionRequest } from '../candidate/exam-api.ts'
import type { Clock } from '../clock.ts'
import type { Recorder } from '../history/recorder.ts'
import type { GeneratorHealth, StepResult } from '../phase-result.ts'
import type { Capability } from '../platform/capabilities.ts'
import type { Progress } from '../progress.ts'
import { announceSteps, composeDay, membersOf, progressOf } from './compose-day.ts'
import type { Offered } from './executor.ts'
import type { GeneratorWindow } from './generator-health.ts'
import { favourGenerator, type GeneratorPriority } from './generator-priority.ts'
import type { LatencySummary } from './latency.ts'
import type { Measurements, StepName } from './meter.ts'
import type { ExamDayPlan } from './plan.ts'
import { openShare } from './play-share.ts'

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
  /** How many threads played candidates. */
  readonly threads: number
  readonly candidates: readonly CandidateOutcome[]
  /** Setting up connections, apart from the requests on them (P11). */
  readonly connections: LatencySummary
  /** How late the generator itself was. */
  readonly dispatchLag: LatencySummary
  readonly measurements: Measurements
}

/** From now to the start of the day: time to set up before the first request is due. */
export const START_LEAD_MS = 100

/** How often the live line is told. */
export const PROGRESS_EVERY_MS = 1_000

/**
 * Sit one exam day: log-ins arrive, everybody starts at the barrier, answers with think time, submits before the
 * deadline, and finds out what became of what is still open. All candidates sit it in this thread, as one share;
 * `generator-threads.ts` deals them out to several.
 *
 * Every attempt goes to `recorder` with its intended time. Nothing queues without bound: what could not be offered is
 * counted. Candidates never learn of faults, and this function never fails because of the backend.
 *
 * @throws CONFIG_INVALID when the exam has fewer candidates than the plan
 */
export async function runExamDay(options: ExamDayOptions): Promise<LoadResult> {
  const { clock, onProgress } = options
  const members = membersOf(options.plan, options.exam)

  await using stack = new AsyncDisposableStack()
  const { favoured } = stack.use(favourGenerator())
  const originUs = clock.nowUs() + START_LEAD_MS * 1_000
  const share = stack.use(openShare({ ...options, members, originUs }))
  announceSteps(share.scheduler, options, originUs)
  const progress = (): Progress => progressOf(options, [share.standing()], originUs)
  stack.use(every(PROGRESS_EVERY_MS, () => onProgress?.(progress())))

  await share.play()
  const played = share.conclude()
  onProgress?.(progress())
  return composeDay({ options, originUs, favoured, shares: [played], measurements: share.meter })
}

/** Call `task` again and again until it is disposed of. */
export function every(intervalMs: number, task: () => void): Disposable {
  const timer = setInterval(task, intervalMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
