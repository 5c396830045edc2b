import { describe, expect, test } from 'vitest'
import { type ComparedRun, compareRuns, whyNotComparable } from './compare-runs.ts'
import { composeVerdict } from './compose-verdict.ts'
import type { LatencySummary } from './load/latency.ts'
import type { DatabaseWork } from './observability/database-work.ts'
import type { PhaseResult } from './phase-result.ts'
import { checkOf, phaseOf } from './testing/phase-of.ts'
import { factsOf } from './testing/run-facts-of.ts'

const WORK: DatabaseWork = {
  tables: [{ table: 'session_answers', liveRows: 4_800, wholeReadsPerTransaction: 0.01 }],
  statements: [{ statement: 'SELECT save_answer($1)', calls: 4_800, meanMs: 1.5 }],
}

function runOf(phase: Partial<PhaseResult> = {}, work: DatabaseWork | null = WORK): ComparedRun {
  return { verdict: composeVerdict(factsOf({ results: { '2-load': phaseOf(phase) } })), work: { '2-load': work } }
}

/** The latency of one operation, all percentiles in proportion to its p95. */
function latencyOf(p95Ms: number | null, count = 2_000, errors = 0): Partial<PhaseResult> {
  const part = (share: number) => (p95Ms === null ? null : p95Ms * share)
  const latency: LatencySummary = {
    ...{ count, errors, p50Ms: part(0.4), p90Ms: part(0.9), p95Ms, p99Ms: part(1.1), p999Ms: null, maxMs: part(2) },
  }
  const [step] = phaseOf().steps
  if (step === undefined) throw new Error('no step')
  return { steps: [{ ...step, latency: { 'save-answer': latency } }] }
}

const changes = (now: ComparedRun, before: ComparedRun, kind: string) =>
  compareRuns(now, before)
    .rows.filter((row) => row.kind === kind)
    .map(({ change }) => change)

describe('latency and errors', () => {
  test.for<[string, number | null, number | null, string]>([
    ['a p95 that is half as much again, and 100 ms more', 100, 200, 'worse'],
    ['the same the other way round', 200, 100, 'better'],
    ['what healthy runs of one backend differed by', 33, 53, 'same'],
    ['and the most that they differed by', 33, 114, 'same'],
    ['twice as much of very little', 5, 12, 'same'],
    ['100 ms more of very much', 1_000, 1_110, 'same'],
    ['what this run did not measure', 100, null, 'unknown'],
    ['what the earlier run did not measure', null, 100, 'unknown'],
  ])('%s', ([, before, now, change]) => {
    expect(changes(runOf(latencyOf(now)), runOf(latencyOf(before)), 'latency')).toEqual([change])
  })

  test('a difference that few samples explain is not told', () => {
    const wide = (p95Ms: number, count: number) => {
      const run = runOf(latencyOf(p95Ms, count))
      const summary = run.verdict.phases[0]?.latency['steady/save-answer']
      if (summary === undefined) throw new Error('no latency')
      Object.assign(summary, { p50Ms: p95Ms / 20, p90Ms: p95Ms / 10, p99Ms: p95Ms * 4, maxMs: p95Ms * 5 })
      return run
    }
    expect(changes(wide(200, 40), wide(100, 40), 'latency')).toEqual(['same'])
    expect(changes(wide(200, 20_000), wide(100, 20_000), 'latency')).toEqual(['worse'])
  })

  test.for<[number, number, string]>([
    [0, 40, 'worse'],
    [0, 3, 'same'],
    [40, 0, 'better'],
  ])('%i errors of 2000 before and %i now', ([before, now, change]) => {
    expect(changes(runOf(latencyOf(50, 2_000, now)), runOf(latencyOf(50, 2_000, before)), 'errors')).toEqual([change])
  })
})

describe('pool and recovery', () => {
  const pool = (measured: number | null) => ({
    checks: [
      checkOf({
        ...{ id: 'database-pool', gate: 'database-pool' },
        figures: [{ label: 'pool busy in steady', measured, limit: 0.8, unit: 'share', bad: 'above' }],
      }),
    ],
  })
  const fault = (recoveryMs: number | null) => ({
    faults: [{ name: 'redis killed', injectedAt: 'then', felt: true, healedAt: 'later', recoveryMs }],
  })

  test('a pool that is half as busy again, and by a twentieth', () => {
    expect(changes(runOf(pool(0.4)), runOf(pool(0.2)), 'pool')).toEqual(['worse'])
    expect(changes(runOf(pool(0.03)), runOf(pool(0.01)), 'pool')).toEqual(['same'])
  })

  test('a recovery that takes half as long again, and 2 s more; one that was not seen is unknown', () => {
    expect(changes(runOf(fault(9_000)), runOf(fault(4_000)), 'recovery')).toEqual(['worse'])
    expect(changes(runOf(fault(1_900)), runOf(fault(977)), 'recovery')).toEqual(['same'])
    expect(changes(runOf(fault(null)), runOf(fault(977)), 'recovery')).toEqual(['unknown'])
  })
})

describe('statements and scans', () => {
  const slow = { statement: 'SELECT slow()', calls: 40, meanMs: 150 }

  test('a slow statement that the last GO did not have', () => {
    const now = runOf({}, { ...WORK, statements: [slow] })
    expect(compareRuns(now, runOf()).rows).toContainEqual({
      ...{ kind: 'statement', phase: '2-load', label: 'new slow statement: SELECT slow()', unit: 'ms' },
      ...{ before: null, now: 150, change: 'worse' },
    })
    expect(changes(now, now, 'statement')).toEqual(['same'])
    expect(changes(runOf({}, { ...WORK, statements: [{ ...slow, calls: 2 }] }), runOf(), 'statement')).toEqual([])
  })

  test('a hot table that is suddenly read whole; a small one may be', () => {
    const read = (liveRows: number, wholeReadsPerTransaction: number) =>
      runOf({}, { ...WORK, tables: [{ table: 'session_answers', liveRows, wholeReadsPerTransaction }] })
    expect(changes(read(4_800, 0.9), read(4_800, 0.01), 'scan')).toEqual(['worse'])
    expect(changes(read(400, 0.9), read(400, 0.01), 'scan')).toEqual([])
    expect(changes(read(4_800, 0.9), read(4_800, 0.85), 'scan')).toEqual(['same'])
  })

  test('a table that the last GO did not have, or had empty, and that is read whole', () => {
    const table = { table: 'answer_audit', liveRows: 4_800, wholeReadsPerTransaction: 0.9 }
    const now = runOf({}, { ...WORK, tables: [...WORK.tables, table] })
    expect(compareRuns(now, runOf()).rows).toContainEqual({
      ...{ kind: 'scan', phase: '2-load', label: 'new table, whole reads of answer_audit per transaction' },
      ...{ unit: 'count', before: null, now: 0.9, change: 'worse' },
    })
    const indexed = { ...table, wholeReadsPerTransaction: 0.01 }
    expect(changes(runOf({}, { ...WORK, tables: [...WORK.tables, indexed] }), runOf(), 'scan')).toEqual([])
  })

  test('metrics that are not on record say nothing', () => {
    expect(changes(runOf({}, null), runOf({}, { ...WORK, statements: [slow] }), 'statement')).toEqual([])
  })
})

test('what was not the same around the runs is named, and both are summed up', () => {
  const now = runOf(latencyOf(400))
  const before = runOf(latencyOf(100))
  const reseeded = { ...before, verdict: { ...before.verdict, seed: 9 } }
  expect(compareRuns(now, reseeded)).toMatchObject({
    baseline: { runId: before.verdict.runId, verdict: 'GO' },
    ...{ differences: ['seed: 9 before, 4711 now'], notComparable: [] },
    ...{ worse: 1, better: 0 },
  })
})

describe('figures of two machines are put side by side, and none is better or worse', () => {
  const [now, before] = [runOf(latencyOf(400)), runOf(latencyOf(100))]
  const { processor: _, ...unnamed } = before.verdict.environment
  const { atOnce: __, ...uncounted } = before.verdict.environment
  const environment = (over: object) => ({ environment: { ...before.verdict.environment, ...over } })
  test.for<[string, object, string]>([
    [
      'another platform',
      { platform: { name: 'aula', file: '/p.ts', hash: 'a', risks: [] } },
      'platform: aula before, reference now',
    ],
    ['another number of CPUs', environment({ cpus: 8 }), 'CPUs: 8 before, 2 now'],
    [
      'another processor',
      environment({ processor: 'Quick, arm64' }),
      'processor: Quick, arm64 before, Test Processor, x64 now',
    ],
    [
      'a processor that is not on record',
      { environment: unnamed },
      'processor: not known before, Test Processor, x64 now',
    ],
    ['another profile', { profile: 'smoke' }, 'profile: smoke before, dev now'],
    [
      'other faults',
      { faultChoice: { names: ['redis-killed'], leftOut: [] } },
      'faults: redis-killed before, those of the profile now',
    ],
    ['processes for containers', { host: 'processes' }, 'kind of host: processes before, containers now'],
    ['two phases side by side', environment({ atOnce: 2 }), 'phases side by side: 2 before, 1 now'],
    ['nobody knows how many side by side', { environment: uncounted }, 'phases side by side: not known before, 1 now'],
  ])('%s', ([, over, reason]) => {
    const elsewhere = { ...before, verdict: { ...before.verdict, ...over } as ComparedRun['verdict'] }
    expect(whyNotComparable(now.verdict, before.verdict)).toEqual([])
    expect(compareRuns(now, before)).toMatchObject({ worse: 1, notComparable: [] })
    const compared = compareRuns(now, elsewhere)
    expect(compared).toMatchObject({ worse: 0, better: 0, notComparable: [reason] })
    expect(compared.differences).toContain(reason)
    expect(compared.rows).toContainEqual({
      ...{ kind: 'latency', phase: '2-load', label: 'steady/save-answer p95', unit: 'ms' },
      ...{ before: 100, now: 400, change: 'not-comparable' },
    })
    expect(compared.rows.filter(({ change }) => change !== 'not-comparable' && change !== 'unknown')).toEqual([])
  })

  test('of runs of which neither says on what it ran, nothing is assumed', () => {
    const silent = { ...before.verdict, environment: unnamed }
    expect(whyNotComparable(silent, silent)).toEqual(['processor: not known before, not known now'])
  })
})
