import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'
import { oneRowPerAnswer } from './one-row-per-answer.ts'

describe('one row per answer (C7)', () => {
  test('sane: one row each, and the constraint is there', () => {
    expect(judge(oneRowPerAnswer, quietDay())).toMatchObject({ valid: true, counts: { rows: 6, duplicates: 0 } })
  })

  test('violated: two rows answer one question', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), selected_index: 4 })
    const verdict = judge(oneRowPerAnswer, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.examples[0]?.rows).toHaveLength(2)
    expect(verdict.reason).toBe('c-1: 2 rows answer question q-1')
    const ownerless = judge(oneRowPerAnswer, exam, { evidence: { ...evidence, sessions: unreadable() } })
    expect(ownerless.reason).toBe('s-c-1: 2 rows answer question q-1')
  })

  test('violated: no duplicate yet, but nothing forbids one', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.invariants[0]?.rows.rows.push({ table_name: 'session_answers', columns: 'session_id,question_id' })
    expect(judge(oneRowPerAnswer, exam, { evidence }).reason).toContain('no valid unique constraint')
  })

  test('that another constraint is missing, or another query found something, is no matter of this one', () => {
    for (const row of [
      { table_name: 'session_answers', columns: 'client_event_id' },
      { table_name: 'exam_sessions', columns: 'session_id,question_id' },
    ]) {
      const evidence = quietDay().evidence()
      evidence.invariants[0]?.rows.rows.push(row)
      expect(judge(oneRowPerAnswer, quietDay(), { evidence }).valid).toBe(true)
    }
    const row = { table_name: 'session_answers', columns: 'session_id,question_id' }
    const other = { id: 'orphaned-answers', title: '', rows: { known: true, rows: [row] } } as const
    const invariants = [other, ...quietDay().evidence().invariants]
    expect(judge(oneRowPerAnswer, quietDay(), { evidence: { invariants } }).valid).toBe(true)
  })

  test('not judged where the platform says that there is no catalogue to ask, and still violated by two rows', () => {
    const rows = { known: false, reason: 'keys are kept elsewhere', absent: true } as const
    const invariants = [{ id: 'constraints-present', title: '', rows }]
    expect(judge(oneRowPerAnswer, quietDay(), { evidence: { invariants } })).toMatchObject({
      valid: 'not-judged',
      reason: 'keys are kept elsewhere',
    })
    const { answers } = quietDay().evidence()
    answers.rows.push(...answers.rows.slice(0, 1))
    expect(judge(oneRowPerAnswer, quietDay(), { evidence: { invariants, answers } }).valid).toBe(false)
    expect(judge(oneRowPerAnswer, modelExam(), { evidence: { invariants } }).valid).toBe('unknown')
  })

  test('unknown: no rows, unreadable rows, or the catalogue was not read', () => {
    const unknown = (reason: string) => ({ valid: 'unknown', reason })
    expect(judge(oneRowPerAnswer, modelExam())).toMatchObject(unknown('there are no answers'))
    expect(judge(oneRowPerAnswer, quietDay(), { evidence: { answers: unreadable('gone') } })).toMatchObject(
      unknown('the answers could not be read: gone'),
    )
    expect(judge(oneRowPerAnswer, quietDay(), { evidence: { invariants: [] } })).toMatchObject(
      unknown('whether the unique constraint exists could not be read'),
    )
  })
})
