import type { CandidateOutcome } from '../../candidate/candidate.ts'
import type { LoadResult, LoadWindow } from '../exam-day.ts'
import { type GeneratorWindow, summariseGenerator } from '../generator-health.ts'
import { latencyHistogram, summarise } from '../histogram.ts'
import { createMeter, type LogicalSample, type Measurements, type Sample } from '../meter.ts'
import { type ExamDayPlan, planExamDay, plannedQuirksOf, QUIRKS, type Quirk } from '../plan.ts'
import type { Profile } from '../profile.ts'

/** A generator that has nothing to do. */
export const CALM: GeneratorWindow = {
  fromUs: 0,
  toUs: 10_000_000,
  cpu: 0.2,
  eventLoopDelayP99Ms: 2,
  eventLoopDelayMaxMs: 10,
  eventLoopUtilization: 0.2,
  gcPauseMaxMs: 5,
  rssBytes: 100_000_000,
  memory: 0.1,
  steal: 0,
}

/** Window number `index` of 10 s; with problems if any are named. */
export function windowOf(index: number, ...problems: string[]): LoadWindow {
  const generator = { ...CALM, fromUs: index * 10_000_000, toUs: (index + 1) * 10_000_000 }
  return { fromUs: generator.fromUs, toUs: generator.toUs, generator, dispatchLagP99Ms: 1, problems }
}

/** An attempt in `steady` that was on time and took `latencyMs`. */
export function sampleOf(over: Partial<Sample> & { readonly latencyMs?: number; readonly atMs?: number } = {}): Sample {
  const { latencyMs = 10, atMs = 1_000, ...rest } = over
  const intendedUs = atMs * 1_000
  return {
    step: 'steady',
    f: 'save-answer',
    intendedUs,
    sentUs: intendedUs,
    completedUs: intendedUs + latencyMs * 1_000,
    outcome: 'ok',
    reason: 'success',
    error: false,
    attempt: 1,
    ...rest,
  }
}

export interface DayOptions {
  readonly profile: Profile
  readonly samples?: readonly Sample[]
  readonly logicals?: readonly Partial<LogicalSample>[]
  readonly windows?: readonly LoadWindow[]
  /** Changes what became of candidate number `index`. */
  readonly candidate?: (index: number) => Partial<CandidateOutcome>
  readonly over?: Partial<LoadResult>
}

/** A day that went well, apart from what a test says. */
export function loadResultOf(options: DayOptions): LoadResult {
  const { profile, samples = [], logicals = [], windows = [windowOf(0), windowOf(1), windowOf(2)] } = options
  const count = profile.candidates
  const plan: ExamDayPlan = planExamDay(profile, 1, {
    candidates: Array.from({ length: count }, (_, index) => ({ id: `c-${index}` })),
  })
  const meter: Measurements = createMeter()
  for (const sample of samples) meter.attempt(sample)
  for (const logical of logicals) {
    meter.logical({
      step: 'steady',
      f: 'save-answer',
      intendedUs: 1_000,
      waitingSinceUs: logical.intendedUs ?? 1_000,
      completedUs: 2_000,
      attempts: 1,
      error: false,
      firstError: false,
      exhausted: false,
      reason: logical.error === true || logical.firstError === true ? 'time-out' : 'success',
      refused: false,
      ...logical,
    })
  }
  const quirks = plannedQuirksOf(plan)
  const nobody = Object.fromEntries(QUIRKS.map((quirk) => [quirk, 0])) as Record<Quirk, number>
  const candidates = plan.candidates.map(
    ({ candidate, doubleSubmit }, index): CandidateOutcome => ({
      candidate,
      started: true,
      arrivalLagMs: 1,
      entered: true,
      session: `s-${index}`,
      inAfterMs: 100,
      entryHindered: null,
      submitHindered: null,
      submitted: true,
      finished: true,
      cutOff: false,
      slowed: false,
      interrupted: false,
      unresolved: 0,
      starved: false,
      // All that was planned, by one of them.
      ...(index === 0 ? quirks : nobody),
      ...(doubleSubmit === 'no' ? {} : { doubleSubmit: { overlapped: true, workers: ['w1', 'w2'] } }),
      ...options.candidate?.(index),
    }),
  )
  const offered = { planned: count, started: count, finished: count, dropped: 0 }
  return {
    plan,
    planned: count,
    started: count,
    finished: candidates.filter(({ finished }) => finished).length,
    dropped: 0,
    aborted: false,
    originUs: 0,
    offered: { arrivals: offered, 'start-burst': offered, steady: offered, 'submit-spike': offered },
    barrierSkewMs: 2,
    lateAtBarrier: 0,
    steps: [],
    generator: summariseGenerator(windows),
    windows,
    coLocated: false,
    generatorFavoured: 'no',
    threads: 1,
    candidates,
    connections: summarise(latencyHistogram(), 0),
    dispatchLag: summarise(latencyHistogram(), 0),
    measurements: meter,
    ...options.over,
  }
}
