import type { Expectations, History } from '../checkers/checker.ts'
import type { StepResult } from '../phase-result.ts'
import type { Verdict } from '../verdict.ts'
import { judgeConnections } from './connections.ts'
import { judgeCounters } from './counters.ts'
import { judgeDatabasePool } from './database-pool.ts'
import { judgeIdleInTransaction } from './idle-in-transaction.ts'
import { auditLog } from './log-audit.ts'
import type { Observed } from './observed.ts'
import { judgeRedis } from './redis-health.ts'
import type { RouteTable } from './reference-routes.ts'
import type { CapturedLog } from './request-log.ts'
import { judgeRestarts } from './restarts.ts'
import type { Sampled } from './sampler.ts'
import { judgeSampler } from './sampler-complete.ts'
import { judgeServerClientGap } from './server-client-gap.ts'

export interface WhatWasSeen {
  readonly sampled: Sampled
  readonly captured: CapturedLog
  readonly history: History
  readonly steps: readonly StepResult[]
  readonly expectations: Expectations
  readonly routes: RouteTable
  /** `thresholds.databasePool` of the profile, 0..1. */
  readonly poolLimit: number
}

/** What the samples say of the platform. A stage that was lost, or a day cut short, may explain what they show. */
export function judgeSamples({ sampled, steps, expectations, poolLimit }: WhatWasSeen): readonly Verdict[] {
  const observed: Observed = { sampled, steps, faults: expectations.faults ?? [] }
  return [
    judgeDatabasePool(observed, poolLimit),
    judgeConnections(observed),
    judgeIdleInTransaction(observed),
    judgeRestarts(observed),
    judgeRedis(observed),
    judgeSampler(observed),
  ]
}

/** What the log and the counters say about what candidates were told; true or false however the day ended. */
export function judgeRecords(seen: WhatWasSeen): readonly Verdict[] {
  const { sampled, captured, history, expectations, routes } = seen
  const faults = expectations.faults ?? []
  return [
    ...auditLog({ history, expectations, captured, routes }),
    judgeCounters(history, sampled.samples, routes),
    judgeServerClientGap(history, captured, faults),
  ]
}
