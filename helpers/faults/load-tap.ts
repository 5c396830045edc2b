import type { Completion, Invocation, OperationName } from '../history/operation.ts'
import type { Recorder } from '../history/recorder.ts'

/** One attempt of a candidate, as far as recovery is judged by it. Times are µs since the run's epoch. */
export interface Attempt {
  readonly f: OperationName
  readonly step: string
  readonly intendedUs: number
  readonly sentUs: number
  /** null: still under way. */
  completedUs: number | null
  /** Neither acknowledged nor an expected refusal. */
  failed: boolean
  /** Row of the outcome table. */
  reason: string
}

/** A recorder that also counts what passes, so that a fault can wait for the state of the exam and see its end. */
export interface LoadTap {
  readonly recorder: Recorder
  /** Acknowledged operations of this name so far. */
  acknowledged(f: OperationName): number
  /** All attempts so far, in the order they were sent. */
  readonly attempts: readonly Attempt[]
}

/** Refusals that are part of the game and no failure of the platform. */
const EXPECTED_REASONS: ReadonlySet<string> = new Set(['success', 'superseded', 'exam-not-open'])

/** Listen to everything that is recorded, and pass it on. */
export function tapLoad(onto: Recorder): LoadTap {
  const attempts: Attempt[] = []
  const open = new Map<number, Attempt>()
  const acknowledged = new Map<OperationName, number>()

  const invoke = (invocation: Omit<Invocation, 'type' | 'index'>): number => {
    const index = onto.invoke(invocation)
    const { f, step, intendedUs, timeUs } = invocation
    const attempt = { f, step, intendedUs, sentUs: timeUs, completedUs: null, failed: false, reason: 'open-at-end' }
    attempts.push(attempt)
    open.set(index, attempt)
    return index
  }
  const complete = (completion: Omit<Completion, 'index'>): void => {
    onto.complete(completion)
    const attempt = open.get(completion.invocation)
    open.delete(completion.invocation)
    if (attempt === undefined) return
    attempt.completedUs = completion.timeUs
    attempt.reason = completion.reason
    attempt.failed = completion.type !== 'ok' && !EXPECTED_REASONS.has(completion.reason)
    if (completion.type === 'ok') acknowledged.set(attempt.f, (acknowledged.get(attempt.f) ?? 0) + 1)
  }

  return { recorder: { invoke, complete }, attempts, acknowledged: (f) => acknowledged.get(f) ?? 0 }
}
