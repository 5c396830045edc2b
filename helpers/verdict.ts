/**
 * Three answers, never two.
 *
 * `true`: there is evidence and it holds. `false`: there is evidence against it. `'unknown'`: the evidence is missing,
 * empty or its reader crashed. An unknown is never read as a pass.
 */
export type Validity = true | false | 'unknown'

/** What a gate can say. `'not-judged'` is a declared absence with a reason; it is printed, and it is not a pass. */
export type GateValidity = Validity | 'not-judged'

/** One operation, row or fact that proves a violation, in words a person can act on. */
export interface Violation {
  /** What was promised and what was found, in one sentence about a candidate where there is one. */
  readonly summary: string
  readonly candidate?: string
  readonly session?: string
  readonly question?: string
  /** The 5 to 10 operations of that candidate and question that prove it, oldest first, already formatted. */
  readonly operations: readonly string[]
  /** The database rows that were found, as read. */
  readonly rows: readonly unknown[]
  readonly requestIds: readonly string[]
  /** What the backend logged of these requests, one line each, in their order. Absent: its log could not be had. */
  readonly logLines?: readonly string[]
}

/**
 * A number that was measured beside the limit it is held to. The report's gate list and its register of near misses
 * come from these; a check without a limit has none.
 */
export interface Figure {
  /** What was measured and where: `steady save-answer p95`. */
  readonly label: string
  /** In `unit`; null: not measured. */
  readonly measured: number | null
  readonly limit: number
  /** `share` is 0..1. */
  readonly unit: 'ms' | 's' | 'share' | 'count'
  /** On which side of the limit the trouble is. */
  readonly bad: 'above' | 'below'
}

/** The answer of one checker; `'not-judged'` where the platform declares not to have what it looks at. */
export interface Verdict {
  /** Stable kebab-case id, for example `no-lost-answer`. Pipelines and the detection matrix refer to it. */
  readonly id: string
  /** The promise, as a sentence that is true when it holds. */
  readonly title: string
  readonly valid: GateValidity
  /** The gate this verdict counts for; see `gates.ts`. */
  readonly gate: GateId
  /** Accounting that lets a reader redo the sum: attempted, ok, lost, ... Only what was measured. */
  readonly counts: Readonly<Record<string, number>>
  /** Number of violations found; `examples` is bounded (first, worst, last), this is not. */
  readonly violations: number
  readonly examples: readonly Violation[]
  /** The limits this check holds the platform to, each with what was measured. */
  readonly figures?: readonly Figure[]
  /** Every candidate that a violation hit, each once, sorted; absent when there is none. `examples` shows three. */
  readonly affected?: readonly string[]
  /** Why it is unknown, or what was seen when it is false; absent when it holds. */
  readonly reason?: string
}

/** The hard gates and the evidence gates; the one list that verdict, report and JUnit share. */
export const GATE_TITLES = {
  'zero-data-loss': 'No acknowledged answer is lost, overwritten or invented',
  'no-corrupted-sessions': 'No corrupted session: no duplicate submit, wrong score or inconsistent status',
  'response-time': 'Response times meet their SLO',
  'error-rate': 'Error rates meet their SLO',
  'database-pool': 'The database pool keeps its reserve',
  'recovery-tested': 'Recovery was tested and needed no manual database fix',
  'no-silent-failures': 'Every failed request is in the log',
  'audit-logs': 'The logs are sufficient for an audit',
  'exam-mode': 'The exam-day freeze (EXAM_MODE) holds',
  'graceful-failure': 'Failure scenarios are handled gracefully',
  'load-offered': 'The load was really offered, and the generator was healthy',
  'evidence-complete': 'The evidence is complete: history, database rows and durability settings',
} as const

export type GateId = keyof typeof GATE_TITLES

const RANK: Readonly<Record<string, number>> = { false: 0, unknown: 1, 'not-judged': 2, true: 3 }

/**
 * Merge verdicts: false > unknown > not judged > true (Jepsen `merge-valid`). Nothing to merge is `'unknown'`: an empty
 * list is missing evidence, not success.
 */
export function mergeValidity(validities: Iterable<Validity>): Validity
export function mergeValidity(validities: Iterable<GateValidity>): GateValidity
export function mergeValidity(validities: Iterable<GateValidity>): GateValidity {
  let merged: GateValidity | undefined
  for (const validity of validities) {
    if (merged === undefined || (RANK[String(validity)] as number) < (RANK[String(merged)] as number)) merged = validity
  }
  return merged ?? 'unknown'
}
