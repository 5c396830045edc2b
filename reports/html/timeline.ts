import type { Operation } from '../../helpers/history/operation.ts'
import { samplesNeeded } from '../../helpers/load/histogram.ts'

/** Most points of a line: what a screen can show, and what keeps a report of hours small. */
export const MAX_POINTS = 300
/** Widths that people can read off an axis, seconds. */
const WIDTHS_S = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1_800, 3_600]
/**
 * Percentiles are of the 10 s that end with a stretch, as long as the window that response times are judged by (P7). A
 * window around it would show a fault before it began.
 */
const PERCENTILE_WINDOW_US = 10_000_000

/** One stretch of time. Counts are of the stretch; null: not measured, or too few to say. */
export interface Moment {
  /** Where the stretch begins, µs since the run's epoch. */
  readonly fromUs: number
  /** Attempts that were meant to be sent here. */
  readonly offered: number
  /** Things candidates wanted that were acknowledged here, each once however often it was tried. */
  readonly goodput: number
  /** Attempts meant for here that certainly had no effect, and those whose outcome the candidate never learned. */
  readonly fail: number
  readonly info: number
  /** Of the 10 s that end with the stretch (of the stretch, where that is longer), from the intended time. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  /** The slowest of this stretch alone. */
  readonly maxMs: number | null
}

export interface Timeline {
  readonly stretchUs: number
  readonly moments: readonly Moment[]
  /** Attempts without an end in the history; they have no latency. */
  readonly open: number
}

/** What the latency of one operation was, over a whole phase. */
export interface Spread {
  readonly operation: string
  /** Upper edges in ms of the bins that hold something, first to last without a hole. */
  readonly bins: readonly {
    readonly fromMs: number
    readonly toMs: number
    readonly ok: number
    readonly not: number
  }[]
  readonly measured: number
  readonly open: number
}

interface Attempt {
  readonly intendedUs: number
  readonly latencyMs: number | null
}

/**
 * Fold the operations of a phase into at most 300 stretches and one spread an operation. Pure; `operations` is walked
 * once. Undefined when there was none.
 */
export function foldOperations(
  operations: Iterable<Operation>,
): { readonly timeline: Timeline; readonly spreads: readonly Spread[] } | undefined {
  const attempts: Attempt[] = []
  const outcomes: Operation['outcome'][] = []
  const acknowledgedUs: number[] = []
  const acknowledged = new Set<string>()
  const spreads = new Map<string, { ok: number[]; not: number[]; open: number }>()
  let fromUs = Number.POSITIVE_INFINITY
  let toUs = Number.NEGATIVE_INFINITY
  let open = 0

  for (const operation of operations) {
    const { intendedUs, completedUs, outcome, f } = operation
    const latencyMs = completedUs === null ? null : (completedUs - intendedUs) / 1_000
    attempts.push({ intendedUs, latencyMs })
    outcomes.push(outcome)
    fromUs = Math.min(fromUs, intendedUs)
    toUs = Math.max(toUs, intendedUs, completedUs ?? intendedUs)
    const spread = spreads.get(f) ?? { ok: [], not: [], open: 0 }
    spreads.set(f, spread)
    if (latencyMs === null) {
      open += 1
      spread.open += 1
    } else {
      const bin = binOf(latencyMs)
      const counts = outcome === 'ok' ? spread.ok : spread.not
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    if (outcome === 'ok' && completedUs !== null && isFirstAcknowledgement(operation, acknowledged)) {
      acknowledgedUs.push(completedUs)
    }
  }
  if (attempts.length === 0) return undefined
  return {
    timeline: { ...divide(attempts, outcomes, acknowledgedUs, fromUs, toUs), open },
    spreads: [...spreads].map(([operation, counts]) => toSpread(operation, counts)),
  }
}

function isFirstAcknowledgement(operation: Operation, acknowledged: Set<string>): boolean {
  const wish = operation.nonce ?? operation.idempotencyKey
  if (wish === undefined) return true
  const key = `${operation.f} ${wish}`
  if (acknowledged.has(key)) return false
  acknowledged.add(key)
  return true
}

function divide(
  attempts: readonly Attempt[],
  outcomes: readonly Operation['outcome'][],
  acknowledgedUs: readonly number[],
  firstUs: number,
  lastUs: number,
): Omit<Timeline, 'open'> {
  const stretchUs = stretchFor(lastUs - firstUs)
  const fromUs = Math.floor(firstUs / stretchUs) * stretchUs
  const length = Math.floor((lastUs - fromUs) / stretchUs) + 1
  const counts = () => Array.from({ length }, () => 0)
  const at = (timeUs: number) => Math.floor((timeUs - fromUs) / stretchUs)
  const offered = counts()
  const goodput = counts()
  const fail = counts()
  const info = counts()
  const latencies: number[][] = Array.from({ length }, () => [])
  const add = (column: number[], timeUs: number) => {
    column[at(timeUs)] = (column[at(timeUs)] as number) + 1
  }
  for (const [index, { intendedUs, latencyMs }] of attempts.entries()) {
    add(offered, intendedUs)
    if (outcomes[index] === 'fail') add(fail, intendedUs)
    if (outcomes[index] === 'info') add(info, intendedUs)
    if (latencyMs !== null) latencies[at(intendedUs)]?.push(latencyMs)
  }
  for (const timeUs of acknowledgedUs) add(goodput, timeUs)

  const reach = Math.max(1, Math.floor(PERCENTILE_WINDOW_US / stretchUs))
  const moments = latencies.map((own, index): Moment => {
    const window = latencies.slice(Math.max(0, index + 1 - reach), index + 1).flat()
    window.sort((one, other) => one - other)
    return {
      fromUs: fromUs + index * stretchUs,
      offered: offered[index] as number,
      goodput: goodput[index] as number,
      fail: fail[index] as number,
      info: info[index] as number,
      p50Ms: own.length === 0 ? null : percentile(window, 0.5),
      p95Ms: own.length === 0 ? null : percentile(window, 0.95),
      p99Ms: own.length === 0 ? null : percentile(window, 0.99),
      maxMs: own.length === 0 ? null : own.reduce((slowest, ms) => Math.max(slowest, ms), 0),
    }
  })
  return { stretchUs, moments }
}

/** The narrowest width of which 300 are enough. A run longer than that takes whole hours. */
function stretchFor(spanUs: number): number {
  // One stretch is lost to beginning at a round time.
  const neededS = spanUs / 1e6 / (MAX_POINTS - 1)
  const widthS = WIDTHS_S.find((width) => width >= neededS) ?? Math.ceil(neededS / 3_600) * 3_600
  return widthS * 1e6
}

function percentile(sorted: readonly number[], p: number): number | null {
  if (sorted.length < samplesNeeded(p)) return null
  return sorted[Math.ceil(sorted.length * p) - 1] as number
}

/** Edges within a decade: fine enough for a shape, round enough for a table. */
const MANTISSAS = [1, 1.5, 2, 3, 5, 7]
const LOWEST_DECADE = -1

/** Bin 0 holds what took less than 0.1 ms. */
function binOf(latencyMs: number): number {
  let bin = 0
  while (latencyMs >= edgeMs(bin)) bin += 1
  return bin
}

/** Upper edge of a bin, ms. */
function edgeMs(bin: number): number {
  const decade = LOWEST_DECADE + Math.floor(bin / MANTISSAS.length)
  return Number(((MANTISSAS[bin % MANTISSAS.length] as number) * 10 ** decade).toPrecision(3))
}

function toSpread(operation: string, counts: { ok: number[]; not: number[]; open: number }): Spread {
  const filled = [...Object.keys(counts.ok), ...Object.keys(counts.not)].map(Number)
  const bins: { fromMs: number; toMs: number; ok: number; not: number }[] = []
  if (filled.length > 0) {
    for (let bin = Math.min(...filled); bin <= Math.max(...filled); bin += 1) {
      // A bin that nothing fell into was counted, and holds none.
      const [ok = 0, not = 0] = [counts.ok[bin], counts.not[bin]]
      bins.push({ fromMs: bin === 0 ? 0 : edgeMs(bin - 1), toMs: edgeMs(bin), ok, not })
    }
  }
  const measured = bins.reduce((sum, { ok, not }) => sum + ok + not, 0)
  return { operation, bins, measured, open: counts.open }
}

/** A point of a line: seconds since the run's epoch, and a value or a gap. */
export type Point = readonly [timeS: number, value: number | null]

/**
 * At most `most` points: neighbours are merged by `merge`, and a group in which nothing was measured is a gap. Time is
 * that of the first of a group.
 */
export function thin(
  points: readonly Point[],
  merge: (values: readonly number[]) => number,
  most: number = MAX_POINTS,
): readonly Point[] {
  const size = Math.ceil(points.length / most)
  if (size <= 1) return points
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const group = points.slice(index * size, (index + 1) * size)
    const values = group.flatMap(([, value]) => (value === null ? [] : [value]))
    return [group[0]?.[0] as number, values.length === 0 ? null : merge(values)] as const
  })
}

/** For what must not be smoothed away. */
export const highest = (values: readonly number[]): number => values.reduce((one, other) => Math.max(one, other))
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
