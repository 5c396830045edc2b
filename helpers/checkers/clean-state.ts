import { candidateOfEmail, foldAnswers, indexAnswers, isEmptied, isPlaceholder } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { mayBeLeftByFault } from './left-by-fault.ts'
import { collectFindings } from './violations.ts'

/** Files of `sql/invariants/` that say what must not be left over when the exam is done. */
const LEFTOVER_INVARIANTS = [
  'orphaned-answers',
  'answer-question-mismatches',
  'orphaned-events',
  'unscored-sessions',
  'active-past-expiry',
  'idle-in-transaction',
] as const

/**
 * C25: nothing is left over when the exam is done: no orphans, no session open past its time, no transaction left
 * open, and no closed session without answers whose candidate was told that answers are saved.
 *
 * A session that is open although its time is not over is no fault of the backend's, but nobody has seen it close. A query
 * about what the platform declares not to have is not judged, and named among the counts.
 */
export const cleanState: Checker = {
  id: 'clean-state',
  title: 'Nothing is left over: no orphan, no session open past its time, no emptied session',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    const findings = collectFindings(this, history, expectations)
    const counts: Record<string, number> = {}
    let queries = 0
    for (const id of LEFTOVER_INVARIANTS) {
      const invariant = evidence.invariants.find((candidate) => candidate.id === id)
      if (invariant !== undefined && !invariant.rows.known && invariant.rows.absent) {
        counts[`${id} (not judged)`] = 1
        continue
      }
      queries++
      if (invariant === undefined) findings.undecided(`${id} was not looked into`)
      else if (!invariant.rows.known) findings.undecided(`${id} could not be read: ${invariant.rows.reason}`)
      else {
        counts[id] = invariant.rows.rows.length
        const isUnhealed = mayBeLeftByFault(id, expectations)
        for (const row of invariant.rows.rows) {
          const summary = `${id}: ${JSON.stringify(row)}`
          if (isUnhealed) findings.undecided(`a fault was not healed: ${summary}`)
          else findings.add({ summary, rows: [row] })
        }
      }
    }
    if (queries === 0) findings.undecided('no query for what is left over was run')
    if (!evidence.sessions.known) findings.undecided(`the sessions could not be read: ${evidence.sessions.reason}`)
    if (!evidence.answers.known) findings.undecided(`the answers could not be read: ${evidence.answers.reason}`)
    if (evidence.sessions.known && evidence.answers.known) {
      const ledger = foldAnswers(history)
      const stored = evidence.answers.rows.filter((row) => !isPlaceholder(row))
      const answered = new Set(stored.map((row) => row.session_id))
      const rows = indexAnswers(evidence.answers.rows)
      const planned = new Set(expectations.candidates)
      let emptied = 0
      let open = 0
      for (const session of evidence.sessions.rows) {
        if (session.status === 'ACTIVE' && planned.has(candidateOfEmail(session.email))) {
          open++
          const { id, email, expires_at } = session
          findings.undecided(
            `${candidateOfEmail(email)}: session ${id} was still open when the rows were read; it expires at ${expires_at}`,
          )
        }
        if (session.status === 'ACTIVE' || answered.has(session.id)) continue
        // A cleared answer leaves a row like a placeholder where neither version nor nonce is stored, and is all there.
        const acknowledged = [...(ledger.get(session.id)?.values() ?? [])].filter((answer) => {
          const row = rows.get(session.id)?.get(answer.question)
          return answer.acked !== null && (row === undefined || isEmptied(row, answer))
        }).length
        if (acknowledged === 0) continue
        emptied++
        const candidate = candidateOfEmail(session.email)
        findings.add({
          summary: `${candidate}: session ${session.id} is ${session.status} without any answer, ${acknowledged} were acknowledged`,
          candidate,
          session: session.id,
          weight: acknowledged,
          rows: [session],
        })
      }
      counts['emptied-sessions'] = emptied
      counts['open-sessions'] = open
      if (evidence.sessions.rows.length === 0) findings.undecided('there are no sessions')
    }
    return findings.conclude(counts)
  },
}
