import { describe, expect, test } from 'vitest'
import type { Evidence } from './checkers/evidence-rows.ts'
import { INTEGRITY_CHECKERS } from './checkers/integrity-checkers.ts'
import { judge, noEvidence, quietDay, unreadable } from './checkers/model-exam.ts'
import { evidenceOfExam } from './evidence-of-exam.ts'

const TOLD = new Set(['s-c-1', 's-c-2'])

/** Today's rows, and those of the same people in the exam of last week, in which much was wrong. */
function secondDay() {
  const exam = quietDay()
  const today = exam.evidence()
  const examId = today.sessions.rows[0]?.exam_id as string
  const both = exam.evidence()
  const old = quietDay().evidence()
  for (const row of old.sessions.rows)
    Object.assign(row, { id: `old-${row.id}`, exam_id: 'last-week', score_correct: 0 })
  for (const row of [...old.answers.rows, ...old.closingEvents.rows, ...old.papers.rows]) {
    row.session_id = `old-${row.session_id}`
  }
  for (const row of old.answers.rows) row.client_event_id = `old ${row.client_event_id}`
  both.sessions.rows.unshift(...old.sessions.rows)
  both.answers.rows.unshift(...old.answers.rows)
  both.closingEvents.rows.unshift(...old.closingEvents.rows)
  both.papers.rows.unshift(...old.papers.rows)
  return { exam, today, both, examId }
}

const falseOf = (exam: ReturnType<typeof quietDay>, evidence: Evidence) =>
  Object.values(INTEGRITY_CHECKERS).flatMap((checker) => {
    const { id, valid } = judge(checker, exam, { evidence })
    return valid === false ? [id] : []
  })

const rowsOf = ({ invariants }: Evidence) => invariants.map(({ rows }) => rows)

const withInvariant = (evidence: Evidence, rows: readonly Record<string, unknown>[]): Evidence => ({
  ...evidence,
  invariants: [{ id: 'unscored-sessions', title: 'scored', rows: { known: true, rows } }],
})

describe('the same people have sat another exam', () => {
  test('what is judged are the rows of this one, and how many sessions were left out is told', () => {
    const { exam, today, both, examId } = secondDay()
    expect(falseOf(exam, both)).toEqual(expect.arrayContaining(['exactly-once-submit', 'score', 'no-phantom-answer']))
    const { evidence, leftOut } = evidenceOfExam(both, examId, TOLD)
    expect(evidence).toEqual(today)
    expect(leftOut).toBe(2)
    expect(falseOf(exam, evidence)).toEqual([])
  })

  test('a session of this exam of which nobody was told is judged', () => {
    const { today, both, examId } = secondDay()
    expect(evidenceOfExam(both, examId, new Set()).evidence).toEqual(today)
  })

  test('a session of which a candidate was told is judged, whatever exam it is stored under', () => {
    const { both, examId, today } = secondDay()
    const first = both.sessions.rows.find(({ id }) => id === 's-c-1')
    for (const stored of [null, 'last-week', examId.toUpperCase()]) {
      Object.assign(first as object, { exam_id: stored })
      const { evidence, leftOut } = evidenceOfExam(both, examId, TOLD)
      expect({ leftOut, answers: evidence.answers }).toEqual({ leftOut: 2, answers: today.answers })
    }
  })

  test('an exam that the platform names by a UUID in capital letters is the one that PostgreSQL prints', () => {
    const { today, both } = secondDay()
    const id = '0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
    for (const row of both.sessions.rows) if (row.exam_id !== 'last-week') Object.assign(row, { exam_id: id })
    expect(evidenceOfExam(both, id.toUpperCase(), new Set()).evidence.answers).toEqual(today.answers)
  })

  test('of an exam whose id is a text, case counts', () => {
    const { both } = secondDay()
    expect(evidenceOfExam(both, 'LAST-WEEK', new Set()).evidence.answers).toEqual({ known: true, rows: [] })
  })

  test('an answer of a session that was told and has no row is there', () => {
    const { both, examId, today } = secondDay()
    both.sessions.rows = both.sessions.rows.filter(({ id }) => id !== 's-c-1')
    expect(evidenceOfExam(both, examId, TOLD).evidence.answers).toEqual(today.answers)
  })

  test('of an invariant only rows of sessions of other exams are left out', () => {
    const { both, examId } = secondDay()
    const kept = [
      { session_id: 's-c-1' },
      { session_id: 'no-such-session' },
      { session_id: null, problem: 'of nobody' },
      { pid: 7 },
      { user_id: 'u-1', session_ids: ['old-s-c-1', 's-c-1'] },
    ]
    const others = [{ session_id: 'old-s-c-1' }, { user_id: 'u-1', session_ids: ['old-s-c-1', 'old-s-c-2'] }]
    const { evidence } = evidenceOfExam(withInvariant(both, [...others, ...kept]), examId, TOLD)
    expect(rowsOf(evidence)).toEqual([{ known: true, rows: kept }])
  })
})

describe('rows that could not be read', () => {
  test('stay unknown', () => {
    const none = { ...noEvidence(), invariants: [{ id: 'i', title: 'i', rows: unreadable() }] }
    expect(evidenceOfExam(none, 'e-1', TOLD)).toEqual({ evidence: none, leftOut: 0 })
    const { both, examId } = secondDay()
    const { evidence } = evidenceOfExam({ ...both, answers: unreadable('torn') }, examId, TOLD)
    expect(evidence.answers).toEqual(unreadable('torn'))
  })

  test('of the sessions, nothing of another exam is held against this one, and a loss that is proven stays proven', () => {
    const { exam, both, today, examId } = secondDay()
    const blind = { ...both, sessions: unreadable('torn') }
    const { evidence } = evidenceOfExam(blind, examId, TOLD)
    expect(evidence).toEqual({ ...today, sessions: unreadable('torn') })
    expect(falseOf(exam, evidence)).toEqual([])
    const lossy = { ...blind, answers: { known: true as const, rows: both.answers.rows.slice(0, -1) } }
    expect(falseOf(exam, evidenceOfExam(lossy, examId, TOLD).evidence)).toContain('no-lost-answer')
  })

  test('of the sessions, rows of which nobody can say whose they are become unknown', () => {
    const { both, examId } = secondDay()
    const blind = { ...both, sessions: unreadable('torn') }
    const unknown = { known: false, reason: expect.stringMatching(/is not known.*torn/) }
    const of = (rows: readonly Record<string, unknown>[]) =>
      rowsOf(evidenceOfExam(withInvariant(blind, rows), examId, TOLD).evidence)
    expect(of([{ session_id: 'old-s-c-1' }])).toEqual([unknown])
    expect(of([{ session_id: 'old-s-c-1' }, { session_id: 's-c-1' }])).toEqual([
      { known: true, rows: [{ session_id: 's-c-1' }] },
    ])
    expect(of([{ pid: 7 }])).toEqual([{ known: true, rows: [{ pid: 7 }] }])
    expect(of([])).toEqual([{ known: true, rows: [] }])
    expect(evidenceOfExam(blind, examId, new Set()).evidence).toMatchObject({
      answers: unknown,
      closingEvents: unknown,
      papers: unknown,
    })
  })
})
