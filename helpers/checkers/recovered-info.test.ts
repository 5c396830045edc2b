import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { recoveredInfo } from './recovered-info.ts'

describe('unknown outcomes are accounted for (C18)', () => {
  test('sane: resolved by retry, by a newer version, by a read, or not at all', () => {
    const exam = modelExam(5)
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'request-lost' })
    exam.answer('c-1', 'q-1', { attempt: 2 })
    exam.answer('c-1', 'q-2', { version: 1, fate: 'reply-lost' })
    exam.answer('c-1', 'q-2', { version: 2 })
    exam.answer('c-1', 'q-3', { fate: 'reply-lost' })
    exam.read('c-1')
    exam.answer('c-1', 'q-4', { fate: 'reply-lost' })
    exam.answer('c-1', 'q-5', { fate: 'request-lost' })
    const verdict = judge(recoveredInfo, exam)
    expect(verdict).toMatchObject({
      valid: true,
      violations: 0,
      counts: { versions: 6, unknownOnce: 5, byRetry: 1, byNewerVersion: 1, byRead: 1, recovered: 2, unresolved: 2 },
    })
    expect(verdict.examples.map((example) => example.summary)).toEqual([
      'c-1: never learnt whether version 1 of the answer to q-4 was saved; it is stored',
      'c-1: never learnt whether version 1 of the answer to q-5 was saved; it is not stored',
    ])
  })

  test('the list of what is left is bounded', () => {
    const exam = modelExam(50)
    exam.start('c-1')
    for (const question of exam.questions) exam.answer('c-1', question, { fate: 'reply-lost' })
    const verdict = judge(recoveredInfo, exam)
    expect(verdict.counts).toMatchObject({ unresolved: 50, recovered: 50 })
    expect(verdict.examples).toHaveLength(3)
  })

  test('unknown: nothing was sent, or the rows could not be read', () => {
    expect(judge(recoveredInfo, modelExam()).valid).toBe('unknown')
    expect(judge(recoveredInfo, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
  })
})

describe('a read resolves what was unknown', () => {
  const outcome = (tell: (exam: ReturnType<typeof modelExam>) => void) => {
    const exam = modelExam()
    exam.start('c-1')
    exam.start('c-2')
    tell(exam)
    return judge(recoveredInfo, exam).counts
  }
  const lost = { fate: 'reply-lost' } as const

  test.each([
    ['the paper', false],
    ['the review', true],
  ])('when it shows %s, and was sent after the attempt was given up', (_, review) => {
    const after = outcome((exam) => {
      exam.answer('c-1', 'q-1', lost)
      exam.read('c-1', { review })
    })
    expect(after).toMatchObject({ byRead: 1, unresolved: 0 })
    const before = outcome((exam) => {
      exam.read('c-1', { review })
      exam.answer('c-1', 'q-1', lost)
    })
    expect(before).toMatchObject({ byRead: 0, unresolved: 1 })
  })

  test('not when it shows something else, is of another session, or was not answered', () => {
    for (const tell of [
      (exam: ReturnType<typeof modelExam>) => exam.readQuestions('c-1'),
      (exam: ReturnType<typeof modelExam>) => exam.start('c-1'),
      (exam: ReturnType<typeof modelExam>) => exam.read('c-2'),
      (exam: ReturnType<typeof modelExam>) => exam.read('c-1', { fate: 'reply-lost' }),
      (exam: ReturnType<typeof modelExam>) => exam.answer('c-1', 'q-2'),
    ]) {
      const counts = outcome((exam) => {
        exam.answer('c-1', 'q-1', lost)
        tell(exam)
      })
      expect(counts).toMatchObject({ byRead: 0, unresolved: 1 })
    }
  })

  test('not when the last attempt with an unknown outcome came after it, or was never given up', () => {
    const again = outcome((exam) => {
      exam.answer('c-1', 'q-1', lost)
      exam.read('c-1')
      exam.answer('c-1', 'q-1', { ...lost, attempt: 2 })
    })
    expect(again).toMatchObject({ byRead: 0, unresolved: 1 })
    const open = outcome((exam) => {
      exam.answer('c-1', 'q-1', { overlaps: true })
      exam.read('c-1')
      exam.events.splice(
        exam.events.findIndex((event) => event.type !== 'invoke' && event.told?.kind === 'answer'),
        1,
      )
    })
    expect(open).toMatchObject({ unknownOnce: 1, byRead: 0, unresolved: 1 })
  })

  test('the row of what is left is shown, where there is one', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', lost)
    exam.answer('c-1', 'q-2', { fate: 'request-lost' })
    const shown = judge(recoveredInfo, exam).examples.map(({ rows }) => rows?.length)
    expect(shown).toEqual([1, 0])
  })
})
