import { candidateOfEmail } from './answer-ledger.ts'
import type { Checker } from './checker.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'
import { collectFindings, unknownVerdict } from './violations.ts'

/**
 * C14: however often and wherever a candidate starts, it is one session: all replies name the same id, and the
 * database holds one row for that candidate and exam.
 */
export const oneSessionPerCandidate: Checker = {
  id: 'one-session-per-candidate',
  title: 'A candidate has one session, however often and wherever it was started',
  gate: 'no-corrupted-sessions',
  check(history, evidence, expectations) {
    if (!evidence.sessions.known) {
      return unknownVerdict(this, `the sessions could not be read: ${evidence.sessions.reason}`)
    }
    const findings = collectFindings(this, history, expectations)
    const told = new Map<string, Set<string>>()
    for (const operation of history.operations()) {
      const { candidate } = operation
      const reply = toldBesideAnswers(operation)
      if (reply?.kind !== 'session') continue
      const sessions = told.get(candidate)
      if (sessions === undefined) told.set(candidate, new Set([reply.session]))
      else sessions.add(reply.session)
    }
    const planned = new Set(expectations.candidates)
    const stored = Map.groupBy(evidence.sessions.rows, (row) => `${candidateOfEmail(row.email)} ${row.exam_id}`)
    const ids = new Set(evidence.sessions.rows.map((row) => row.id))

    for (const [candidate, sessions] of told) {
      if (sessions.size > 1) {
        const summary = `${candidate}: was told of ${sessions.size} sessions: ${[...sessions].join(', ')}`
        findings.add({ summary, candidate, weight: sessions.size })
      }
      for (const session of sessions) {
        if (ids.has(session)) continue
        findings.add({
          summary: `${candidate}: was told of session ${session}, which does not exist`,
          candidate,
          session,
        })
      }
    }
    let rows = 0
    for (const sessions of stored.values()) {
      const [{ email, exam_id }] = sessions as [(typeof sessions)[0] & object]
      const candidate = candidateOfEmail(email)
      if (!told.has(candidate) && !planned.has(candidate)) continue
      rows += sessions.length
      if (sessions.length === 1 || exam_id === null) continue
      findings.add({
        summary: `${candidate}: has ${sessions.length} sessions in exam ${exam_id}`,
        candidate,
        weight: sessions.length,
        rows: sessions,
      })
    }
    if (told.size === 0) findings.undecided('nobody was told of a session')
    return findings.conclude({ candidates: told.size, sessions: rows })
  },
}
