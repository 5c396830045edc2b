import { isPlaceholder } from './checkers/answer-ledger.ts'
import type { Evidence, InvariantRows, Rows } from './checkers/evidence-rows.ts'

/**
 * Without these nothing can be said about a session, whatever the platform: every comparison with NULL is neither true nor
 * false, and a query or a checker that compares would find nothing and hold. A mapping whose CASE has no ELSE gives them.
 */
const NEVER_NULL = {
  sessions: ['status', 'started_at', 'expires_at'],
  closingEvents: ['event_type', 'event_ts'],
} as const satisfies { readonly [Field in keyof Evidence]?: readonly string[] }

/** What else a session may be in nobody compares with: it would be neither open nor closed, and hold everywhere. */
const STATUSES: ReadonlySet<unknown> = new Set(['ACTIVE', 'SUBMITTED', 'EXPIRED'])

type Found = 'proven' | 'not proven'

/**
 * The invariants that compare a column of those, and whether a row of theirs is proven although a row with NULL there is not
 * among them. A row that says that something is missing, or too little, is not: it may be one of those.
 */
const COMPARED: {
  readonly [Field in keyof typeof NEVER_NULL]: Readonly<Record<string, Readonly<Record<string, Found>>>>
} = {
  sessions: {
    status: {
      'active-past-expiry': 'proven',
      'answers-after-close': 'proven',
      'closing-event-matches-status': 'proven',
      'duplicate-mastery-updates': 'not proven',
      'inconsistent-status': 'proven',
      'score-equals-recount': 'proven',
      'score-total-is-paper-length': 'proven',
      'submitted-after-expiry': 'proven',
      'unscored-sessions': 'proven',
    },
    started_at: {
      // least() ignores NULL: the closing of the exam alone would be compared with.
      'expiry-is-start-plus-duration': 'not proven',
      'inconsistent-status': 'proven',
      'papers-match-bank': 'proven',
    },
    expires_at: {
      'active-past-expiry': 'proven',
      'answers-after-close': 'proven',
      'expiry-is-start-plus-duration': 'proven',
      'inconsistent-status': 'proven',
      'submitted-after-expiry': 'proven',
    },
  },
  closingEvents: {
    event_type: {
      'answers-without-event': 'not proven',
      'changed-count-explained': 'not proven',
      'closing-event-matches-status': 'not proven',
      'duplicate-submits': 'proven',
      'missing-answers': 'proven',
    },
  },
}

/** Invariants that compare when an answer was given. Rows without it are known all the same: not every platform keeps it. */
const DATED: Readonly<Record<string, Found>> = { 'answers-after-close': 'proven' }
/** The same of the key of a question: without one an answer to it is neither right nor wrong. */
const KEYED: Readonly<Record<string, Found>> = {
  'correctness-equals-key': 'not proven',
  'score-equals-recount': 'not proven',
}

/**
 * The same evidence; rows that lack what every row must have are not known, and neither is what an invariant that compares it
 * has not proven, with the reason. Pure.
 */
export function completeEvidence(evidence: Evidence): Evidence {
  let { invariants } = evidence
  for (const field of ['sessions', 'closingEvents'] as const) {
    for (const [column, compared] of Object.entries(COMPARED[field])) {
      const reason = lacking(evidence[field], [column])
      if (reason !== undefined) invariants = invariants.map((one) => withoutColumn(one, compared, reason))
    }
  }
  const { answers, papers } = evidence
  const given = answers.known ? { ...answers, rows: answers.rows.filter((row) => !isPlaceholder(row)) } : answers
  for (const [compared, reason] of [
    [DATED, lacking(given, ['answered_at'])],
    [KEYED, lacking(papers, ['correct_index'])],
  ] as const) {
    if (reason !== undefined) invariants = invariants.map((one) => withoutColumn(one, compared, reason))
  }
  return {
    ...evidence,
    sessions: complete('sessions', evidence.sessions),
    closingEvents: complete('closingEvents', evidence.closingEvents),
    invariants,
  }
}

/** What a row must have, by the list that it is in. */
const NEEDED = { ...NEVER_NULL, answers: ['answered_at'], papers: ['correct_index'] } as const

/**
 * Whether one row lacks something that `completeEvidence` looks for. Where nothing but that is asked of rows, those that lack
 * nothing need only be counted.
 */
export function isIncomplete(field: keyof typeof NEEDED, row: object): boolean {
  return lacking({ known: true, rows: [row] }, NEEDED[field]) !== undefined
}

function complete<Row extends object>(field: keyof typeof NEVER_NULL, rows: Rows<Row>): Rows<Row> {
  const reason = lacking(rows, NEVER_NULL[field])
  return reason === undefined ? rows : { known: false, reason }
}

function withoutColumn(
  invariant: InvariantRows,
  compared: Readonly<Record<string, Found>>,
  reason: string,
): InvariantRows {
  const { id, rows } = invariant
  const found = compared[id]
  if (found === undefined || !rows.known || (found === 'proven' && rows.rows.length > 0)) return invariant
  return { ...invariant, rows: { known: false, reason } }
}

/** @returns why the rows are not known; undefined: none of them lacks any of these */
function lacking(rows: Rows<object>, columns: readonly string[]): string | undefined {
  if (!rows.known) return undefined
  const lacks = columns.flatMap((column) => {
    const without = new Map<string, number>()
    for (const row of rows.rows) {
      const value = (row as Readonly<Record<string, unknown>>)[column]
      if (value != null && (column !== 'status' || STATUSES.has(value))) continue
      const found = value == null ? 'NULL' : JSON.stringify(value)
      without.set(found, (without.get(found) ?? 0) + 1)
    }
    const all = rows.rows.length + (rows.counted ?? 0)
    return [...without].map(([found, count]) => `${column} is ${found} in ${count} of ${all}`)
  })
  if (lacks.length === 0) return undefined
  return `rows without what each must have: ${lacks.join(', ')}; mend the mapping of the platform`
}
