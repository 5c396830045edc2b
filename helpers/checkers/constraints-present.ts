import { notJudged } from '../platform/not-judged.ts'
import type { Checker } from './checker.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/** The file of `sql/invariants/` that looks into the catalogue. */
export const CONSTRAINTS_INVARIANT = 'constraints-present'

/**
 * The constraints that forbid duplicates and orphans exist, are validated and switched on. Three invariants can never
 * fail while they do; this one fails when they do not.
 */
export const constraintsPresent: Checker = {
  id: 'constraints-present',
  title: 'The constraints that forbid duplicates and orphans exist and are validated',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    const invariant = evidence.invariants.find(({ id }) => id === CONSTRAINTS_INVARIANT)
    if (invariant === undefined) return unknownVerdict(this, 'the catalogue was not looked into')
    if (!invariant.rows.known && invariant.rows.absent) return notJudged(this, invariant.rows.reason)
    if (!invariant.rows.known) return unknownVerdict(this, `the catalogue could not be read: ${invariant.rows.reason}`)
    const findings = collectFindings(this, history, expectations)
    for (const row of invariant.rows.rows) {
      findings.add({
        summary: `${row.table_name}: ${row.promise}: ${row.kind} on (${row.columns}) is ${row.problem}`,
        rows: [row],
      })
    }
    return findings.conclude({ problems: invariant.rows.rows.length })
  },
}
