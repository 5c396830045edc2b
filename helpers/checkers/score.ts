import { type AnswerRecord, candidateOfEmail, foldAnswers, indexAnswers, type SessionAnswers } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import type { AnswerRow, PaperRow, SessionRow } from './evidence-rows.ts'
import { possibleValues } from './explain-row.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C20: every closed session has one final score, and it is what the frozen key gives: once for the answers that the
 * database holds, and once for those that the candidate was told are saved. The second is a range where an answer's
 * outcome is unknown.
 */
export const score: Checker = {
  id: 'score',
  title: 'Every score is what the frozen key gives for the stored and for the acknowledged answers',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.answers.known)
      return unknownVerdict(this, `the answers could not be read: ${evidence.answers.reason}`)
    if (!evidence.papers.known) return unknownVerdict(this, `the papers could not be read: ${evidence.papers.reason}`)
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    const findings = collectFindings(this, history, expectations)
    const ledger = foldAnswers(history)
    const answers = indexAnswers(evidence.answers.rows)
    const papers = Map.groupBy(evidence.papers.rows, (row) => row.session_id)
    const planned = new Set(expectations.candidates)
    const counts = { closed: 0, scored: 0, wrong: 0 }

    for (const session of evidence.sessions.rows) {
      const candidate = candidateOfEmail(session.email)
      if (session.status === 'ACTIVE' || (!planned.has(candidate) && !ledger.has(session.id))) continue
      counts.closed++
      if (session.score_correct !== null) counts.scored++
      const paper = papers.get(session.id) ?? []
      // No choice equals no key, and so an answer without a choice would count as right.
      const withoutKey = paper.find((row) => row.correct_index === null)
      if (withoutKey !== undefined) {
        findings.undecided(`session ${session.id}: question ${withoutKey.question_id} of its paper has no key`)
      }
      const byKey = () =>
        withoutKey === undefined
          ? problemByKey(session, paper, answers.get(session.id), ledger.get(session.id), history.complete)
          : null
      const problem = problemWithoutKey(session, paper) ?? byKey()
      if (problem === null) continue
      counts.wrong++
      findings.add({
        summary: `${candidate}: session ${session.id}: ${problem.text}`,
        candidate,
        session: session.id,
        weight: problem.weight,
        rows: [session],
      })
    }
    if (counts.closed === 0) findings.undecided('no session was closed')
    if (!history.complete) findings.undecided('the history is incomplete: what was acknowledged is not fully known')
    return findings.conclude(counts)
  },
}

interface Problem {
  readonly text: string
  readonly weight: number
}

/** What is wrong whatever the key is. */
function problemWithoutKey(session: SessionRow, paper: readonly PaperRow[]): Problem | null {
  if (session.score_correct === null) return { text: `is ${session.status} and has no score`, weight: 1 }
  if (session.score_total !== paper.length) {
    return { text: `scored over ${session.score_total} questions, the paper has ${paper.length}`, weight: 1 }
  }
  return null
}

function problemByKey(
  session: SessionRow,
  paper: readonly PaperRow[],
  answers: ReadonlyMap<string, AnswerRow> | undefined,
  tried: SessionAnswers | undefined,
  historyIsComplete: boolean,
): Problem | null {
  if (session.score_correct === null) return null
  const stored = paper.filter((row) => answers?.get(row.question_id)?.selected_index === row.correct_index).length
  if (session.score_correct !== stored) {
    const weight = Math.abs(session.score_correct - stored)
    return { text: `the score is ${session.score_correct}, its stored answers give ${stored}`, weight }
  }
  if (!historyIsComplete) return null
  const { least, most } = scoreOfAcknowledged(paper, tried)
  if (session.score_correct >= least && session.score_correct <= most) return null
  const range = least === most ? `${least}` : `between ${least} and ${most}`
  const weight = Math.max(least - session.score_correct, session.score_correct - most)
  return { text: `the score is ${session.score_correct}, the answers it was told are saved give ${range}`, weight }
}

function scoreOfAcknowledged(paper: readonly PaperRow[], tried: SessionAnswers | undefined) {
  let least = 0
  let most = 0
  for (const { question_id, correct_index } of paper) {
    const answer = tried?.get(question_id)
    const values = answer === undefined ? [null] : finalValues(answer)
    if (values.includes(correct_index)) most++
    if (values.every((value) => value === correct_index)) least++
  }
  return { least, most }
}

/** What an answer may be in the end: the acknowledged version, or a newer one whose outcome is unknown. */
function finalValues(answer: AnswerRecord): readonly (number | null)[] {
  const { acked, versions } = answer
  const unresolved = versions.filter(
    ({ ok, info, version }) => ok === 0 && info > 0 && version > (acked?.version ?? -1),
  )
  const settled = acked === null ? [null] : possibleValues(answer, acked)
  return [...settled, ...unresolved.flatMap((version) => possibleValues(answer, version))]
}
