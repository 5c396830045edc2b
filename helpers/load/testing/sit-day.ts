import type { ExamApi } from '../../candidate/exam-api.ts'
import { referenceApi } from '../../candidate/reference-api.ts'
import { monotonicClock, takeEpoch } from '../../clock.ts'
import { historyOf } from '../../history/history-of.ts'
import type { HistoryEvent, Operation } from '../../history/operation.ts'
import type { Capability } from '../../platform/capabilities.ts'
import { planFor } from '../../platform/plan-for.ts'
import type { Progress } from '../../progress.ts'
import { type LoadResult, runExamDay } from '../exam-day.ts'
import type { StepName } from '../meter.ts'
import { type ExamDayPlan, planExamDay } from '../plan.ts'
import type { Profile } from '../profile.ts'
import { PROFILES } from '../profiles.ts'
import { type ExamStub, type Interference, type StubRequest, startExamStub } from './exam-stub.ts'
import { memoryRecorder } from './memory-recorder.ts'

export const CANDIDATES = 20
export const QUESTIONS = 8

/** A whole day in less than two seconds. */
export const BRISK: Profile = {
  ...PROFILES.proof,
  candidates: CANDIDATES,
  questions: QUESTIONS,
  warmUp: { candidates: 2, ms: 100 },
  arrivalsMs: 300,
  barrierAfterMs: 100,
  startWithinMs: 400,
  steadyMs: 800,
  thinkTime: { minMs: 20, maxMs: 60 },
  submitSpreadMs: 200,
  drainMs: 3_000,
  // Far above what a busy machine costs: nothing times out that a test did not want to.
  clientTimeoutMs: 3_000,
  retries: { attempts: 6, firstBackoffMs: 10, maxBackoffMs: 50 },
  thresholds: { ...PROFILES.proof.thresholds, p95Ms: 200 },
}

/** The exam of the stub. */
export const EXAM = {
  id: '6f1c2a9e-0000-4000-8000-000000000001',
  candidates: Array.from({ length: CANDIDATES }, (_, index) => ({
    id: `c-${String(index + 1).padStart(4, '0')}`,
    email: `c-${index + 1}@candidates.example`,
    password: 'secret',
  })),
  paper: { year: 2026, blocks: ['A'], count: QUESTIONS, durationSeconds: 600 },
}

/** One day that was sat, and everything that is known of it. */
export interface Day {
  readonly stub: ExamStub
  readonly plan: ExamDayPlan
  readonly result: LoadResult
  readonly events: readonly HistoryEvent[]
  readonly operations: readonly Operation[]
}

/** What a test wants to be different. */
export interface DaySettings {
  readonly profile?: Partial<Profile>
  readonly seed?: number
  readonly latencyMs?: number | ((request: StubRequest) => number)
  readonly interfere?: (request: StubRequest) => Interference | undefined
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  readonly onStep?: (step: StepName) => void
  readonly lacks?: readonly Capability[]
  /** The stub wants a form for each log-in. */
  readonly demandsForm?: boolean
  /** How the stub is spoken to; absent: as the reference is. */
  readonly api?: ExamApi
}

/** Sit a brisk day against the stub, changed as the settings say. */
export async function sitDay(options: DaySettings = {}): Promise<Day> {
  await using stub = await startExamStub({ questions: QUESTIONS, ...options })
  const recorder = memoryRecorder()
  const lacks = options.lacks ?? []
  const plan = planFor(planExamDay({ ...BRISK, ...options.profile }, options.seed ?? 7, EXAM), lacks)
  const { onProgress, onStep } = options
  const result = await runExamDay({
    plan,
    exam: EXAM,
    api: options.api ?? referenceApi,
    lacks: new Set(lacks),
    baseUrl: () => stub.url,
    recorder,
    clock: monotonicClock(takeEpoch()),
    signal: options.signal ?? new AbortController().signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onStep === undefined ? {} : { onStep }),
  })
  return { stub, plan, result, events: recorder.events, operations: [...historyOf(recorder.events).operations()] }
}
