import type { Expectations, History } from '../checkers/checker.ts'
import { unknownVerdict } from '../checkers/violations.ts'
import type { Outside } from '../load/thresholds.ts'
import type { StepResult } from '../phase-result.ts'
import type { PlatformHealth } from '../platform/exam-platform.ts'
import type { Verdict } from '../verdict.ts'
import { CLOCKS, judgeClocks } from './clocks.ts'
import { CONNECTIONS, judgeConnections } from './connections.ts'
import { COUNTERS, judgeCounters } from './counters.ts'
import { DATABASE_POOL, judgeDatabasePool } from './database-pool.ts'
import { HOT_TABLES, judgeHotTables } from './hot-tables.ts'
import { IDLE_IN_TRANSACTION, judgeIdleInTransaction } from './idle-in-transaction.ts'
import { auditLog, LOG_CHECKS } from './log-audit.ts'
import type { Observed, ObservedCheck } from './observed.ts'
import { judgeRedis, REDIS_HEALTH } from './redis-health.ts'
import type { RouteTable } from './reference-routes.ts'
import type { CapturedLog } from './request-log.ts'
import { judgeRestarts, RESTARTS } from './restarts.ts'
import type { SourceName } from './sample.ts'
import type { Sampled } from './sampler.ts'
import { judgeSampler, SAMPLER_COMPLETE } from './sampler-complete.ts'
import { judgeServerClientGap, SERVER_CLIENT_GAP } from './server-client-gap.ts'

export interface WhatWasSeen {
  readonly sampled: Sampled
  readonly captured: CapturedLog
  readonly history: History
  readonly steps: readonly StepResult[]
  readonly expectations: Expectations
  readonly routes: RouteTable
  /** Addresses that are asked without a log-in; absent: none is known. */
  readonly health?: PlatformHealth | undefined
  /** Faults with their recoveries; empty when nothing was broken on purpose. */
  readonly outside: readonly Outside[]
  /** The same without those in which connections are counted as ever. Default: `outside`. */
  readonly outsideConnections?: readonly Outside[]
  /** When the generator was in trouble or others had the machine. Default: never. */
  readonly troubled?: readonly Outside[]
  /** Sources that the platform does not have; absent: it has all. */
  readonly unwatched?: readonly SourceName[]
  /** `thresholds.databasePool` of the profile, 0..1. */
  readonly poolLimit: number
}

/** What the samples say of the platform. A stage that was lost, or a day cut short, may explain what they show. */
export function judgeSamples(seen: WhatWasSeen): readonly Verdict[] {
  const { sampled, steps, outside, outsideConnections = outside, poolLimit, unwatched } = seen
  const observed: Observed = { sampled, steps, outside, ...(unwatched === undefined ? {} : { unwatched }) }
  return [
    ...guarded([DATABASE_POOL], () => [judgeDatabasePool(observed, poolLimit)]),
    ...guarded([CONNECTIONS], () => [judgeConnections({ ...observed, outside: outsideConnections })]),
    ...guarded([IDLE_IN_TRANSACTION], () => [judgeIdleInTransaction(observed)]),
    ...guarded([HOT_TABLES], () => [judgeHotTables(observed)]),
    ...guarded([RESTARTS], () => [judgeRestarts(observed)]),
    ...guarded([REDIS_HEALTH], () => [judgeRedis(observed)]),
    ...guarded([SAMPLER_COMPLETE], () => [judgeSampler(observed)]),
    ...guarded([CLOCKS], () => [judgeClocks(observed)]),
  ]
}

/** What the log and the counters say about what candidates were told; true or false however the day ended. */
export function judgeRecords({
  sampled,
  captured,
  history,
  expectations,
  routes,
  health,
  outside,
  troubled = [],
}: WhatWasSeen): readonly Verdict[] {
  return [
    ...guarded(LOG_CHECKS, () => auditLog({ history, expectations, captured, routes, health, outside, troubled })),
    ...guarded([COUNTERS], () => [judgeCounters(history, sampled.samples, routes)]),
    ...guarded([SERVER_CLIENT_GAP], () => [judgeServerClientGap(history, captured, outside)]),
  ]
}

/** A check that crashes proves nothing, and takes none of the others with it (C27). */
function guarded(checks: readonly ObservedCheck[], judge: () => readonly Verdict[]): readonly Verdict[] {
  try {
    return judge()
  } catch (error) {
    const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return checks.map((check) => unknownVerdict(check, `the check crashed: ${seen}`))
  }
}
