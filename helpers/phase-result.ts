import type { LatencySummary } from './load/latency.ts'
import type { Verdict } from './verdict.ts'

/**
 * What one rehearsal phase found. The only thing a suite hands to the report; bounded in size, so that it fits
 * Vitest's `task.meta`.
 */
export interface PhaseResult {
  /** File name without ending: `2-load`. */
  readonly id: string
  readonly title: string
  readonly startedAt: string
  /** null: what a worker delivered could not be read. */
  readonly durationMs: number | null
  readonly planHash: string
  /** The plan in words, one line a step. */
  readonly plan: readonly string[]
  readonly steps: readonly StepResult[]
  readonly faults: readonly FaultResult[]
  readonly checks: readonly Verdict[]
  readonly ledger: LedgerCounts
  /** null: what a worker delivered could not be read. */
  readonly candidates: CandidateClasses | null
  readonly generator: GeneratorHealth
  readonly stage: StageFacts
}

export interface StepResult {
  readonly name: string
  readonly model: 'open' | 'closed' | 'partly-open' | 'barrier' | 'deadline-anchored'
  readonly startedMs: number
  readonly durationMs: number
  /** Latency from the intended time, by operation; the report never averages these. */
  readonly latency: Readonly<Record<string, LatencySummary>>
  /** Time from actual send, by operation. */
  readonly serviceTime: Readonly<Record<string, LatencySummary>>
}

export interface FaultResult {
  readonly name: string
  readonly injectedAt: string
  readonly felt: boolean
  readonly healedAt: string | null
  readonly recoveryMs: number | null
}

export interface LedgerCounts {
  /** Operations by what the candidate was told. null here and below: not measured. */
  readonly attempted: number | null
  readonly ok: number | null
  readonly fail: number | null
  readonly info: number | null
  /** Acknowledged answers: distinct (session, question) pairs; the rest is counted over these. */
  readonly acknowledged: number | null
  /** Acknowledged answers that the database does not hold: missing rows and stale overwrites. */
  readonly lost: number | null
  /** Those of `lost` where an older version stands in the row. */
  readonly staleOverwritten: number | null
  /** Rows that hold what no candidate ever sent for that question. */
  readonly phantom: number | null
  /** Versions of an answer that were never acknowledged (outcome info) and whose effect was found. */
  readonly recovered: number | null
}

/** Every candidate falls in exactly one class; the classes sum to `planned`. */
export interface CandidateClasses {
  readonly planned: number
  readonly unaffected: number
  readonly slowed: number
  readonly recovered: number
  readonly lostData: number
  readonly neverStarted: number
  readonly undecided: number
}

export interface GeneratorHealth {
  /** Share of one core, 0..1+. null: not measured. */
  readonly cpu: number | null
  readonly eventLoopDelayP99Ms: number | null
  readonly eventLoopDelayMaxMs: number | null
  readonly dispatchLagP99Ms: number | null
  readonly rssBytes: number | null
  readonly valid: boolean | 'unknown'
  readonly reasons: readonly string[]
}

export interface StageFacts {
  readonly images: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly startupMs: number | null
  /** Settings as the services report them (durability, pool sizes), `postgres.fsync`: `on`. Absent: not read. */
  readonly settings?: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}
