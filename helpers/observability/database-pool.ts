import type { Figure, Verdict } from '../verdict.ts'
import { conclude, looksAt, type Observed } from './observed.ts'
import type { PoolPulse } from './probe-backend.ts'

/** The check, without its answer. */
export const DATABASE_POOL = {
  id: 'database-pool',
  title: 'In every step the pool of database connections keeps its reserve',
  gate: 'database-pool',
} as const

/** The barrier has a rule of its own (everybody in within seconds); the warm-up is never judged. */
const STEPS_NOT_JUDGED: ReadonlySet<string> = new Set(['warm-up', 'start-burst'])
/** A share of fewer looks is an accident. */
const MIN_LOOKS_PER_STEP = 3
/** As with looks that fail altogether: of so many at most a worker may be missing. */
const MAX_SHARE_WITHOUT_A_WORKER = 0.2
/** Requests that wait for a connection for longer, without a pause, are a near miss. */
const MAX_WAIT_S = 5

interface Look {
  readonly timeUs: number
  readonly pool: PoolPulse
}

/**
 * Busy connection time ÷ (pool size × time), in each step of the day outside barrier, faults and recoveries; estimated
 * by looking once a second at how many connections are lent out. False from `limit` on. Without looks it is unknown, and
 * also when a worker was silent for long: the one that has no time to answer is the one whose pool is full.
 *
 * @param limit 0..1, `thresholds.databasePool` of the profile.
 */
export function judgeDatabasePool(observed: Observed, limit: number): Verdict {
  const looks = looksAt(observed, 'backend')
  const pools = looks.known.flatMap(({ timeUs, value }) => (value.pool === null ? [] : [{ timeUs, pool: value.pool }]))
  const barriers = observed.steps.filter(({ name }) => name === 'start-burst')
  const judged = pools.filter(({ timeUs }) => !barriers.some((step) => isWithin(step, timeUs)))
  const figures: Figure[] = []
  const found: string[] = []
  let steps = 0
  for (const step of observed.steps) {
    if (STEPS_NOT_JUDGED.has(step.name)) continue
    const inStep = judged.filter(({ timeUs }) => isWithin(step, timeUs))
    if (inStep.length < MIN_LOOKS_PER_STEP) continue
    const size = inStep.reduce((sum, { pool }) => sum + pool.size, 0)
    if (size === 0) continue
    steps += 1
    const share = inStep.reduce((sum, { pool }) => sum + pool.inUse, 0) / size
    figures.push({ label: `pool busy in ${step.name}`, measured: share, limit, unit: 'share', bad: 'above' })
    if (share >= limit) found.push(`in ${step.name} ${(share * 100).toFixed(0)} % of the connections were busy`)
  }
  const waitedS = longestWaitS(judged)
  figures.push({
    label: 'requests waited for a connection without a pause',
    measured: pools.length === 0 ? null : waitedS,
    limit: MAX_WAIT_S,
    unit: 's',
    bad: 'above',
  })
  if (steps === 0) figures.unshift({ label: 'pool busy', measured: null, limit, unit: 'share', bad: 'above' })
  const reporting = looks.known.flatMap(({ value }) =>
    value.workersReporting === null ? [] : [value.workersReporting],
  )
  const mostReporting = reporting.reduce((most, workers) => Math.max(most, workers), 0)
  const silent = reporting.filter((workers) => workers < mostReporting).length
  const gap =
    looks.gap ??
    (silent > looks.known.length * MAX_SHARE_WITHOUT_A_WORKER
      ? `in ${silent} of ${looks.known.length} looks a worker did not tell its pool, ${mostReporting} did at most`
      : undefined) ??
    (pools.length < looks.known.length
      ? `the backend published no pool figures in ${looks.known.length - pools.length} of ${looks.known.length} looks`
      : steps === 0
        ? `no step has ${MIN_LOOKS_PER_STEP} looks outside barrier and faults`
        : undefined)
  return conclude(DATABASE_POOL, found, gap, {
    counts: { looks: pools.length, judged: judged.length, steps, looksWithWaiters: judged.filter(hasWaiters).length },
    figures,
  })
}

function isWithin(step: { readonly startedMs: number; readonly durationMs: number }, timeUs: number): boolean {
  return timeUs >= step.startedMs * 1_000 && timeUs <= (step.startedMs + step.durationMs) * 1_000
}

function hasWaiters({ pool }: Look): boolean {
  return pool.waiting > 0
}

/** From the first look of a stretch with waiters to the last, seconds; one look alone is a moment. */
function longestWaitS(looks: readonly Look[]): number {
  let longestUs = 0
  let sinceUs: number | undefined
  for (const look of looks) {
    if (!hasWaiters(look)) sinceUs = undefined
    else {
      sinceUs ??= look.timeUs
      longestUs = Math.max(longestUs, look.timeUs - sinceUs)
    }
  }
  return longestUs / 1e6
}
