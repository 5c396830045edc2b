import { describe, expect, test } from 'vitest'
import { checkAll } from './check-all.ts'
import { classifyCandidates } from './classify-candidates.ts'
import type { Evidence } from './evidence-rows.ts'
import { INTEGRITY_CHECKERS } from './integrity-checkers.ts'
import { modelExam, rowOf, unreadable } from './model-exam.ts'

const CHECKERS = [INTEGRITY_CHECKERS['no-lost-answer'], INTEGRITY_CHECKERS['last-acknowledged-wins']]
const PLANNED = ['c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6', 'c-7', 'c-8']

/** Everybody has another day; see the expected classes below. */
function unevenDay() {
  const exam = modelExam()
  for (const candidate of ['c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6', 'c-8']) {
    exam.start(candidate)
    exam.answer(candidate, 'q-1', { value: 1 })
  }
  exam.answer('c-3', 'q-2', { fate: 'reply-lost' })
  exam.answer('c-3', 'q-2', { attempt: 2 })
  exam.answer('c-5', 'q-2', { fate: 'request-lost' })
  exam.submit('c-6')
  exam.answer('c-6', 'q-2')
  exam.start('c-7', { fate: 'not-sent' })
  exam.answer('c-8', 'q-2', { fate: 'request-lost' })
  exam.submit('c-8', { fate: 'reply-lost' })
  const slow = exam.events.find((event) => event.type === 'invoke' && event.candidate === 'c-2')
  if (slow?.type === 'invoke') slow.intendedUs -= 2_000_000
  const evidence = exam.evidence()
  Object.assign(rowOf(evidence, 'c-4', 'q-1'), { client_seq: 0, client_event_id: 'lost' })
  return { exam, evidence }
}

function classify(evidence: Evidence, exam = unevenDay().exam) {
  const verdicts = checkAll(CHECKERS, exam.history(), evidence, exam.expectations(PLANNED))
  return classifyCandidates(exam.history(), evidence, PLANNED, verdicts, (operation) => {
    return (operation.completedUs ?? 0) - operation.intendedUs > 1_000_000
  })
}

describe('every candidate is in exactly one class', () => {
  test('each for its own story', () => {
    const { classes, byCandidate } = classify(unevenDay().evidence)
    expect(Object.fromEntries(byCandidate)).toEqual({
      'c-1': 'unaffected',
      'c-2': 'slowed',
      'c-3': 'recovered',
      'c-4': 'lostData',
      // Its last request went unanswered, and its session is still open.
      'c-5': 'undecided',
      // A refusal after the own submit is no interruption.
      'c-6': 'unaffected',
      'c-7': 'neverStarted',
      // Never learnt it, but the database shows it handed in.
      'c-8': 'recovered',
    })
    expect(classes).toEqual({
      planned: 8,
      unaffected: 2,
      slowed: 1,
      recovered: 2,
      lostData: 1,
      neverStarted: 1,
      undecided: 1,
    })
  })

  test('without rows nobody who started is decided, and the sum still holds', () => {
    const { classes } = classify({ ...unevenDay().evidence, answers: unreadable() })
    expect(classes).toMatchObject({ planned: 8, undecided: 7, neverStarted: 1 })
  })

  test('a history of nobody leaves everybody never started', () => {
    const exam = modelExam()
    const { classes } = classify(exam.evidence(), exam)
    expect(classes).toMatchObject({ planned: 8, neverStarted: 8 })
  })
})
