import type { Evidence, Rows } from './checkers/evidence-rows.ts'

/**
 * Without these nothing can be said about a session, whatever the platform: every comparison with NULL is neither true nor
 * false, and a query or a checker that compares would find nothing and hold. A mapping whose CASE has no ELSE gives them.
 */
const NEVER_NULL = {
  sessions: ['status', 'started_at', 'expires_at'],
  closingEvents: ['event_ts'],
} as const satisfies { readonly [Field in keyof Evidence]?: readonly string[] }

/** The same evidence; rows that lack what every row must have are not known, with the reason. Pure. */
export function completeEvidence(evidence: Evidence): Evidence {
  return {
    ...evidence,
    sessions: complete('sessions', evidence.sessions),
    closingEvents: complete('closingEvents', evidence.closingEvents),
  }
}

function complete<Row extends object>(field: keyof typeof NEVER_NULL, rows: Rows<Row>): Rows<Row> {
  if (!rows.known) return rows
  const columns = NEVER_NULL[field].flatMap((column) => {
    const without = rows.rows.filter((row) => (row as Readonly<Record<string, unknown>>)[column] == null).length
    return without === 0 ? [] : [`${column} is NULL in ${without} of ${rows.rows.length}`]
  })
  if (columns.length === 0) return rows
  return {
    known: false,
    reason: `rows without what each must have: ${columns.join(', ')}; mend the mapping of the platform`,
  }
}
