import { notJudged } from '../platform/not-judged.ts'
import { ownersOf } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { CONSTRAINTS_INVARIANT } from './constraints-present.ts'
import type { AnswerRow, Evidence } from './evidence-rows.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C7: one row per session and question, and the unique constraint that keeps it so is there. Without the constraint
 * the absence of duplicates is luck.
 */
export const oneRowPerAnswer: Checker = {
  id: 'one-row-per-answer',
  title: 'A question of a session has one answer, and a constraint keeps it so',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const owners = ownersOf(evidence)
    const duplicates = findDuplicates(evidence.answers.rows)
    for (const rows of duplicates) {
      const [{ session_id: session, question_id: question }] = rows
      const candidate = owners.get(session)
      findings.add({
        summary: `${candidate ?? session}: ${rows.length} rows answer question ${question}`,
        candidate,
        session,
        question,
        weight: rows.length,
        rows,
      })
    }
    const constraint = uniqueConstraint(evidence)
    if (constraint === 'missing') {
      findings.add({ summary: 'session_answers has no valid unique constraint on (session_id, question_id)' })
    } else if (constraint === 'unknown') {
      findings.undecided('whether the unique constraint exists could not be read')
    }
    if (evidence.answers.rows.length === 0) findings.undecided('there are no answers')
    const verdict = findings.conclude({ rows: evidence.answers.rows.length, duplicates: duplicates.length })
    // Without the constraint that there are none is luck, and no pass.
    return verdict.valid === true && typeof constraint === 'object' ? notJudged(this, constraint.absent) : verdict
  },
}

function findDuplicates(rows: readonly AnswerRow[]): readonly [AnswerRow, ...AnswerRow[]][] {
  const bySession = new Map<string, Map<string, [AnswerRow, ...AnswerRow[]]>>()
  const duplicates = new Set<[AnswerRow, ...AnswerRow[]]>()
  for (const row of rows) {
    let questions = bySession.get(row.session_id)
    if (questions === undefined) {
      questions = new Map()
      bySession.set(row.session_id, questions)
    }
    const seen = questions.get(row.question_id)
    if (seen === undefined) questions.set(row.question_id, [row])
    else {
      seen.push(row)
      duplicates.add(seen)
    }
  }
  return [...duplicates]
}

/** `absent`: the platform says that it cannot be asked, and why. */
function uniqueConstraint(evidence: Evidence): 'present' | 'missing' | 'unknown' | { readonly absent: string } {
  const rows = evidence.invariants.find(({ id }) => id === CONSTRAINTS_INVARIANT)?.rows
  if (rows?.known === false && rows.absent) return { absent: rows.reason }
  if (rows === undefined || !rows.known) return 'unknown'
  const missing = rows.rows.some(
    (row) => row.table_name === 'session_answers' && row.columns === 'session_id,question_id',
  )
  return missing ? 'missing' : 'present'
}
