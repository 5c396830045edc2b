import { describe, expect, test } from 'vitest'
import type { ToldAnswer } from '../history/operation.ts'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { resumeEquivalence } from './resume-equivalence.ts'

/** The second device of c-2 is shown something else for one question. */
function showInstead(exam: ReturnType<typeof modelExam>, shown: ToldAnswer): void {
  const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'paper')
  if (read?.type !== 'ok' || read.told?.kind !== 'paper') throw new Error('nothing was read')
  const others = read.told.answers.filter((answer) => answer.question !== shown.question)
  read.told = { ...read.told, answers: [...others, shown] }
}

describe('who comes back finds what was acknowledged (C13)', () => {
  test('sane: reloads and second devices show the acknowledged state', () => {
    expect(judge(resumeEquivalence, quietDay())).toMatchObject({
      valid: true,
      counts: { reads: 6, onAnotherDevice: 2, different: 0, otherPaper: 0 },
    })
  })

  test('sane: a version with an unknown outcome may be shown or not, before and after its retry', () => {
    for (const fate of ['request-lost', 'reply-lost'] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { version: 1, value: 1 })
      exam.answer('c-1', 'q-1', { version: 2, value: 2, fate })
      exam.read('c-1')
      exam.answer('c-1', 'q-1', { version: 2, value: 2, attempt: 2 })
      exam.read('c-1')
      expect(judge(resumeEquivalence, exam).valid, fate).toBe(true)
    }
  })

  test.each<[string, ToldAnswer, string]>([
    ['an older version', { question: 'q-2', version: 1, value: 4 }, 'version 1, version 2 was acknowledged'],
    ['no answer', { question: 'q-2', version: null, value: null }, 'no answer, version 2 was acknowledged'],
    ['a version that was never sent', { question: 'q-2', version: 9, value: 2 }, 'version 9, never sent'],
    [
      'another value of the right version',
      { question: 'q-2', version: 2, value: 3 },
      'with value 3, sent with value 2',
    ],
    ['a question that is not its own', { question: 'q-9', version: 1, value: 3 }, 'version 1, never sent'],
  ])('violated: finds %s', (_what, shown, reason) => {
    const exam = quietDay()
    showInstead(exam, shown)
    const verdict = judge(resumeEquivalence, exam)
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-2'] })
    expect(verdict.reason).toContain(reason)
  })

  test('violated: finds what was refused', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1 })
    exam.answer('c-1', 'q-1', { version: 2, value: 2, fate: 'not-sent' })
    exam.read('c-1')
    showInstead(exam, { question: 'q-1', version: 2, value: 2 })
    expect(judge(resumeEquivalence, exam).reason).toContain('version 2, which was refused')
  })

  test('violated: is shown questions of another paper', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.papers.rows = evidence.papers.rows.filter((row) => row.question_id !== 'q-3')
    expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: false, counts: { otherPaper: 2 } })
  })

  test('unknown: nobody came back, papers unreadable, versions not shown, or history incomplete', () => {
    expect(judge(resumeEquivalence, modelExam()).valid).toBe('unknown')
    expect(judge(resumeEquivalence, quietDay(), { evidence: { papers: unreadable() } }).valid).toBe('unknown')
    const exam = quietDay()
    showInstead(exam, { question: 'q-2', version: null, value: 2 })
    expect(judge(resumeEquivalence, exam).valid).toBe('unknown')
    const torn = quietDay()
    showInstead(torn, { question: 'q-9', version: 1, value: 3 })
    expect(judge(resumeEquivalence, torn, { history: { complete: false } }).valid).toBe('unknown')
  })

  test.each([
    ['a version that was never sent', { version: 7, value: 3 }, 'unknown'],
    ['another value', { version: 1, value: 99 }, 'unknown'],
    ['an older version', { version: 0, value: 1 }, false],
    ['no answer', { version: null, value: null }, false],
  ] as const)(
    'in an incomplete history an attempt that is missing may explain what is shown, not what is not: %s',
    (_, shown, valid) => {
      const exam = quietDay()
      showInstead(exam, { question: 'q-1', ...shown })
      expect(judge(resumeEquivalence, exam).valid).toBe(false)
      expect(judge(resumeEquivalence, exam, { history: { complete: false } }).valid).toBe(valid)
    },
  )
})
