import { describe, expect, test } from 'vitest'
import type { ToldAnswer } from '../history/operation.ts'
import { type AnswerOptions, judge, modelExam, quietDay } from './model-exam.ts'
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

describe('who comes back to such a backend', () => {
  /** c-1 has answered q-1 so, one after the other, and then comes back and is shown `shown`. */
  function cameBack(shown: number | null, ...sent: AnswerOptions[]) {
    return judge(resumeEquivalence, whereItCameBack(modelExam(), shown, sent))
  }

  /** The same after c-2 has saved an answer: nobody is told a version, but c-2 by the reply that is named. */
  function cameBackBeside(tells: 'no reply' | 'answer' | 'paper', shown: number | null, ...sent: AnswerOptions[]) {
    const exam = modelExam()
    exam.start('c-2')
    exam.answer('c-2', 'q-1')
    if (tells !== 'answer') exam.read('c-2')
    whereItCameBack(exam, shown, sent)
    const told = exam.events.flatMap((event) =>
      event.type === 'ok' && event.told?.kind === tells ? [event.told] : [],
    )[0]
    if (told?.kind === 'answer') Object.assign(told, { version: 1 })
    if (told?.kind === 'paper') Object.assign(told.answers[0] as ToldAnswer, { version: 1 })
    return judge(resumeEquivalence, exam)
  }

  function whereItCameBack(exam: ReturnType<typeof modelExam>, shown: number | null, sent: readonly AnswerOptions[]) {
    exam.start('c-1')
    for (const [index, options] of sent.entries()) exam.answer('c-1', 'q-1', { version: index + 1, ...options })
    exam.read('c-1')
    for (const event of exam.events) {
      if (event.type === 'invoke' || event.told === undefined) continue
      const answers = 'answers' in event.told ? event.told.answers : event.told.kind === 'answer' ? [event.told] : []
      for (const answer of answers) forget(answer)
    }
    const ofQuestion = shownAnswers(exam).findLast(({ question }) => question === 'q-1')
    Object.assign(ofQuestion as ToldAnswer, { value: shown })
    return exam
  }

  test('finds the choice that was acknowledged, or a newer one that may stand', () => {
    expect(cameBack(1, { value: 1 })).toMatchObject({ valid: true, counts: { answers: 3, different: 0 } })
    expect(cameBack(null, { value: null }).valid).toBe(true)
    expect(cameBack(2, { value: 1 }, { value: 2, fate: 'request-lost' }).valid).toBe(true)
    expect(cameBack(1, { value: 1 }, { value: 2, fate: 'request-lost' }).valid).toBe(true)
  })

  test('has lost it where another choice is shown, an older one, none, or one that was refused', () => {
    const found = (verdict: ReturnType<typeof cameBack>) => verdict.examples.map(({ summary }) => summary)
    const cameBackAndFound = 'c-1: came back and found at q-1'
    expect(found(cameBack(3, { value: 1 }))).toEqual([
      `${cameBackAndFound} the choice 3, 1 (version 1) was acknowledged`,
    ])
    expect(found(cameBack(1, { value: 1 }, { value: 2 }))).toEqual([
      `${cameBackAndFound} the choice 1, 2 (version 2) was acknowledged`,
    ])
    expect(found(cameBack(null, { value: 1 }))).toEqual([
      `${cameBackAndFound} the choice none, 1 (version 1) was acknowledged`,
    ])
    expect(found(cameBack(3, { value: null }))).toEqual([
      `${cameBackAndFound} the choice 3, none (version 1) was acknowledged`,
    ])
    expect(found(cameBack(2, { value: 1 }, { value: 2, fate: 'not-sent' }))).toEqual([
      `${cameBackAndFound} the choice 2, 1 (version 1) was acknowledged`,
    ])
  })

  test('finds what was never acknowledged and may have arrived, or does not', () => {
    const found = (shown: number | null, ...sent: AnswerOptions[]) => cameBackBeside('no reply', shown, ...sent)
    expect(found(2, { value: 2, fate: 'reply-lost' })).toMatchObject({ valid: true, counts: { different: 0 } })
    // Under way when it was read: it may have been there already.
    expect(found(2, { value: 2, overlaps: true }).valid).toBe(true)
    for (const shown of [1, 2, null]) {
      expect(found(shown, { value: 1, fate: 'reply-lost' }, { value: 2, fate: 'request-lost' }).valid).toBe(true)
    }
  })

  test('has lost an answer all the same where one that was never acknowledged stands in its place, or somebody else’s', () => {
    const found = (shown: number | null, ...sent: AnswerOptions[]) => {
      const { valid, reason } = cameBackBeside('no reply', shown, ...sent)
      return [valid, reason?.replace('c-1: came back and found at q-1 ', '')]
    }
    expect(found(1, { value: 1, fate: 'reply-lost' }, { value: 2 })).toEqual([
      false,
      'the choice 1, 2 (version 2) was acknowledged',
    ])
    expect(found(3, { value: 2, fate: 'reply-lost' })).toEqual([false, 'the choice 3, never sent'])
    expect(found(2, { value: 2, fate: 'not-sent' })).toEqual([false, 'the choice 2, which was refused'])
  })

  test('nothing can be said of what was never acknowledged where versions are told, or nobody knows whether they are', () => {
    const unknown = { valid: 'unknown', reason: 'an answer without a version' }
    const sent = { value: 2, fate: 'reply-lost' } as const
    expect(cameBackBeside('answer', 2, sent)).toMatchObject(unknown)
    expect(cameBackBeside('paper', 2, sent)).toMatchObject(unknown)
    expect(cameBack(2, sent)).toMatchObject(unknown)
  })

  test('has lost the newer answer also where the reply that acknowledged it did not say what of', () => {
    const exam = modelExam()
    exam.start('c-2')
    exam.answer('c-2', 'q-1')
    whereItCameBack(exam, 1, [{ value: 1, fate: 'reply-lost' }, { value: 2 }])
    const acknowledged = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'answer')
    Reflect.deleteProperty(acknowledged as object, 'told')
    expect(judge(resumeEquivalence, exam)).toMatchObject({
      valid: false,
      reason: 'c-1: came back and found at q-1 the choice 1, 2 (version 2) was acknowledged',
    })
  })

  test('has lost it where it is left out altogether', () => {
    const { exam, evidence } = blindDay()
    const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'paper')
    if (read?.type !== 'ok' || read.told?.kind !== 'paper') throw new Error('nothing was read')
    read.told = { ...read.told, answers: read.told.answers.filter(({ question }) => question !== 'q-2') }
    const reason = 'c-2: came back and found at q-2 the choice none, 2 (version 2) was acknowledged'
    expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: false, violations: 1, reason })
    // What is missing from the history may have cleared it.
    expect(judge(resumeEquivalence, exam, { evidence, history: { complete: false } }).valid).toBe('unknown')
  })

  test('is compared by version where only the replies to answers tell none', () => {
    const exam = modelExam()
    exam.start('c-1')
    for (const version of [1, 2]) exam.answer('c-1', 'q-1', { version, value: 1 })
    exam.read('c-1')
    for (const event of exam.events) {
      if (event.type !== 'invoke' && event.told?.kind === 'answer') forget(event.told)
    }
    expect(judge(resumeEquivalence, exam).valid).toBe(true)
    Object.assign(shownAnswers(exam)[0] as ToldAnswer, { version: 1 })
    const reason = 'c-1: came back and found at q-1 version 1, version 2 was acknowledged'
    expect(judge(resumeEquivalence, exam)).toMatchObject({ valid: false, reason })
  })

  test('may have been refused once what it is shown, and not another time', () => {
    const sent = [
      { value: 2, fate: 'not-sent' },
      { value: 2, fate: 'reply-lost' },
    ] as const
    expect(cameBack(2, ...sent)).toMatchObject({ valid: 'unknown', reason: 'an answer without a version' })
    const alwaysRefused = [
      { value: 2, fate: 'not-sent' },
      { value: 3, fate: 'reply-lost' },
    ] as const
    expect(cameBack(2, ...alwaysRefused)).toMatchObject({ valid: false, violations: 1 })
    // A further attempt that is missing may have been accepted.
    const torn = judge(resumeEquivalence, whereItCameBack(modelExam(), 2, alwaysRefused), {
      history: { complete: false },
    })
    expect(torn).toMatchObject({ valid: 'unknown', reason: 'the choice 2, which was refused' })
  })

  test('has met somebody else’s where it never chose what is shown', () => {
    const found = (verdict: ReturnType<typeof cameBack>) => [verdict.valid, verdict.reason]
    const cameBackAndFound = 'c-1: came back and found at q-1'
    expect(found(cameBack(3))).toEqual([false, `${cameBackAndFound} the choice 3, never sent`])
    expect(found(cameBack(3, { value: 2, fate: 'reply-lost' }))).toEqual([
      false,
      `${cameBackAndFound} the choice 3, never sent`,
    ])
    expect(found(cameBack(2, { value: 2, fate: 'not-sent' }))).toEqual([
      false,
      `${cameBackAndFound} the choice 2, which was refused`,
    ])
    expect(found(cameBack(0, { value: null, fate: 'reply-lost' }))).toEqual([
      false,
      `${cameBackAndFound} the choice 0, never sent`,
    ])
  })

  test('has met it also where another candidate chose that, or it chose that afterwards', () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2']) exam.start(candidate)
    exam.answer('c-2', 'q-1', { value: 3 })
    exam.read('c-1')
    exam.answer('c-1', 'q-1', { value: 3 })
    Object.assign(shownAnswers(exam)[0] as ToldAnswer, { value: 3 })
    const verdict = judge(resumeEquivalence, exam)
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.reason).toBe('c-1: came back and found at q-1 the choice 3, never sent')
    // An attempt that is missing may explain it.
    expect(judge(resumeEquivalence, exam, { history: { complete: false } })).toMatchObject({
      valid: 'unknown',
      reason: 'the choice 3, never sent',
    })
  })

  test('has met another paper where what is shown is not on its own, whatever is missing', () => {
    for (const complete of [true, false]) {
      const { exam, evidence } = blindDay()
      const read = exam.events.find((event) => event.type === 'ok' && event.told?.kind === 'paper')
      if (read?.type !== 'ok' || read.told?.kind !== 'paper') throw new Error('nothing was read')
      read.told = { ...read.told, answers: [...read.told.answers, { question: 'q-9', version: null, value: 2 }] }
      expect(judge(resumeEquivalence, exam, { evidence, history: { complete } })).toMatchObject({
        valid: false,
        violations: 1,
        reason: expect.stringMatching(complete ? /at q-9 the choice 2, never sent$/ : /another paper: q-9$/),
      })
    }
  })
})

describe('a backend that tells the version of what it saves, and none in what it shows', () => {
  /** Stands for a request that only marks, and keeps the choice that is there. */
  const MARK = -1

  /** c-1 gives these answers to q-1, one after the other, and comes back; a reply may leave out what has no answer. */
  function cameBack(sent: readonly AnswerOptions[], show: (answers: readonly ToldAnswer[]) => readonly ToldAnswer[]) {
    const kept = sent.findLast(({ value }) => value !== MARK)?.value ?? null
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-2', { value: 2 })
    for (const [index, options] of sent.entries()) exam.answer('c-1', 'q-1', { version: index + 1, ...options })
    exam.read('c-1')
    for (const event of exam.events) {
      if (event.type === 'invoke') {
        if (event.value === MARK) Reflect.deleteProperty(event, 'value')
      } else if (event.told?.kind === 'paper') {
        const answers = event.told.answers.map(({ question, value }) => ({
          question,
          version: null,
          value: value === MARK ? kept : value,
        }))
        event.told = { ...event.told, answers: show(answers) }
      }
    }
    return { seen: judge(readYourWrites, exam), found: judge(resumeEquivalence, exam) }
  }
  const asItIs = (answers: readonly ToldAnswer[]) => answers
  const withoutEmpty = (answers: readonly ToldAnswer[]) => answers.filter(({ value }) => value !== null)

  test.each([
    ['cleared', [{ value: 1 }, { value: null }]],
    ['chosen', [{ value: 1 }, { value: 3 }]],
    ['only marked', [{ value: MARK }]],
    ['chosen, then marked', [{ value: 1 }, { value: MARK }]],
  ] satisfies [string, AnswerOptions[]][])('shows what was %s', (_, sent) => {
    for (const show of [asItIs, withoutEmpty]) {
      expect(cameBack(sent, show)).toMatchObject({ seen: { valid: true }, found: { valid: true } })
    }
  })

  test('has lost what was chosen where none or another choice is shown, and shows what was cleared', () => {
    const shownAs = (value: number | null) => (answers: readonly ToldAnswer[]) =>
      answers.map((answer) => (answer.question === 'q-1' ? { ...answer, value } : answer))
    expect(cameBack([{ value: 1 }], shownAs(null)).found.valid).toBe(false)
    expect(cameBack([{ value: 1 }], shownAs(4)).found.valid).toBe(false)
    expect(cameBack([{ value: 1 }, { value: null }], shownAs(1)).found.valid).toBe(false)
    const leftOut = cameBack([{ value: 1 }], (answers) => answers.filter(({ question }) => question !== 'q-1'))
    expect(leftOut).toMatchObject({ seen: { valid: false }, found: { valid: false } })
  })
})
