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
  /** Dispatches that were made after `fromUs`. */
  lagsSince(fromUs: number): Iterable<{ readonly dueUs: number; readonly lagUs: number }>
}

const OUTCOMES: readonly Outcome[] = ['ok', 'fail', 'info']

const REASONS: readonly string[] = Object.keys(OUTCOME_TABLE)

/**
 * A columnar ledger in memory: numbers in one typed array, 72 bytes an attempt. An object per operation would cost ten
 * times that, and a histogram per window and operation more than the samples themselves.
 */
export function createMeter(): Measurements {
  const attempts = columns(9)
  const logicals = columns(9)
  const lags = columns(2)
  const connections = latencyHistogram()
  let errors = 0

  const sampleAt = (row: number): Sample => ({
    step: STEP_NAMES[attempts.get(row, 0)] as StepName,
    f: OPERATION_NAMES[attempts.get(row, 1)] as OperationName,
    intendedUs: attempts.get(row, 2),
    sentUs: attempts.get(row, 3),
    completedUs: attempts.get(row, 4),
    outcome: OUTCOMES[attempts.get(row, 5)] as Outcome,
    error: attempts.get(row, 6) === 1,
    attempt: attempts.get(row, 7),
    reason: REASONS[attempts.get(row, 8)] ?? 'other',
  })

  return {
    attempt({ step, f, intendedUs, sentUs, completedUs, outcome, reason, error, attempt }) {
      if (error) errors += 1
      attempts.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        intendedUs,
        sentUs,
        completedUs,
        OUTCOMES.indexOf(outcome),
        error ? 1 : 0,
        attempt,
        REASONS.indexOf(reason),
      )
    },
    logical({ step, f, intendedUs, waitingSinceUs, completedUs, attempts: tries, error, firstError, exhausted }) {
      logicals.push(
        STEP_NAMES.indexOf(step),
        OPERATION_NAMES.indexOf(f),
        intendedUs,
        completedUs,
        tries,
        error ? 1 : 0,
        waitingSinceUs,
        firstError ? 1 : 0,
        exhausted ? 1 : 0,
      )
    },
    connected: (setupUs) => recordUs(connections, setupUs),
    dispatched: (dueUs, lagUs) => lags.push(dueUs, lagUs),
    get attempts() {
      return attempts.rows
    },
    get errors() {
      return errors
    },
    connections,
    *samples() {
      for (let row = 0; row < attempts.rows; row += 1) yield sampleAt(row)
    },
    *logicals() {
      for (let row = 0; row < logicals.rows; row += 1) {
        yield {
          step: STEP_NAMES[logicals.get(row, 0)] as StepName,
          f: OPERATION_NAMES[logicals.get(row, 1)] as OperationName,
          intendedUs: logicals.get(row, 2),
          completedUs: logicals.get(row, 3),
          attempts: logicals.get(row, 4),
          error: logicals.get(row, 5) === 1,
          waitingSinceUs: logicals.get(row, 6),
          firstError: logicals.get(row, 7) === 1,
          exhausted: logicals.get(row, 8) === 1,
        }
      }
    },
    *lags() {
      for (let row = 0; row < lags.rows; row += 1) yield { dueUs: lags.get(row, 0), lagUs: lags.get(row, 1) }
    },
    *since(fromUs) {
      let row = attempts.rows
      while (row > 0 && attempts.get(row - 1, 4) >= fromUs) row -= 1
      for (; row < attempts.rows; row += 1) yield sampleAt(row)
    },
    *lagsSince(fromUs) {
      // Recorded when dispatched, so due + lag never decreases.
      let row = lags.rows
      while (row > 0 && lags.get(row - 1, 0) + lags.get(row - 1, 1) >= fromUs) row -= 1
      for (; row < lags.rows; row += 1) yield { dueUs: lags.get(row, 0), lagUs: lags.get(row, 1) }
    },
  }
}

const FIRST_CAPACITY = 4_096

/** Rows of `width` numbers in one growing Float64Array. */
function columns(width: number): {
  readonly rows: number
  push(...values: number[]): void
  get(row: number, column: number): number
} {
  let data = new Float64Array(FIRST_CAPACITY * width)
  let rows = 0
  return {
    get rows() {
      return rows
    },
    push(...values) {
      if ((rows + 1) * width > data.length) {
        const grown = new Float64Array(data.length * 2)
        grown.set(data)
        data = grown
      }
      // Three times as fast as `set`, which takes a list of numbers one by one through its iterator.
      for (let column = 0; column < width; column += 1) data[rows * width + column] = values[column] as number
      rows += 1
    },
    get: (row, column) => data[row * width + column] as number,
  }
}
