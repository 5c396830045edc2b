import { describe, expect, test } from 'vitest'
import { conservation } from './conservation.ts'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'

describe('conservation (C16)', () => {
  test('sane: acknowledged <= stored <= possible', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { fate: 'reply-lost' })
    exam.answer('c-3', 'q-2', { fate: 'request-lost' })
    exam.answer('c-3', 'q-3', { fate: 'not-sent' })
    expect(judge(conservation, exam)).toMatchObject({
      valid: true,
      counts: { attempted: 26, ok: 23, fail: 1, info: 2, acknowledged: 6, rows: 7, possible: 8 },
    })
  })

  test('violated: fewer rows than were acknowledged', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows.pop()
    expect(judge(conservation, exam, { evidence }).reason).toBe('6 answers were acknowledged, 5 are stored')
  })

  test('violated: more rows than can have been', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), question_id: 'q-9' })
    expect(judge(conservation, exam, { evidence }).valid).toBe(false)
    expect(judge(conservation, exam, { evidence, history: { complete: false } }).valid).toBe('unknown')
  })

  test('a placeholder that holds no answer is not counted as one', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    const empty = { selected_index: null, is_correct: null, client_seq: null, client_event_id: null }
    evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), question_id: 'q-9', ...empty })
    expect(judge(conservation, exam, { evidence })).toMatchObject({ valid: true, counts: { rows: 6 } })
    // A cleared answer (q-3 was) looks like that where a backend stores neither version nor nonce.
    Object.assign(rowOf(evidence, 'c-1', 'q-3'), empty)
    expect(judge(conservation, exam, { evidence }).valid).toBe(true)
    Object.assign(rowOf(evidence, 'c-1', 'q-1'), empty)
    expect(judge(conservation, exam, { evidence }).reason).toBe('6 answers were acknowledged, 5 are stored')
  })

  test('violated: a completion went missing between the raw events and the pairs', () => {
    const exam = quietDay()
    const { operations } = exam.history()
    expect(judge(conservation, exam, { history: { operations: () => [...operations()].slice(1) } }).valid).toBe(false)
  })

  test('unknown: nothing was attempted, or the rows could not be read', () => {
    expect(judge(conservation, modelExam()).valid).toBe('unknown')
    expect(judge(conservation, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
  })
})
