import { ownersOf } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { CONSTRAINTS_INVARIANT } from './constraints-present.ts'
import { mayBeLeftByFault } from './left-by-fault.ts'
import { collectFindings } from './violations.ts'

/** It asks who is connected, and no row of the exam: where it alone is left, nothing is known of the rows. */
const READS_NO_ROW = 'idle-in-transaction'

/**
 * Every query of `sql/invariants/` ran and returned no row. (`constraints-present` has a checker of its own.)
 */
export const sqlInvariants: Checker = {
  id: 'sql-invariants',
  title: 'The database agrees with itself: every integrity query returns no row',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const owners = ownersOf(evidence)
    const counts: Record<string, number> = {}
    let queries = 0
    let ofRows = 0
    for (const { id, title, rows } of evidence.invariants) {
      if (id === CONSTRAINTS_INVARIANT) continue
      // Named among the notes of the stage, and here: nobody may take it for a query that held.
      if (!rows.known && rows.absent) {
        counts[`${id} (not judged)`] = 1
        continue
      }
      queries++
      if (id !== READS_NO_ROW) ofRows++
      if (!rows.known) {
        findings.undecided(`${id} could not be read: ${rows.reason}`)
        continue
      }
      if (rows.rows.length > 0) counts[id] = rows.rows.length
      const isUnhealed = mayBeLeftByFault(id, expectations)
      for (const row of rows.rows) {
        if (isUnhealed) {
          findings.undecided(`a fault was not healed: ${id}: ${JSON.stringify(row)}`)
          continue
        }
        const session = typeof row.session_id === 'string' ? row.session_id : undefined
        findings.add({
          summary: `${id}: broken promise "${title}": ${JSON.stringify(row)}`,
          candidate: session === undefined ? undefined : owners.get(session),
          session,
          question: typeof row.question_id === 'string' ? row.question_id : undefined,
          // The query with the most offending rows is shown as the worst.
          weight: rows.rows.length,
          rows: [row],
        })
      }
    }
    if (queries === 0) findings.undecided('no integrity query was run')
    else if (ofRows === 0) findings.undecided('no integrity query of rows was run')
    return findings.conclude({ queries, ...counts })
  },
}
