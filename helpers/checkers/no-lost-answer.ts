import {
  type AnswerRecord,
  answersOf,
  foldAnswers,
  indexAnswers,
  stateOfAcknowledged,
  versionOfRow,
} from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C3: for every answer that was acknowledged there is a row, and it holds that version or a newer one; where it is that
 * version, it is marked for review as the candidate was told.
 *
 * Unknown when nothing was acknowledged (nothing could have been lost), or the rows could not be read.
 */
export const noLostAnswer: Checker = {
  id: 'no-lost-answer',
  title: 'Every acknowledged answer is in the database',
  gate: 'zero-data-loss',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    const findings = collectFindings(this, history, expectations)
    const rows = indexAnswers(evidence.answers.rows)
    const counts = { acknowledged: 0, held: 0, missing: 0, stale: 0, undecided: 0, lostMarks: 0 }
    for (const answer of answersOf(foldAnswers(history))) {
      if (answer.acked === null) continue
      counts.acknowledged++
      const row = rows.get(answer.session)?.get(answer.question)
      const state = stateOfAcknowledged(answer, row)
      counts[state]++
      if (state === 'undecided') findings.undecided('a row stores neither client_seq nor a known client_event_id')
      const { marked, version } = answer.acked
      if (
        row !== undefined &&
        holdsVersion(row, answer, version) &&
        marked !== undefined &&
        marked !== row.marked_for_review
      ) {
        counts.lostMarks++
        const [told, found] = marked ? ['marked for review', 'is not'] : ['not marked for review', 'is']
        findings.add({
          ...whose(answer),
          summary: `${answer.candidate}: version ${version} of the answer to ${answer.question} was acknowledged as ${told}, but the row ${found}`,
          rows: [row],
        })
      }
      if (state !== 'missing' && state !== 'stale') continue
      const held = state === 'missing' || row === undefined ? 'nothing' : `version ${versionOfRow(row, answer)}`
      const found = row === undefined ? 'there is no row' : `the row holds ${held}`
      findings.add({
        ...whose(answer),
        summary: `${answer.candidate}: version ${answer.acked.version} of the answer to ${answer.question} was acknowledged, but ${found}`,
        weight: answer.acked.version,
        rows: row === undefined ? [] : [row],
      })
    }
    if (counts.acknowledged === 0) findings.undecided('no answer was ever acknowledged, so none could be lost')
    return findings.conclude(counts)
  },
}

/** Whether it is certain that this version stands in the row. By its choice alone it is not: a later mark may have the same. */
function holdsVersion(row: AnswerRow, answer: AnswerRecord, version: number): boolean {
  if (row.client_seq === null && row.client_event_id === null) return false
  return versionOfRow(row, answer) === version
}

function whose({ candidate, session, question }: AnswerRecord) {
  return { candidate, session, question }
}
