import type { Evidence, InvariantRows, Rows, SessionRow } from './checkers/evidence-rows.ts'
import { spellingsOfExam } from './spellings-of-exam.ts'

export interface EvidenceOfExam {
  /** What belongs to the exam. */
  readonly evidence: Evidence
  /** How many sessions of other exams were left out. */
  readonly leftOut: number
}

/**
 * What belongs to one exam, of the rows of a database in which the same people have sat others: checkers find whose row it is
 * by the candidate, and would take a session of last week for one of today.
 *
 * A session of which candidates were told in this history is never left out, whatever exam it is stored under. Nor is a row
 * of an invariant that names no session, or one that no row knows. Rows that are unknown stay unknown. Where the sessions
 * are, only what candidates were told says which rows are of the exam, and an invariant whose rows are all of other sessions
 * becomes unknown: whose they are, nobody knows.
 *
 * @param examId as the platform calls it
 * @param told ids of the sessions of which candidates were told
 */
export function evidenceOfExam(evidence: Evidence, examId: string, told: ReadonlySet<string>): EvidenceOfExam {
  const { sessions } = evidence
  if (!sessions.known) {
    const reason = `of which exam its rows are is not known, because the sessions could not be read: ${sessions.reason}`
    return {
      evidence: {
        ...(told.size > 0 ? only(evidence, (id) => told.has(id)) : none(evidence, reason)),
        invariants: evidence.invariants.map((one) => ofSessionsTold(one, told, reason)),
      },
      leftOut: 0,
    }
  }
  const spellings = new Set<unknown>(spellingsOfExam(examId))
  const isOfExam = (row: SessionRow) => spellings.has(row.exam_id) || told.has(String(row.id))
  const rows = sessions.rows.filter(isOfExam)
  const own = new Set(rows.map(({ id }) => String(id)))
  const others = new Set(sessions.rows.map(({ id }) => String(id)).filter((id) => !own.has(id)))
  const isOther = (row: Readonly<Record<string, unknown>>) => {
    const named = sessionsNamedBy(row)
    return named.length > 0 && named.every((id) => others.has(id))
  }
  return {
    evidence: {
      ...only(evidence, (id) => own.has(id) || told.has(id)),
      sessions: { known: true, rows },
      invariants: evidence.invariants.map((one) => ({ ...one, rows: filtered(one.rows, (row) => !isOther(row)) })),
    },
    leftOut: sessions.rows.length - rows.length,
  }
}

/** Answers, closing events and papers of some sessions; everything else as it is. */
function only(evidence: Evidence, isOwn: (session: string) => boolean): Evidence {
  const ofOwn = ({ session_id }: { readonly session_id: string }) => isOwn(String(session_id))
  return {
    ...evidence,
    answers: filtered(evidence.answers, ofOwn),
    closingEvents: filtered(evidence.closingEvents, ofOwn),
    papers: filtered(evidence.papers, ofOwn),
  }
}

/** Nothing says whose rows there are: no list may be empty for that. */
function none(evidence: Evidence, reason: string): Evidence {
  const unknown = <Row>(rows: Rows<Row>): Rows<Row> =>
    rows.known && rows.rows.length > 0 ? { known: false, reason } : rows
  const { answers, closingEvents, papers } = evidence
  return { ...evidence, answers: unknown(answers), closingEvents: unknown(closingEvents), papers: unknown(papers) }
}

/** What is proven of a session that candidates were told of stays proven; what may be of another exam proves nothing. */
function ofSessionsTold(invariant: InvariantRows, told: ReadonlySet<string>, reason: string): InvariantRows {
  const { rows } = invariant
  if (!rows.known) return invariant
  const kept = rows.rows.filter((row) => {
    const named = sessionsNamedBy(row)
    return named.length === 0 || named.some((id) => told.has(id))
  })
  if (kept.length === 0 && rows.rows.length > 0) return { ...invariant, rows: { known: false, reason } }
  return { ...invariant, rows: { known: true, rows: kept } }
}

/** By `session_id`, or by `session_ids` where a row is about several. */
function sessionsNamedBy({ session_id, session_ids }: Readonly<Record<string, unknown>>): readonly string[] {
  if (session_id !== undefined && session_id !== null) return [String(session_id)]
  return Array.isArray(session_ids) ? session_ids.map(String) : []
}

function filtered<Row>(rows: Rows<Row>, isKept: (row: Row) => boolean): Rows<Row> {
  return rows.known ? { known: true, rows: rows.rows.filter(isKept) } : rows
}
