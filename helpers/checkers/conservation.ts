import { type AnswerLedger, allFailed, answersOf, foldAnswers, isEmptied, isPlaceholder } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C16: the sums agree. attempted = ok + fail + info, counted from the raw events on one side and from the pairs on the
 * other; and distinct acknowledged answers <= rows <= distinct answers that may have had an effect.
 */
export const conservation: Checker = {
  id: 'conservation',
  title: 'The sums agree: between what was acknowledged and what was attempted lies what is stored',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    let attempted = 0
    for (const event of history.events()) if (event.type === 'invoke') attempted++
    const outcomes = { ok: 0, fail: 0, info: 0 }
    for (const operation of history.operations()) outcomes[operation.outcome]++

    const ledger = foldAnswers(history)
    let acknowledged = 0
    let possible = 0
    for (const answer of answersOf(ledger)) {
      if (answer.acked !== null) acknowledged++
      if (!answer.versions.every(allFailed)) possible++
    }
    const rows = evidence.answers.rows.filter((row) => isStored(row, ledger)).length

    if (attempted !== outcomes.ok + outcomes.fail + outcomes.info) {
      findings.add({
        summary: `${attempted} attempts, but ${outcomes.ok} ok + ${outcomes.fail} fail + ${outcomes.info} info`,
      })
    }
    if (rows < acknowledged) findings.add({ summary: `${acknowledged} answers were acknowledged, ${rows} are stored` })
    if (rows > possible) {
      const summary = `${rows} answers are stored, only ${possible} can have been`
      if (history.complete) findings.add({ summary })
      else findings.undecided(`${summary}; but the history is incomplete`)
    }
    if (attempted === 0) findings.undecided('nothing was attempted')
    return findings.conclude({ attempted, ...outcomes, acknowledged, rows, possible })
  },
}

/** A row of a session that was played, and not one that holds no answer (a cleared one may look like that). */
function isStored(row: AnswerRow, ledger: AnswerLedger): boolean {
  const questions = ledger.get(row.session_id)
  if (questions === undefined) return false
  const answer = questions.get(row.question_id)
  return !isPlaceholder(row) || (answer !== undefined && answer.acked !== null && !isEmptied(row, answer))
}
