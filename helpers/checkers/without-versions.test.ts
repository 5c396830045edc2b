import { describe, expect, test } from 'vitest'
import type { ToldAnswer } from '../history/operation.ts'
import { judge, quietDay } from './model-exam.ts'
import { noPhantomAnswer } from './no-phantom-answer.ts'
import { readYourWrites } from './read-your-writes.ts'
import { resumeEquivalence } from './resume-equivalence.ts'

/* A backend that neither stores nor tells versions and nonces: only what was chosen can be compared. */

/** A quiet day of such a backend. */
function blindDay() {
  const exam = quietDay()
  for (const event of exam.events) {
    if (event.type === 'invoke' || event.told === undefined) continue
    const answers = 'answers' in event.told ? event.told.answers : event.told.kind === 'answer' ? [event.told] : []
    for (const answer of answers) forget(answer)
  }
  const evidence = exam.evidence()
  for (const row of evidence.answers.rows) Object.assign(row, { client_seq: null, client_event_id: null })
  return { exam, evidence }
}

function forget(answer: ToldAnswer): void {
  Object.assign(answer, { version: null })
  Reflect.deleteProperty(answer, 'nonce')
}

/** What the last reads show. */
function shownAnswers(exam: ReturnType<typeof quietDay>): ToldAnswer[] {
  return exam.events.flatMap((event) =>
    event.type !== 'invoke' && event.told !== undefined && 'answers' in event.told ? [...event.told.answers] : [],
  )
}

test('a quiet day, in which an answer was cleared, too, holds', () => {
  const { exam, evidence } = blindDay()
  expect(judge(readYourWrites, exam, { evidence }).valid).toBe(true)
  expect(judge(resumeEquivalence, exam, { evidence }).valid).toBe(true)
  expect(judge(noPhantomAnswer, exam, { evidence }).valid).toBe(true)
})

describe('what was chosen is compared', () => {
  test('who comes back and finds another choice, or none, has lost an answer', () => {
    for (const found of [99, null]) {
      const { exam, evidence } = blindDay()
      const shown = shownAnswers(exam).findLast(({ value }) => value !== null)
      Object.assign(shown as ToldAnswer, { value: found })
      expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: false, violations: 1 })
    }
  })

  test('a row with what nobody chose is a phantom', () => {
    const { exam, evidence } = blindDay()
    const row = evidence.answers.rows.find(({ selected_index }) => selected_index !== null)
    Object.assign(row as object, { selected_index: 99 })
    expect(judge(noPhantomAnswer, exam, { evidence })).toMatchObject({ valid: false, violations: 1 })
  })
})
