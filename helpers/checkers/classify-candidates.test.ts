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

  test.each<[string, object, string]>([
    ['could not be sent', { type: 'fail', reason: 'connection-refused', status: undefined }, 'recovered'],
    ['was sent away for a while', { type: 'fail', reason: 'rate-limited', status: 429 }, 'recovered'],
    ['met an error', { type: 'fail', reason: 'server-error', status: 500 }, 'recovered'],
    ['found nobody', { type: 'fail', reason: 'unavailable', status: 503 }, 'recovered'],
    ['was never answered', { type: 'info', reason: 'time-out', status: undefined }, 'recovered'],
    ['may or may not have met an error', { type: 'info', reason: 'server-error', status: 499 }, 'recovered'],
    ['was refused for a reason of the exam', { type: 'fail', reason: 'session-closed', status: 409 }, 'unaffected'],
    ['was not understood', { type: 'fail', reason: 'validation', status: 422 }, 'unaffected'],
    ['was superseded', { type: 'fail', reason: 'superseded', status: 200 }, 'unaffected'],
    ['was answered, though with an odd status', { type: 'ok', reason: 'success', status: 503 }, 'unaffected'],
  ])('whose request %s', (_, completion, expected) => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    exam.answer('c-1', 'q-2')
    exam.answer('c-1', 'q-3')
    Object.assign(exam.events.at(-3) as object, completion)
    const { byCandidate } = classifyCandidates(exam.history(), exam.evidence(), ['c-1'], [], () => false)
    expect(byCandidate.get('c-1')).toBe(expected)
  })

  test('who began, by what it was told and not by what it asked', () => {
    const exam = modelExam()
    exam.answer('c-1', 'q-1')
    const { byCandidate } = classifyCandidates(exam.history(), exam.evidence(), ['c-1'], [], () => false)
    expect(byCandidate.get('c-1')).toBe('neverStarted')
  })

  test('a verdict that cannot say whether answers are lost leaves them undecided, one that doubts something else does not', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    const say = (valid: boolean | 'unknown', gate: 'zero-data-loss' | 'no-corrupted-sessions' | 'response-time') => {
      const verdict = { id: 'a', title: 'A', gate, valid, counts: {}, violations: 0, examples: [], affected: ['c-1'] }
      const fine = { ...verdict, gate: 'zero-data-loss' as const, valid: true }
      return classifyCandidates(exam.history(), exam.evidence(), ['c-1'], [verdict, fine], () => false).byCandidate.get(
        'c-1',
      )
    }
    expect(say('unknown', 'zero-data-loss')).toBe('undecided')
    expect(say('unknown', 'no-corrupted-sessions')).toBe('unaffected')
    expect(say('unknown', 'response-time')).toBe('unaffected')
    expect(say(false, 'zero-data-loss')).toBe('lostData')
    expect(say(false, 'no-corrupted-sessions')).toBe('lostData')
    expect(say(false, 'response-time')).toBe('unaffected')
    expect(say(true, 'zero-data-loss')).toBe('unaffected')
  })

  test('without the sessions or without the answers nobody is decided', () => {
    const exam = modelExam()
    exam.start('c-1')
    for (const gone of [{ sessions: unreadable() }, { answers: unreadable() }]) {
      const evidence = { ...exam.evidence(), ...gone }
      const { byCandidate } = classifyCandidates(exam.history(), evidence, ['c-1'], [], () => false)
      expect(byCandidate.get('c-1')).toBe('undecided')
    }
  })
})
