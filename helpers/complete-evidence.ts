import type { Evidence, InvariantRows, Rows } from './checkers/evidence-rows.ts'

/**
 * Without these nothing can be said about a session, whatever the platform: every comparison with NULL is neither true nor
 * false, and a query or a checker that compares would find nothing and hold. A mapping whose CASE has no ELSE gives them.
 */
const NEVER_NULL = {
  sessions: ['status', 'started_at', 'expires_at'],
  closingEvents: ['event_type', 'event_ts'],
} as const satisfies { readonly [Field in keyof Evidence]?: readonly string[] }

/**
 * The invariants that ask which events there are, and whether a row of theirs is proven although events without a type are
 * not among them. A row that says an event is missing is not: the event may be one of those.
 */
const BY_EVENT_TYPE: Readonly<Record<string, 'proven' | 'not proven'>> = {
  'answers-without-event': 'not proven',
  'changed-count-explained': 'not proven',
  'closing-event-matches-status': 'not proven',
  'duplicate-submits': 'proven',
  'missing-answers': 'proven',
}

/** The same evidence; rows that lack what every row must have are not known, with the reason. Pure. */
export function completeEvidence(evidence: Evidence): Evidence {
  const untyped = lacking(evidence.closingEvents, ['event_type'])
  return {
    ...evidence,
    sessions: complete('sessions', evidence.sessions),
    closingEvents: complete('closingEvents', evidence.closingEvents),
    invariants:
      untyped === undefined ? evidence.invariants : evidence.invariants.map((one) => withoutTypes(one, untyped)),
  }
}

function complete<Row extends object>(field: keyof typeof NEVER_NULL, rows: Rows<Row>): Rows<Row> {
  const reason = lacking(rows, NEVER_NULL[field])
  return reason === undefined ? rows : { known: false, reason }
}

function withoutTypes(invariant: InvariantRows, reason: string): InvariantRows {
  const { id, rows } = invariant
  const found = BY_EVENT_TYPE[id]
  if (found === undefined || !rows.known || (found === 'proven' && rows.rows.length > 0)) return invariant
  return { ...invariant, rows: { known: false, reason } }
}

/** @returns why the rows are not known; undefined: none of them lacks any of these */
function lacking(rows: Rows<object>, columns: readonly string[]): string | undefined {
  if (!rows.known) return undefined
  const lacks = columns.flatMap((column) => {
    const without = rows.rows.filter((row) => (row as Readonly<Record<string, unknown>>)[column] == null).length
    return without === 0 ? [] : [`${column} is NULL in ${without} of ${rows.rows.length}`]
  })
  if (lacks.length === 0) return undefined
  return `rows without what each must have: ${lacks.join(', ')}; mend the mapping of the platform`
}
