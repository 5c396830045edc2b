import type { LatencySummary } from './load/latency.ts'
import type { DatabaseWork } from './observability/database-work.ts'
import { MAX_STATEMENT_MEAN_MS, MAX_WHOLE_READS, MIN_CALLS, MIN_HOT_ROWS } from './observability/hot-tables.ts'
import { redactDeep } from './redact.ts'
import type { PhaseVerdict, RunVerdict } from './run-verdict.ts'

/*
 * A difference is told only when it is larger than what healthy runs of one backend differ by. Two conditions, and both
 * must hold:
 *
 * 1. It is no accident of few samples: the 95 % confidence intervals of both runs do not overlap. For a percentile the
 *    interval is that of its rank, p ± 1.96 √(p(1-p)/n) (binomial order statistics), read between the stored
 *    percentiles; for a share of errors it is Wilson's.
 * 2. It is worth a look: by half (the factor by which a fault counts as recovered, `helpers/faults/recovery.ts`) and by
 *    100 ms, a fifth of the usual limit of 500 ms, from which on a number is a near miss, too; shares by half and by
 *    0.001 of errors or 0.05 of the pool.
 *
 * Measured: p95 of save-answer in five healthy smoke runs on two busy cores was 33, 53, 37, 40 and 114 ms, pool use in
 * the steady step 0.011, 0.032, 0.019, 0.014 and 0.063, and none of it is told.
 */
const Z_95 = 1.96
const FACTOR = 1.5
const LEAST_MS = 100
const LEAST_ERROR_SHARE = 0.001
const LEAST_POOL_SHARE = 0.05
/** A recovery is found in windows that move on by 100 ms, and depends on who asks when. */
const LEAST_RECOVERY_MS = 2_000

export type Comparison = NonNullable<RunVerdict['comparison']>
export type ComparisonRow = Comparison['rows'][number]

/** A run with what its database did, by phase; null: not on record. */
export interface ComparedRun {
  readonly verdict: RunVerdict
  readonly work: Readonly<Record<string, DatabaseWork | null>>
}

/**
 * Why figures of the two runs cannot be held against each other; empty: they can. Half the cores, two phases side by
 * side instead of one, another load (profile) or other faults move a p95 further than any change of a backend. What is not on record of one of the two may have
 * been anything, and is no match. Pure.
 */
export function whyNotComparable(now: RunVerdict, before: RunVerdict): readonly string[] {
  const must: readonly (readonly [what: string, before: unknown, now: unknown])[] = [
    ['platform', platformOf(before), platformOf(now)],
    ['profile', before.profile, now.profile],
    ['faults', faultsOf(before), faultsOf(now)],
    ['kind of host', before.host, now.host],
    ['processor', before.environment.processor, now.environment.processor],
    ['CPUs', before.environment.cpus, now.environment.cpus],
    ['phases side by side', before.environment.atOnce, now.environment.atOnce],
  ]
  return must
    .filter(([, was, is]) => was !== is || was === undefined)
    .map(([what, was, is]) => `${what}: ${was ?? 'not known'} before, ${is ?? 'not known'} now`)
}

/**
 * What got better or worse since `before`. Pure. Information for people, and never part of the verdict.
 *
 * One row for each number that both runs can have: p95 and error share by phase, step and operation; pool use; recovery
 * by fault; statements that are slow and tables that are read whole. What one of the two did not measure is `unknown`
 * and never a change, and between two machines there is no change at all, only two figures.
 */
export function compareRuns(now: ComparedRun, before: ComparedRun): Comparison {
  const obstacles = whyNotComparable(now.verdict, before.verdict)
  const compared = now.verdict.phases.flatMap((phase) => {
    const earlier = before.verdict.phases.find(({ id }) => id === phase.id)
    if (earlier === undefined) return []
    return [
      ...compareOperations(phase, earlier),
      ...comparePool(phase, earlier),
      ...compareRecovery(phase, earlier),
      ...compareWork(phase.id, now.work[phase.id] ?? null, before.work[phase.id] ?? null),
    ]
  })
  const rows = obstacles.length === 0 ? compared : compared.map(sideBySide)
  const { runId, finishedAt, verdict, source, seed } = before.verdict
  return redactDeep({
    baseline: { runId, finishedAt, verdict, sha: source.sha, seed },
    reason: null,
    differences: differences(now.verdict, before.verdict),
    notComparable: [...obstacles],
    worse: rows.filter(({ change }) => change === 'worse').length,
    better: rows.filter(({ change }) => change === 'better').length,
    rows,
  })
}

function sideBySide(row: ComparisonRow): ComparisonRow {
  return row.change === 'unknown' ? row : { ...row, change: 'not-comparable' }
}

/** What is told when there is nothing to compare with. */
export function notCompared(reason: string): Comparison {
  return redactDeep({ baseline: null, reason, differences: [], worse: 0, better: 0, rows: [] })
}

function compareOperations(now: PhaseVerdict, before: PhaseVerdict): ComparisonRow[] {
  return Object.entries(now.latency).flatMap(([operation, latency]) => {
    const earlier = before.latency[operation]
    if (earlier === undefined) return []
    const p95: ComparisonRow = {
      ...{ kind: 'latency', phase: now.id, label: `${operation} p95`, unit: 'ms' },
      ...{ before: earlier.p95Ms, now: latency.p95Ms },
      change: changeOf(earlier.p95Ms, latency.p95Ms, LEAST_MS, () => [intervalOfP95(earlier), intervalOfP95(latency)]),
    }
    const share = ({ errors, count }: LatencySummary) => (count === 0 ? null : errors / count)
    const errors: ComparisonRow = {
      ...{ kind: 'errors', phase: now.id, label: `${operation} errors`, unit: 'share' },
      ...{ before: share(earlier), now: share(latency) },
      change: changeOf(share(earlier), share(latency), LEAST_ERROR_SHARE, () => [wilson(earlier), wilson(latency)]),
    }
    return [...(p95.before === null && p95.now === null ? [] : [p95]), errors]
  })
}

function comparePool(now: PhaseVerdict, before: PhaseVerdict): ComparisonRow[] {
  const figures = (phase: PhaseVerdict) =>
    (phase.checks.find(({ id }) => id === 'database-pool')?.figures ?? []).filter(({ unit }) => unit === 'share')
  return figures(now).flatMap(({ label, measured }) => {
    const earlier = figures(before).find((figure) => figure.label === label)
    if (earlier === undefined) return []
    const change = changeOf(earlier.measured, measured, LEAST_POOL_SHARE)
    return [{ kind: 'pool', phase: now.id, label, unit: 'share', before: earlier.measured, now: measured, change }]
  })
}

function compareRecovery(now: PhaseVerdict, before: PhaseVerdict): ComparisonRow[] {
  return now.faults.flatMap(({ name, recoveryMs }) => {
    const earlier = before.faults.find((fault) => fault.name === name)
    if (earlier === undefined) return []
    const change = changeOf(earlier.recoveryMs, recoveryMs, LEAST_RECOVERY_MS)
    const label = `recovery from ${name}`
    return [{ kind: 'recovery', phase: now.id, label, unit: 'ms', before: earlier.recoveryMs, now: recoveryMs, change }]
  })
}

/** Only what is past its limit in one of the two runs; a list of every statement would bury those that matter. */
function compareWork(phase: string, now: DatabaseWork | null, before: DatabaseWork | null): ComparisonRow[] {
  if (now === null || before === null) return []
  const slow = ({ meanMs, calls }: DatabaseWork['statements'][number]) =>
    meanMs > MAX_STATEMENT_MEAN_MS && calls >= MIN_CALLS
  const slowNow = now.statements.filter(slow)
  const slowBefore = before.statements.filter(slow)
  const statements = [...new Set([...slowNow, ...slowBefore].map(({ statement }) => statement))]
  const meanOf = (work: DatabaseWork, statement: string) =>
    work.statements.find((one) => one.statement === statement)?.meanMs ?? null
  const scanned = now.tables.filter(({ liveRows }) => liveRows >= MIN_HOT_ROWS)
  return [
    ...statements.map((statement): ComparisonRow => {
      const [earlier, mean] = [meanOf(before, statement), meanOf(now, statement)]
      // Not on record: not among the statements that took most of the time, so another statement or a quick one.
      const appeared = earlier === null && slowNow.some((one) => one.statement === statement)
      const change = appeared ? 'worse' : mean === null ? 'better' : changeOf(earlier, mean, LEAST_MS)
      const label = `${appeared ? 'new slow statement' : 'mean of slow statement'}: ${statement}`
      return { kind: 'statement', phase, label, unit: 'ms', before: earlier, now: mean, change }
    }),
    ...scanned.flatMap(({ table, wholeReadsPerTransaction }): ComparisonRow[] => {
      const earlier = before.tables.find((one) => one.table === table)?.wholeReadsPerTransaction ?? null
      if (Math.max(earlier ?? Number.NEGATIVE_INFINITY, wholeReadsPerTransaction) < MAX_WHOLE_READS) return []
      // Not on record: the table was not there, or was empty. It is read whole now, which is news.
      const change = earlier === null ? 'worse' : changeOf(earlier, wholeReadsPerTransaction, MAX_WHOLE_READS / 2)
      const label = `${earlier === null ? 'new table, ' : ''}whole reads of ${table} per transaction`
      return [{ kind: 'scan', phase, label, unit: 'count', before: earlier, now: wholeReadsPerTransaction, change }]
    }),
  ]
}

type Interval = readonly [low: number, high: number]

/** Less is better in everything that is compared. */
function changeOf(
  before: number | null,
  now: number | null,
  least: number,
  intervals?: () => readonly [before: Interval, now: Interval],
): ComparisonRow['change'] {
  if (before === null || now === null) return 'unknown'
  const [less, more] = now > before ? [before, now] : [now, before]
  if (more - less < least || more < less * FACTOR) return 'same'
  if (intervals !== undefined) {
    const [one, other] = intervals()
    const apart = one[1] < other[0] || other[1] < one[0]
    if (!apart) return 'same'
  }
  return now > before ? 'worse' : 'better'
}

/** The 95 % interval of the p95, from the stored percentiles around it; open where none is stored. */
function intervalOfP95(latency: LatencySummary): Interval {
  const { count, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs } = latency
  const known: [number, number][] = []
  for (const [rank, ms] of [
    [0.5, p50Ms],
    [0.9, p90Ms],
    [0.95, p95Ms],
    [0.99, p99Ms],
    [0.999, p999Ms],
    [1, maxMs],
  ] as const) {
    if (ms !== null) known.push([rank, ms])
  }
  const half = Z_95 * Math.sqrt((0.95 * 0.05) / count)
  return [at(known, 0.95 - half, 'below'), at(known, 0.95 + half, 'above')]
}

/** The value at a rank, straight between its stored neighbours. */
function at(known: readonly (readonly [number, number])[], rank: number, side: 'below' | 'above'): number {
  const below = known.findLast(([one]) => one <= rank)
  const above = known.find(([one]) => one >= rank)
  if (below === undefined) return Number.NEGATIVE_INFINITY
  if (above === undefined) return side === 'above' ? Number.POSITIVE_INFINITY : below[1]
  if (above[0] === below[0]) return below[1]
  return below[1] + ((rank - below[0]) / (above[0] - below[0])) * (above[1] - below[1])
}

/** Wilson's 95 % interval of a share of errors. */
function wilson({ errors, count }: LatencySummary): Interval {
  const share = errors / count
  const z2 = Z_95 ** 2
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count)
  const half = (Z_95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count ** 2))
  return [middle - half, middle + half]
}

/** How the backend was spoken to. Another name is another backend; another text of the adapter only may be one. */
function platformOf({ platform }: RunVerdict): string {
  return platform?.name ?? 'reference'
}

/** Which faults were played: the same operation is slower among others. */
function faultsOf({ faultChoice }: RunVerdict): string {
  return faultChoice === null ? 'those of the profile' : faultChoice.names.toSorted().join(', ')
}

/** What was not the same around the two runs, and may be why the numbers differ. */
function differences(now: RunVerdict, before: RunVerdict): string[] {
  const pairs: [string, unknown, unknown][] = [
    ['seed', before.seed, now.seed],
    ['source', before.source.sha, now.source.sha],
    ['platform', platformOf(before), platformOf(now)],
    ['profile', before.profile, now.profile],
    ['faults', faultsOf(before), faultsOf(now)],
    ['kind of host', before.host, now.host],
    ['Node.js', before.environment.node, now.environment.node],
    ['processor', before.environment.processor, now.environment.processor],
    ['CPUs', before.environment.cpus, now.environment.cpus],
    ['phases side by side', before.environment.atOnce, now.environment.atOnce],
    ['memory, bytes', before.environment.memoryBytes, now.environment.memoryBytes],
    ...recordPairs('image of ', before.environment.images, now.environment.images),
    ...recordPairs('version of ', before.environment.versions, now.environment.versions),
    ...recordPairs('', before.environment.settings ?? {}, now.environment.settings ?? {}),
  ]
  return pairs
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `${name}: ${was ?? 'not known'} before, ${is ?? 'not known'} now`)
}

function recordPairs(
  prefix: string,
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): [string, unknown, unknown][] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].map((key) => [
    `${prefix}${key}`,
    before[key],
    now[key],
  ])
}
