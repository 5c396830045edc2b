import type { Epoch } from '../clock.ts'
import type { HistoryEvent, Operation } from '../history/operation.ts'
import type { GateId, Verdict } from '../verdict.ts'
import type { Evidence } from './evidence-rows.ts'

/**
 * What was said and done. Iterables, so that a checker streams: a history may be larger than memory.
 * Both may be iterated any number of times and yield the same each time.
 */
export interface History {
  /**
   * Everything that was recorded is here: the journal was closed, and no event is missing. Where this is false, a row that
   * no operation explains may be explained by what is missing, and proves nothing.
   */
  readonly complete: boolean
  /** Raw events in index order. */
  events(): Iterable<HistoryEvent>
  /** Paired operations in order of invocation; an open one has outcome `info` and `completedUs: null`. */
  operations(): Iterable<Operation>
}

/** What a checker must know of the plan beside history and rows: what was meant to happen. */
export interface Expectations {
  /** Candidates that the plan put on stage. */
  readonly candidates: readonly string[]
  /**
   * Least number of ok operations for the history to mean anything (C2). A key is an operation (`save-answer`), an
   * operation of one step (`steady/save-answer`), or one of which the candidates of the plan are
   * counted, each once (`candidates/create-session`).
   */
  readonly minimumOk: Readonly<Record<string, number>>
  /** Grace after expiry in which the backend may still accept answers, seconds. */
  readonly graceSeconds: number
  /** When which fault was active; names the fault beside the operations of a witness. Absent: no fault was injected. */
  readonly faults?: readonly FaultWindow[]
  /** Needed only to compare the candidates' times with the server's (C10). */
  readonly epoch?: Epoch
}

/** A fault was active from inject to heal, µs since the run's epoch. `toUs: null`: not healed. */
export interface FaultWindow {
  readonly name: string
  readonly fromUs: number
  readonly toUs: number | null
}

/**
 * A checker is a pure function over the history and the rows read afterwards. It never throws on purpose; a crash is
 * turned into `unknown` by `check-all.ts` (C27).
 */
export interface Checker {
  readonly id: string
  /** The promise, as a sentence that is true when it holds. */
  readonly title: string
  /** The gate that its verdict counts for, also when it crashes. */
  readonly gate: GateId
  check(history: History, evidence: Evidence, expectations: Expectations): Verdict
}
