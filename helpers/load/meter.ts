import { OPERATION_NAMES, type OperationName } from '../history/operation.ts'
import { OUTCOME_TABLE, type Outcome } from '../history/outcome.ts'
import {
  countsOf,
  type HistogramCounts,
  type LatencyHistogram,
  latencyHistogram,
  mergeCounts,
  recordUs,
} from './histogram.ts'

/** The parts of an exam day, in order. */
export const STEP_NAMES = ['warm-up', 'arrivals', 'start-burst', 'steady', 'submit-spike', 'drain'] as const

export type StepName = (typeof STEP_NAMES)[number]

/** One attempt, as measured. Times are µs since the run's epoch. */
export interface Sample {
  readonly step: StepName
  readonly f: OperationName
  readonly intendedUs: number
  readonly sentUs: number
  readonly completedUs: number
  readonly outcome: Outcome
  /** Row of the outcome table, or `other` for a reason that only an adapter knows. */
  readonly reason: string
  /** Neither ok nor an expected refusal (superseded, exam not yet open). */
  readonly error: boolean
  readonly attempt: number
}

/** One thing a candidate wanted, over all its attempts. */
export interface LogicalSample {
  readonly step: StepName
  readonly f: OperationName
  readonly intendedUs: number
  readonly completedUs: number
  /**
   * From when the wait counts: the intended time, or that of the attempt after the last one that says nothing about the
   * backend's speed (a door not yet open, no socket on our own side).
   */
  readonly waitingSinceUs: number
  readonly attempts: number
  /** It failed or stayed unresolved. */
  readonly error: boolean
  /** The first attempt failed. A renewed token and a socket that the generator did not have are no failures of it. */
  readonly firstError: boolean
  /** The last attempt was never sent, because the generator had no socket left: nothing about the backend. */
  readonly exhausted: boolean
  /** Why it failed, or else why its first attempt did, as in `Sample`; `success` where neither did. */
  readonly reason: string
  /** It failed, or its first attempt did, and no want of time explains why (`slowness.ts`). */
  readonly refused: boolean
}

/** Where measurements go while they are made; cheap enough for the hot path. */
export interface Meter {
  attempt(sample: Sample): void
  logical(sample: LogicalSample): void
  /** Setting up one connection, µs; kept apart from the requests on it (P11). */
  connected(setupUs: number): void
  /** How late the generator started something that was due, µs. */
  dispatched(dueUs: number, lagUs: number): void
}

/** What was measured. Percentiles are computed from the samples when asked, so that any part can be left out later. */
export interface Measurements extends Meter {
  readonly attempts: number
  /** Attempts that went wrong. */
  readonly errors: number
  readonly connections: LatencyHistogram
  /** Samples in order of completion. Iterating costs one object a sample: for judging, not for the hot path. */
  samples(): Iterable<Sample>
  logicals(): Iterable<LogicalSample>
  lags(): Iterable<{ readonly dueUs: number; readonly lagUs: number }>
  /**
   * Calls `visit` with each attempt that completed at or after `fromUs`, newest last, and makes no object of it: it is
   * asked every second while the load runs.
   */
  eachSince(fromUs: number, visit: (intendedUs: number, completedUs: number, reason: string) => void): void
  /** Calls `visit` with the lag of every dispatch that was made after `fromUs`, newest last. */
  eachLagSince(fromUs: number, visit: (lagUs: number) => void): void
}

const OUTCOMES: readonly Outcome[] = ['ok', 'fail', 'info']

const REASONS: readonly string[] = [...Object.keys(OUTCOME_TABLE), 'other']
const OTHER_REASON = REASONS.length - 1
/** Nearly all: not looked up. */
const SUCCESS = REASONS.indexOf('success')
const REASON_CODES: ReadonlyMap<string, number> = new Map(REASONS.map((reason, code) => [reason, code]))

/** What is measured in one thread. */
export interface ThreadMeter extends Measurements {
  /** Everything so far, to hand it to another thread; not a copy, so nothing may be measured after it was transferred. */
  tables(): MeterTables
}

/** What one thread measured: rows in typed arrays, which can be transferred. Serialisable; made and read here only. */
export interface MeterTables {
  readonly attempts: TimesAndCodes
  readonly logicals: TimesAndCodes
  readonly lags: Table
  readonly connections: HistogramCounts
}

interface TimesAndCodes {
  readonly times: Table
  readonly codes: Table
}

interface Table {
  readonly rows: number
  readonly parts: readonly Numbers[]
}

type Numbers = Float64Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

/** Columns by what they hold, and the connections. */
interface Ledger {
  readonly attempts: { readonly times: Columns; readonly codes: Columns }
  readonly logicals: { readonly times: Columns; readonly codes: Columns }
  readonly lags: Columns
  readonly connections: LatencyHistogram
  errors: number
}

/** Column of the times of an attempt and of a wish in which its completion is; of the codes of an attempt its error. */
const COMPLETED = { attempt: 2, logical: 1 } as const
const ERROR_CODE = 3

/** What a wish was, in one code: a row has no room for one of each. */
const FLAGS = { error: 1, refused: 2, exhausted: 4 } as const

/**
 * A columnar ledger in memory: times and codes in typed arrays, 36 bytes an attempt. An object per operation would cost
 * twenty times that, and a histogram per window and operation more than the samples themselves.
 */
export function createMeter(): ThreadMeter {
  return meterOver({
    attempts: { times: columns(3, Float64Array), codes: columns(6, Uint16Array) },
    logicals: { times: columns(3, Float64Array), codes: columns(6, Uint16Array) },
    lags: columns(2, Float64Array),
    connections: latencyHistogram(),
    errors: 0,
  })
}

/**
 * What several threads measured, as if one had: every row of each, in order of completion. Rows and counts are put
 * together, never percentiles.
 */
export function mergeMeasurements(threads: readonly MeterTables[]): Measurements {
  const [attempts, logicals] = [threads.map(({ attempts }) => attempts), threads.map(({ logicals }) => logicals)]
  const merged: Ledger = {
    attempts: mergeRows(attempts, COMPLETED.attempt),
    logicals: mergeRows(logicals, COMPLETED.logical),
    lags: mergeLags(threads.map(({ lags }) => lags)),
    connections: mergeCounts(threads.map(({ connections }) => connections)),
    errors: 0,
  }
  const { codes } = merged.attempts
  for (let row = 0; row < codes.rows; row += 1) merged.errors += codes.get(row, ERROR_CODE)
  return meterOver(merged)
}

/** The buffers in it, for the list of what is transferred. */
export function buffersOf({ attempts, logicals, lags, connections }: MeterTables): readonly ArrayBuffer[] {
  const tables = [attempts.times, attempts.codes, logicals.times, logicals.codes, lags]
  return [...tables.flatMap(({ parts }) => parts.map(({ buffer }) => buffer)), connections.pairs.buffer]
}

function meterOver(ledger: Ledger): ThreadMeter {
  const { attempts, logicals, lags, connections } = ledger

  const sampleAt = (row: number): Sample => ({
    step: STEP_NAMES[attempts.codes.get(row, 0)] as StepName,
    f: OPERATION_NAMES[attempts.codes.get(row, 1)] as OperationName,
    intendedUs: attempts.times.get(row, 0),
    sentUs: attempts.times.get(row, 1),
    completedUs: attempts.times.get(row, 2),
    outcome: OUTCOMES[attempts.codes.get(row, 2)] as Outcome,
    error: attempts.codes.get(row, 3) === 1,
    attempt: attempts.codes.get(row, 4),
    reason: REASONS[attempts.codes.get(row, 5)] as string,
  })

  return {
    attempt({ step, f, intendedUs, sentUs, completedUs, outcome, reason, error, attempt }) {
      if (error) ledger.errors += 1
      attempts.times.push(intendedUs, sentUs, completedUs)
      attempts.codes.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        OUTCOMES.indexOf(outcome),
        error ? 1 : 0,
        attempt,
        codeOf(reason),
      )
    },
    logical(wish) {
      const { step, f, intendedUs, waitingSinceUs, completedUs, attempts: tries, reason } = wish
      logicals.times.push(intendedUs, completedUs, waitingSinceUs)
      logicals.codes.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        tries,
        (wish.error ? FLAGS.error : 0) | (wish.refused ? FLAGS.refused : 0) | (wish.exhausted ? FLAGS.exhausted : 0),
        wish.firstError ? 1 : 0,
        codeOf(reason),
      )
    },
    connected: (setupUs) => recordUs(connections, setupUs),
    dispatched: (dueUs, lagUs) => lags.push(dueUs, lagUs),
    get attempts() {
      return attempts.times.rows
    },
    get errors() {
      return ledger.errors
    },
    connections,
    *samples() {
      for (let row = 0; row < attempts.times.rows; row += 1) yield sampleAt(row)
    },
    *logicals() {
      const { times, codes } = logicals
      for (let row = 0; row < times.rows; row += 1) {
        yield {
          step: STEP_NAMES[codes.get(row, 0)] as StepName,
          f: OPERATION_NAMES[codes.get(row, 1)] as OperationName,
          intendedUs: times.get(row, 0),
          completedUs: times.get(row, 1),
          waitingSinceUs: times.get(row, 2),
          attempts: codes.get(row, 2),
          error: (codes.get(row, 3) & FLAGS.error) !== 0,
          firstError: codes.get(row, 4) === 1,
          exhausted: (codes.get(row, 3) & FLAGS.exhausted) !== 0,
          reason: REASONS[codes.get(row, 5)] as string,
          refused: (codes.get(row, 3) & FLAGS.refused) !== 0,
        }
      }
    },
    *lags() {
      for (let row = 0; row < lags.rows; row += 1) yield { dueUs: lags.get(row, 0), lagUs: lags.get(row, 1) }
    },
    eachSince(fromUs, visit) {
      const { times, codes } = attempts
      let row = times.rows
      while (row > 0 && times.get(row - 1, 2) >= fromUs) row -= 1
      for (; row < times.rows; row += 1)
        visit(times.get(row, 0), times.get(row, 2), REASONS[codes.get(row, 5)] as string)
    },
    eachLagSince(fromUs, visit) {
      // Recorded when dispatched, so due + lag never decreases.
      let row = lags.rows
      while (row > 0 && lags.get(row - 1, 0) + lags.get(row - 1, 1) >= fromUs) row -= 1
      for (; row < lags.rows; row += 1) visit(lags.get(row, 1))
    },
    tables: () => ({
      attempts: { times: attempts.times.table(), codes: attempts.codes.table() },
      logicals: { times: logicals.times.table(), codes: logicals.codes.table() },
      lags: lags.table(),
      connections: countsOf(connections),
    }),
  }
}

function codeOf(reason: string): number {
  return reason === 'success' ? SUCCESS : (REASON_CODES.get(reason) ?? OTHER_REASON)
}

function mergeRows(threads: readonly TimesAndCodes[], completed: number): Ledger['attempts'] {
  const sources = threads.map(({ times, codes }) => ({
    times: columns(3, Float64Array, times),
    codes: columns(6, Uint16Array, codes),
  }))
  const times = columns(3, Float64Array)
  const codes = columns(6, Uint16Array)
  inOrder(
    sources.map((source) => ({ rows: source.times.rows, key: (row) => source.times.get(row, completed) })),
    (thread, row) => {
      const source = sources[thread] as (typeof sources)[number]
      copyRow(source.times, row, times)
      copyRow(source.codes, row, codes)
    },
  )
  return { times, codes }
}

/** By when they were dispatched: see `eachLagSince`. */
function mergeLags(threads: readonly Table[]): Columns {
  const sources = threads.map((table) => columns(2, Float64Array, table))
  const lags = columns(2, Float64Array)
  inOrder(
    sources.map((source) => ({ rows: source.rows, key: (row) => source.get(row, 0) + source.get(row, 1) })),
    (thread, row) => copyRow(sources[thread] as Columns, row, lags),
  )
  return lags
}

/** Visit the rows of all sources by their key; those of one source stay in the order they have. */
function inOrder(
  sources: readonly { readonly rows: number; key(row: number): number }[],
  visit: (source: number, row: number) => void,
): void {
  const next = sources.map(() => 0)
  const keys = sources.map(({ rows, key }) => (rows === 0 ? Number.POSITIVE_INFINITY : key(0)))
  for (let left = sources.reduce((sum, { rows }) => sum + rows, 0); left > 0; left -= 1) {
    // There are as many sources as processors at most: looking through them costs less than a heap.
    const source = keys.indexOf(Math.min(...keys))
    const row = next[source] as number
    visit(source, row)
    const { rows, key } = sources[source] as (typeof sources)[number]
    next[source] = row + 1
    keys[source] = row + 1 < rows ? key(row + 1) : Number.POSITIVE_INFINITY
  }
}

/** So many rows are taken at a time: a table that grows never has to be copied. */
const ROWS_AT_ONCE = 8_192

interface Columns {
  readonly rows: number
  /** As many numbers as there are columns. No rest parameter: it would make a list of each row. */
  push(a: number, b: number, c?: number, d?: number, e?: number, f?: number): void
  get(row: number, column: number): number
  /** The rows themselves, no copy. */
  table(): Table
}

/** Rows of `width` numbers, in typed arrays of this kind; those of `kept` are read where they are. */
function columns(
  width: 2 | 3 | 6,
  kind: Float64ArrayConstructor | Uint16ArrayConstructor,
  kept: Table = { rows: 0, parts: [] },
): Columns {
  const parts: Numbers[] = [...kept.parts]
  let part: Numbers = parts.at(-1) ?? new kind(0)
  let rows = kept.rows
  let at = (rows % ROWS_AT_ONCE) * width
  return {
    get rows() {
      return rows
    },
    push(a, b, c = 0, d = 0, e = 0, f = 0) {
      if (rows % ROWS_AT_ONCE === 0) {
        part = new kind(ROWS_AT_ONCE * width)
        parts.push(part)
        at = 0
      }
      part[at] = a
      part[at + 1] = b
      if (width > 2) part[at + 2] = c
      if (width > 3) {
        part[at + 3] = d
        part[at + 4] = e
        part[at + 5] = f
      }
      at += width
      rows += 1
    },
    get: (row, column) => parts[Math.floor(row / ROWS_AT_ONCE)]?.[(row % ROWS_AT_ONCE) * width + column] as number,
    table: () => ({ rows, parts }),
  }
}

/** Columns that there are not are read from the next row, and not written. */
function copyRow(from: Columns, row: number, to: Columns): void {
  const { get } = from
  to.push(get(row, 0), get(row, 1), get(row, 2), get(row, 3), get(row, 4), get(row, 5))
}
