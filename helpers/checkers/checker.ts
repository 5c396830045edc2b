import type { HistoryEvent, Operation } from '../history/operation.ts'
import type { Verdict } from '../verdict.ts'
import type { Evidence } from './evidence-rows.ts'

/**
 * What was said and done. Iterables, so that a checker streams: a history may be larger than memory.
 * Both may be iterated any number of times and yield the same each time.
 */
export interface History {
  /** Raw events in index order. */
  events(): Iterable<HistoryEvent>
  /** Paired operations in order of invocation; an open one has outcome `info` and `completedUs: null`. */
  operations(): Iterable<Operation>
}

/** What a checker must know of the plan beside history and rows: what was meant to happen. */
export interface Expectations {
  /** Candidates that the plan put on stage. */
  readonly candidates: readonly string[]
  /** Least number of ok operations per kind for the history to mean anything (C2). */
  readonly minimumOk: Readonly<Record<string, number>>
  /** Grace after expiry in which the backend may still accept answers, seconds. */
  readonly graceSeconds: number
}

/**
 * A checker is a pure function over the history and the rows read afterwards. It never throws on purpose; a crash is
 * turned into `unknown` by `check-all.ts` (C27).
 */
export interface Checker {
  readonly id: string
  readonly title: string
  check(history: History, evidence: Evidence, expectations: Expectations): Verdict
}
