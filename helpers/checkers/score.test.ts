import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'
import { score } from './score.ts'

describe('the score (C20)', () => {
  test('sane: submitted and expired sessions are scored by the frozen key', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { value: 1 })
    exam.wait(4_000)
    exam.sweep()
    const candidates = ['c-1', 'c-2', 'c-3']
    expect(judge(score, exam, { expectations: { candidates } })).toMatchObject({
      valid: true,
      counts: { closed: 3, scored: 3, wrong: 0 },
    })
  })

  test.each([
    ['score_correct', 3, 'the score is 3, its stored answers give 2'],
    ['score_correct', null, 'has no score'],
    ['score_total', 4, 'scored over 4 questions, the paper has 3'],
  ])('violated: %s is %s', (field, value, reason) => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { [field]: value })
    const verdict = judge(score, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.reason).toContain(reason)
  })

  test('violated: score and rows agree with each other, but not with what the candidate was told is saved', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').selected_index = 0
    Object.assign(evidence.sessions.rows[0] as object, { score_correct: 1 })
    const verdict = judge(score, exam, { evidence })
    expect(verdict.reason).toContain('the score is 1, the answers it was told are saved give 2')
    expect(judge(score, exam, { evidence, history: { complete: false } }).valid).toBe('unknown')
  })

  test('pathological: an unknown outcome leaves a range, and both ends are right', () => {
    for (const fate of ['reply-lost', 'request-lost'] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { version: 1, value: 1 })
      exam.answer('c-1', 'q-1', { version: 2, value: 0, fate })
      exam.submit('c-1')
      expect(judge(score, exam).valid, fate).toBe(true)
    }
  })

  test('unknown: nothing was closed, or the rows could not be read', () => {
    expect(judge(score, modelExam()).valid).toBe('unknown')
    for (const field of ['answers', 'papers', 'sessions'] as const) {
      expect(judge(score, quietDay(), { evidence: { [field]: unreadable() } }).valid, field).toBe('unknown')
    }
  })

  test('unknown: a paper has no key, with a row for every question or with none', () => {
    for (const value of [null, undefined]) {
      const exam = modelExam()
      exam.start('c-1')
      if (value === null) exam.answer('c-1', 'q-1', { value })
      exam.submit('c-1')
      const evidence = exam.evidence()
      for (const row of evidence.papers.rows) Object.assign(row, { correct_index: null })
      const verdict = judge(score, exam, { evidence })
      expect(verdict, `${value}`).toMatchObject({ valid: 'unknown', counts: { closed: 1, wrong: 0 } })
      expect(verdict.reason).toContain('of its paper has no key')
      Object.assign(evidence.sessions.rows[0] as object, { score_correct: null })
      expect(judge(score, exam, { evidence }).reason).toContain('has no score')
    }
  })
})
