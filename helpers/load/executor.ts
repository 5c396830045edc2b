import type { Scheduler } from './scheduler.ts'

/** The load that was meant to be offered beside the load that was (k6: report what you failed to offer). */
export interface Offered {
  readonly planned: number
  readonly started: number
  readonly finished: number
  /** Planned and never started: cut off, aborted, or the candidate was still busy. */
  readonly dropped: number
}

/** Where an executor runs. */
export interface ExecutorContext {
  readonly scheduler: Scheduler
  /** Start of the day, µs since the run's epoch; plans count from here. */
  readonly originUs: number
  /** Aborted: start nothing more. What has been started is waited for. */
  readonly signal: AbortSignal
}

/**
 * How load arrives, named after its arrival model. It decides when, never what: the candidate's part is passed to
 * `run`, and its promise settles when the candidate is done with it. A rejection ends the run.
 */
export interface Executor<Part, Result extends Offered = Offered> {
  readonly model: 'open' | 'closed' | 'partly-open' | 'barrier' | 'deadline-anchored'
  /** The plan in words, with numbers. */
  describe(): string
  run(context: ExecutorContext, part: Part): Promise<Result>
}
