import { expect, test } from 'vitest'
import { quietDay } from './model-exam.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'

test('of a day, what everything but an answer was told', () => {
  const operations = [...quietDay().history().operations()]
  const kinds = new Set(operations.map((operation) => toldBesideAnswers(operation)?.kind))
  expect([...kinds]).toEqual(['session', 'questions', undefined, 'paper', 'submission', 'review'])
  const answers = operations.filter(({ f }) => f === 'save-answer')
  expect(answers.every((operation) => operation.told !== undefined && toldBesideAnswers(operation) === undefined)).toBe(
    true,
  )
})
