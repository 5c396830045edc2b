import { OPERATION_NAMES, type OperationName } from '../history/operation.ts'
import { OUTCOME_TABLE, type Outcome } from '../history/outcome.ts'
import { type LatencyHistogram, latencyHistogram, recordUs } from './histogram.ts'

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
  /** The samples that completed at or after `fromUs`, newest last; cheap for a recent `fromUs`. */
  since(fromUs: number): Iterable<Sample>
  /** Calls `visit` with the lag of every dispatch that was made after `fromUs`, newest last. */
  eachLagSince(fromUs: number, visit: (lagUs: number) => void): void
}

const OUTCOMES: readonly Outcome[] = ['ok', 'fail', 'info']

const REASONS: readonly string[] = [...Object.keys(OUTCOME_TABLE), 'other']
const OTHER_REASON = REASONS.length - 1
const REASON_CODES: ReadonlyMap<string, number> = new Map(REASONS.map((reason, code) => [reason, code]))

/**
 * A columnar ledger in memory: times and codes in typed arrays, 36 bytes an attempt. An object per operation would cost
 * twenty times that, and a histogram per window and operation more than the samples themselves.
 */
export function createMeter(): Measurements {
  const attempts = { times: columns(3, Float64Array), codes: columns(6, Uint16Array) }
  const logicals = { times: columns(3, Float64Array), codes: columns(6, Uint16Array) }
  const lags = columns(2, Float64Array)
  const connections = latencyHistogram()
  let errors = 0

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
      if (error) errors += 1
      attempts.times.push(intendedUs, sentUs, completedUs)
      attempts.codes.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        OUTCOMES.indexOf(outcome),
        error ? 1 : 0,
        attempt,
        REASON_CODES.get(reason) ?? OTHER_REASON,
      )
    },
    logical({ step, f, intendedUs, waitingSinceUs, completedUs, attempts: tries, error, firstError, exhausted }) {
      logicals.times.push(intendedUs, completedUs, waitingSinceUs)
      logicals.codes.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        tries,
        error ? 1 : 0,
        firstError ? 1 : 0,
        exhausted ? 1 : 0,
      )
    },
    connected: (setupUs) => recordUs(connections, setupUs),
    dispatched: (dueUs, lagUs) => lags.push(dueUs, lagUs),
    get attempts() {
      return attempts.times.rows
    },
    get errors() {
      return errors
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
          error: codes.get(row, 3) === 1,
          firstError: codes.get(row, 4) === 1,
          exhausted: codes.get(row, 5) === 1,
        }
      }
    },
    *lags() {
      for (let row = 0; row < lags.rows; row += 1) yield { dueUs: lags.get(row, 0), lagUs: lags.get(row, 1) }
    },
    *since(fromUs) {
      const { times } = attempts
      let row = times.rows
      while (row > 0 && times.get(row - 1, 2) >= fromUs) row -= 1
      for (; row < times.rows; row += 1) yield sampleAt(row)
    },
    eachLagSince(fromUs, visit) {
      // Recorded when dispatched, so due + lag never decreases.
      let row = lags.rows
      while (row > 0 && lags.get(row - 1, 0) + lags.get(row - 1, 1) >= fromUs) row -= 1
      for (; row < lags.rows; row += 1) visit(lags.get(row, 1))
    },
  }
}

/** So many rows are taken at a time: a table that grows never has to be copied. */
const ROWS_AT_ONCE = 8_192

interface Columns {
  readonly rows: number
  /** As many numbers as there are columns. No rest parameter: it would make a list of each row. */
  push(a: number, b: number, c?: number, d?: number, e?: number, f?: number): void
  get(row: number, column: number): number
}

/** Rows of `width` numbers, in typed arrays of this kind. */
function columns(width: 2 | 3 | 6, kind: Float64ArrayConstructor | Uint16ArrayConstructor): Columns {
  const parts: (Float64Array | Uint16Array)[] = []
  let part: Float64Array | Uint16Array = new kind(0)
  let at = 0
  let rows = 0
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
  }
}
