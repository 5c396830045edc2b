import { checkAll } from './checkers/check-all.ts'
import type { Checker, Expectations, FaultWindow, History } from './checkers/checker.ts'
import { classifyCandidates } from './checkers/classify-candidates.ts'
import type { Evidence } from './checkers/evidence-rows.ts'
import { allowedWorkNotSlower } from './checkers/freeze-slowness.ts'
import { countLedger } from './checkers/ledger.ts'
import { sweptInTime } from './checkers/swept-in-time.ts'
import { type Epoch, wallTime } from './clock.ts'
import { completeEvidence } from './complete-evidence.ts'
import { faultResults, faultSpans, judgeFaults } from './faults/judge-faults.ts'
import { attemptsOf } from './faults/load-tap.ts'
import type { PlayedFault } from './faults/played-fault.ts'
import { RECOVERY_RULES } from './faults/recovery.ts'
import type { Operation } from './history/operation.ts'
import type { LoadResult } from './load/exam-day.ts'
import { excuseComparison, excuseCrowded, excuseWithin, markCrowded } from './load/excuse-crowded.ts'
import { type ExamDayPlan, minimumOkOf } from './load/plan.ts'
import type { Profile } from './load/profile.ts'
import { invalidWindows, judgeLoad } from './load/thresholds.ts'
import { MONITOR_FRESH } from './monitor/judge-monitor.ts'
import { judgeRecords, judgeSamples } from './observability/judge-observed.ts'
import type { RouteTable } from './observability/reference-routes.ts'
import type { CapturedLog } from './observability/request-log.ts'
import type { Sampled } from './observability/sampler.ts'
import { checkersFor, type OutsideView, withoutRows, withoutStage } from './outside/not-seen.ts'
import { PHASE_COMPLETED, phaseNotCompleted } from './phase-completed.ts'
import type { GeneratorHealth, PhaseResult, StageFacts } from './phase-result.ts'
import type { Capability } from './platform/capabilities.ts'
import type { PlatformHealth } from './platform/exam-platform.ts'
import { leaveOutLacking } from './platform/not-judged.ts'
import type { GateId, Verdict } from './verdict.ts'
import { withLogLines } from './witness-log.ts'

/** How a phase came to its end. */
export interface Ending {
  /** Asked to stop before its time. */
  readonly interrupted: boolean
  /** Why the stage was lost; null: it stood to the end. */
  readonly gone: string | null
  /** What else went wrong while it was played or put away, in words; null: nothing. */
  readonly trouble: string | null
}

/** What one phase was, beside what was recorded of it. Serialisable. */
export interface PhaseFacts {
  readonly id: string
  readonly title: string
  readonly epoch: Epoch
  /** µs since the epoch of the run. */
  readonly startedUs: number
  /** When nothing more was expected to happen, µs since the epoch: where a fault that was never got over ends. */
  readonly endedUs: number
  /** Grace after expiry that the backend was configured with, seconds. */
  readonly graceSeconds: number
  readonly routes: RouteTable
  /** Addresses that are asked without a log-in; absent: a record of a time when they were not kept. */
  readonly health?: PlatformHealth | undefined
  /** What the platform declares not to have; absent: it has everything. */
  readonly lacks?: readonly Capability[]
  /** What could be seen of a platform outside; absent: it was a stage of our own. */
  readonly outside?: OutsideView
  /** The schedule of faults in words. */
  readonly scheduleWords: readonly string[]
  readonly ending: Ending
  readonly before: Verdict
  readonly after: Verdict
  /** What somebody beside the candidates has found, who judged it while the stage stood. Empty: nobody was there. */
  readonly companion: readonly Verdict[]
  /** What was broken on purpose, and how that went; null: nothing was to be broken. */
  readonly faults: { readonly played: readonly PlayedFault[]; readonly windows: readonly FaultWindow[] } | null
  readonly stage: StageFacts
}

/** Everything that the result of a phase is judged from. */
export interface PhaseRecord {
  readonly facts: PhaseFacts
  readonly plan: ExamDayPlan
  /** null: the load never came to an end. */
  readonly load: LoadResult | null
  readonly history: History
  readonly evidence: Evidence
  readonly sampled: Sampled
  readonly captured: CapturedLog
}

/** What somebody beside the candidates finds out by comparing how long things took. */
const COMPARES_TIMES: ReadonlySet<string> = new Set([allowedWorkNotSlower.id, MONITOR_FRESH.id])

/** Before the end of a phase, in which it is asked whether the platform is well again, µs. */
const STEADY_STATE_US = 5_000_000

/** Of a generator that never ran. */
export const UNMEASURED_GENERATOR: GeneratorHealth = {
  cpu: null,
  eventLoopDelayP99Ms: null,
  eventLoopDelayMaxMs: null,
  dispatchLagP99Ms: null,
  rssBytes: null,
  valid: 'unknown',
  reasons: ['the load did not run to an end'],
}

/**
 * Judge a phase from its record. Pure: the same record gives the same result, while the stage still stands and a year
 * later from the folder of the run. `durationMs` is the caller's to know; here it is the time until `endedUs`.
 */
export function judgePhase(record: PhaseRecord, checkers: readonly Checker[]): PhaseResult {
  const { facts, plan, load, history, sampled, captured } = record
  const evidence = completeEvidence(record.evidence)
  const { profile } = plan
  const expectations = expectationsOf(facts, plan)
  const played = facts.faults?.played ?? []
  const attempts = facts.faults === null ? [] : attemptsOf(history)
  const outside = faultSpans(played, facts.endedUs, attempts)
  const completed = completion(facts, load)
  const asked = checkersFor(checkers, facts.outside)
  const dataChecks = withoutRows(checkAll(asked, history, evidence, expectations), facts.outside).map((verdict) =>
    load !== null && isOnlyLate(verdict)
      ? excuseWithin(verdict, sampled.samples.machine, {
          fromUs: load.originUs + plan.timeline.deadlineMs * 1_000,
          toUs: sampled.toUs,
        })
      : verdict,
  )
  const judgeFaultsOf = (watched: Pick<LoadResult, 'windows'>) =>
    facts.faults === null
      ? []
      : judgeFaults(played, attempts, RECOVERY_RULES[profile.name], profile.thresholds, watched)
  const offeredChecks =
    load === null
      ? judgeFaultsOf({ windows: [] })
      : excuseCrowded(load, sampled.samples.machine, (watched) => [
          ...judgeLoad(profile, watched, { outside }),
          ...judgeFaultsOf(watched),
        ])
  const seen = {
    sampled,
    captured,
    history,
    steps: load?.steps ?? [],
    expectations,
    routes: facts.routes,
    health: facts.health,
    outside,
    outsideConnections: faultSpans(
      played.filter(({ kind }) => kind.countsConnections !== true),
      facts.endedUs,
      attempts,
    ),
    troubled: load === null ? [] : invalidWindows({ windows: markCrowded(load, sampled.samples.machine) }),
    poolLimit: profile.thresholds.databasePool,
    unwatched: facts.lacks?.includes('metrics') === true ? (['backend'] as const) : [],
  }
  // The samples end where the last look at the platform did.
  const { toUs } = sampled
  const after = excuseWithin(facts.after, sampled.samples.machine, { fromUs: toUs - STEADY_STATE_US, toUs })
  const told = facts.companion.map((verdict) =>
    load !== null && COMPARES_TIMES.has(verdict.id)
      ? excuseComparison(verdict, load, sampled.samples.machine)
      : verdict,
  )
  const watched = withoutStage(judgeSamples(seen), facts.outside)
  const judged = [facts.before, ...offeredChecks, ...watched, after]
  // What candidates measured against a stage that was gone, or in a day cut short, says nothing about the platform.
  const all = [
    completed,
    ...(completed.valid === true ? judged : judged.map(notHeldAgainst)),
    ...withoutStage(judgeRecords(seen), facts.outside),
    ...dataChecks,
    ...(completed.valid === true ? told : facts.companion.map(mannersNotHeldAgainst)),
  ]
  const checks = leaveOutLacking(all, facts.lacks ?? [])
  return {
    id: facts.id,
    title: facts.title,
    startedAt: wallTime(facts.epoch, facts.startedUs),
    durationMs: (facts.endedUs - facts.startedUs) / 1_000,
    planHash: plan.planHash,
    plan: [...plan.words, ...facts.scheduleWords],
    steps: load?.steps ?? [],
    faults: faultResults(played, facts.epoch),
    checks: withLogLines(checks, captured),
    ledger: countLedger(history, evidence),
    candidates: classifyCandidates(history, evidence, expectations.candidates, checks, (operation) =>
      tookTooLong(operation, profile),
    ).classes,
    generator: load?.generator ?? UNMEASURED_GENERATOR,
    stage: facts.stage,
  }
}

/**
 * Sessions were closed too late, and none too early. Where others have the processors a sweeper comes late, as everything
 * does; nothing makes it come before its time.
 */
function isOnlyLate({ id, valid, counts }: Verdict): boolean {
  return id === sweptInTime.id && valid === false && counts.early === 0
}

/** What the checkers must know of the plan and of what was broken. */
export function expectationsOf(
  { graceSeconds, epoch, faults, lacks }: Pick<PhaseFacts, 'graceSeconds' | 'epoch' | 'faults' | 'lacks'>,
  plan: ExamDayPlan,
): Expectations {
  return {
    candidates: plan.candidates.map(({ candidate }) => candidate),
    minimumOk: lacks?.includes('logout') === true ? without(minimumOkOf(plan), 'logout') : minimumOkOf(plan),
    graceSeconds,
    epoch,
    ...(faults === null ? {} : { faults: faults.windows }),
  }
}

function without(minimumOk: Readonly<Record<string, number>>, operation: string): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(minimumOk).filter(([key]) => key.split('/').at(-1) !== operation))
}

/** Whether the phase came to its own end; if not, why, in the order of what explains the rest. */
function completion({ ending, before }: PhaseFacts, load: LoadResult | null): Verdict {
  const { interrupted, gone, trouble } = ending
  const reason = interrupted
    ? 'interrupted: the load was stopped, and what had happened by then was still judged'
    : gone !== null
      ? `the stage was lost: ${gone}`
      : before.valid !== true
        ? `the platform was not in its steady state before the load: ${before.reason}`
        : trouble
  if (reason !== null) return phaseNotCompleted(reason)
  if (load === null || load.aborted) return phaseNotCompleted('the load was aborted')
  return { ...PHASE_COMPLETED, valid: true }
}

/** A verdict on the platform's manners that a lost stage or an interruption explains is no verdict on the platform. */
function notHeldAgainst(verdict: Verdict): Verdict {
  if (verdict.valid === 'unknown' || verdict.valid === 'not-judged') return verdict
  return {
    ...verdict,
    valid: 'unknown',
    reason: `not judged, because the phase did not run to its end${verdict.reason === undefined ? '' : ` (${verdict.reason})`}`,
  }
}

/** How a platform behaves while it is asked; what it did to the exam's data is judged however the phase ended. */
const MANNERS: ReadonlySet<GateId> = new Set<GateId>([
  'response-time',
  'error-rate',
  'graceful-failure',
  'recovery-tested',
])

function mannersNotHeldAgainst(verdict: Verdict): Verdict {
  return MANNERS.has(verdict.gate) ? notHeldAgainst(verdict) : verdict
}

/** Longer than the step allows: the burst has a limit of its own, everything else the p95 threshold. */
function tookTooLong(operation: Operation, { thresholds, startWithinMs }: Profile): boolean {
  const limitMs = operation.step === 'start-burst' ? startWithinMs : thresholds.p95Ms
  return operation.completedUs !== null && operation.completedUs - operation.intendedUs > limitMs * 1_000
}
