import type { LedgerCounts } from '../phase-result.ts'
import {
  type AnswerLedger,
  answersOf,
  foldAnswers,
  indexAnswers,
  stateOfAcknowledged,
  versionOfRow,
} from './answer-ledger.ts'
import type { History } from './checker.ts'
import type { AnswerRow, Evidence } from './evidence-rows.ts'
import { explainRow, storesNonces } from './explain-row.ts'

/**
 * The account of a history: what was attempted, what was promised, and what the database holds of it. The attempts are
 * counted over all operations, the rest over answers. What the database would have to say is null when its rows could
 * not be read.
 */
export function countLedger(history: History, evidence: Evidence): LedgerCounts {
  const outcomes = { ok: 0, fail: 0, info: 0 }
  for (const operation of history.operations()) outcomes[operation.outcome]++
  const ledger = foldAnswers(history)
  return {
    attempted: outcomes.ok + outcomes.fail + outcomes.info,
    ...outcomes,
    acknowledged: countAcknowledged(ledger),
    ...(evidence.answers.known
      ? countRows(ledger, evidence.answers.rows, history.complete)
      : { lost: null, staleOverwritten: null, phantom: null, recovered: null }),
  }
}

function countAcknowledged(ledger: AnswerLedger): number {
  let acknowledged = 0
  for (const answer of answersOf(ledger)) if (answer.acked !== null) acknowledged++
  return acknowledged
}

function countRows(ledger: AnswerLedger, rows: readonly AnswerRow[], historyIsComplete: boolean) {
  const counts = { lost: 0, staleOverwritten: 0, recovered: 0 }
  const index = indexAnswers(rows)
  for (const answer of answersOf(ledger)) {
    const row = index.get(answer.session)?.get(answer.question)
    if (answer.acked !== null) {
      const state = stateOfAcknowledged(answer, row)
      if (state === 'missing' || state === 'stale') counts.lost++
      if (state === 'stale') counts.staleOverwritten++
    }
    if (row === undefined) continue
    const version = versionOfRow(row, answer)
    const found = answer.versions.find((record) => record.version === version)
    if (found !== undefined && found.ok === 0 && found.info > 0) counts.recovered++
  }
  // A row that an incomplete history does not explain may be explained by what is missing.
  return { ...counts, phantom: historyIsComplete ? countPhantoms(ledger, rows) : null }
}

function countPhantoms(ledger: AnswerLedger, rows: readonly AnswerRow[]): number {
  const hasNonces = storesNonces(rows)
  let phantoms = 0
  for (const row of rows) {
    const questions = ledger.get(row.session_id)
    if (questions === undefined) continue
    if (explainRow(row, questions.get(row.question_id), hasNonces).kind === 'phantom') phantoms++
  }
  return phantoms
}
