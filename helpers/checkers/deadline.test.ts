import { describe, expect, test } from 'vitest'
import { deadline } from './deadline.ts'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'

/** One candidate sends its last answer just after, or just before, the hour is over. */
function lastAnswerAt(seconds: number) {
  const exam = modelExam()
  exam.start('c-1')
  exam.answer('c-1', 'q-1', { value: 1 })
  exam.wait(seconds)
  exam.answer('c-1', 'q-2', { value: 1 })
  return exam
}

describe('the deadline (C10)', () => {
  test('sane: in time is accepted, late is refused; how far the clocks differ is measured', () => {
    expect(judge(deadline, lastAnswerAt(3_590))).toMatchObject({
      valid: true,
      counts: { compared: 2, acceptedLate: 0, refusedInTime: 0, clockDifferenceMs: 0.5, clockErrorMs: 1.5 },
    })
    expect(judge(deadline, lastAnswerAt(3_610)).valid).toBe(true)
  })

  test('violated: an answer sent after the expiry is accepted', () => {
    const exam = lastAnswerAt(3_610)
    const last = exam.events.at(-1)
    if (last?.type === 'fail') Object.assign(last, { type: 'ok', reason: 'success' })
    const verdict = judge(deadline, exam)
    expect(verdict).toMatchObject({ valid: false, counts: { acceptedLate: 1 }, affected: ['c-1'] })
    expect(verdict.reason).toMatch(/^c-1: a save-answer sent \d+ ms after the expiry was accepted$/)
    expect(judge(deadline, exam, { expectations: { graceSeconds: 30 } }).valid).toBe(true)
  })

  test('violated: an answer is refused as late while there is time', () => {
    const exam = lastAnswerAt(3_590)
    const last = exam.events.at(-1)
    if (last?.type === 'ok') Object.assign(last, { type: 'fail', reason: 'session-closed', status: 409 })
    expect(judge(deadline, exam)).toMatchObject({ valid: false, counts: { refusedInTime: 1 } })
  })

  test('violated: a submit in time is answered as expired', () => {
    const exam = lastAnswerAt(3_500)
    exam.submit('c-1')
    const last = exam.events.at(-1)
    if (last?.type === 'ok' && last.told?.kind === 'submission') last.told = { ...last.told, status: 'EXPIRED' }
    const verdict = judge(deadline, exam)
    expect(verdict).toMatchObject({ valid: false, counts: { refusedInTime: 1 } })
    expect(verdict.reason).toContain('a submit was answered as expired')
  })

  test('violated: a submit in time is answered without a result, and the session is left to expire', () => {
    const exam = lastAnswerAt(3_500)
    exam.submit('c-1')
    const last = exam.events.at(-1)
    if (last?.type === 'ok') Reflect.deleteProperty(last, 'told')
    expect(judge(deadline, exam)).toMatchObject({ valid: true, counts: { compared: 3 } })
    const evidence = exam.evidence()
    const [row] = evidence.sessions.rows
    Object.assign(row as object, { status: 'EXPIRED', submitted_at: row?.expires_at })
    const verdict = judge(deadline, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { refusedInTime: 1 }, affected: ['c-1'] })
    expect(verdict.reason).toMatch(
      /^c-1: a submit was taken, and the session left to expire, \d+ ms before the expiry$/,
    )
  })

  test.each([
    ['SUBMITTED', false],
    ['EXPIRED', true],
  ] as const)('a submit after the expiry is answered without a result, and the row says %s', (status, holds) => {
    const exam = lastAnswerAt(3_610)
    exam.submit('c-1')
    const last = exam.events.at(-1)
    if (last?.type === 'ok') Reflect.deleteProperty(last, 'told')
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { status })
    expect(judge(deadline, exam, { evidence }).valid).toBe(holds)
  })

  test('violated: a submit after the expiry counts as submitted', () => {
    const exam = lastAnswerAt(3_610)
    exam.submit('c-1')
    expect(judge(deadline, exam).valid).toBe(true)
    const last = exam.events.at(-1)
    if (last?.type === 'ok' && last.told?.kind === 'submission') last.told = { ...last.told, status: 'SUBMITTED' }
    expect(judge(deadline, exam).reason).toContain('a submit sent')
  })

  test('pathological: a replay after the expiry, and a refusal after the own submit, are in order', () => {
    const exam = lastAnswerAt(10)
    exam.submit('c-1')
    exam.answer('c-1', 'q-3')
    exam.wait(4_000)
    exam.answer('c-1', 'q-1', { value: 1, attempt: 2 })
    expect(judge(deadline, exam)).toMatchObject({ valid: true, counts: { compared: 5 } })
  })

  test.each(['not-sent', 'request-lost'] as const)(
    'an answer that is accepted late is late, unless an attempt in time may have arrived: %s',
    (fate) => {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { value: 1 })
      exam.answer('c-1', 'q-2', { value: 1, fate })
      exam.wait(3_610)
      exam.answer('c-1', 'q-2', { value: 1, attempt: 2 })
      const last = exam.events.at(-1)
      if (last?.type === 'fail') Object.assign(last, { type: 'ok', reason: 'success' })
      const judged = judge(deadline, exam)
      if (fate === 'not-sent') expect(judged).toMatchObject({ valid: false, counts: { acceptedLate: 1 } })
      else expect(judged).toMatchObject({ valid: true, counts: { acceptedLate: 0 } })
    },
  )

  test('unknown: the history is incomplete, and what is missing may be the first attempt', () => {
    const late = lastAnswerAt(3_610)
    const last = late.events.at(-1)
    if (last?.type === 'fail') Object.assign(last, { type: 'ok', reason: 'success' })
    expect(judge(deadline, late, { history: { complete: false } })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringMatching(/^the history is incomplete: c-1: a save-answer sent \d+ ms after the expiry/),
      counts: { acceptedLate: 1 },
    })
    const early = lastAnswerAt(3_590)
    const refused = early.events.at(-1)
    if (refused?.type === 'ok') Object.assign(refused, { type: 'fail', reason: 'session-closed', status: 409 })
    expect(judge(deadline, early, { history: { complete: false } }).valid).toBe('unknown')
  })

  test('unknown: no epoch, a clock that was set, nothing to compare, or unreadable rows', () => {
    const { epoch: _, ...expectations } = modelExam().expectations()
    const exam = quietDay()
    const checked = deadline.check(exam.history(), exam.evidence(), expectations)
    expect(checked).toMatchObject({ valid: 'unknown', reason: 'the epoch of the run is not known' })
    const evidence = exam.evidence()
    Object.assign(evidence.answers.rows[0] as object, { answered_at: '2026-01-15T14:00:00.000Z' })
    expect(judge(deadline, exam, { evidence }).reason).toContain('a clock was set')
    expect(judge(deadline, modelExam()).valid).toBe('unknown')
    expect(judge(deadline, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
    expect(judge(deadline, quietDay(), { evidence: { sessions: unreadable() } }).valid).toBe('unknown')
  })

  test('unknown: the row has no expiry', () => {
    const exam = lastAnswerAt(3_590)
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { expires_at: null })
    const verdict = judge(deadline, exam, { evidence })
    expect(verdict).toMatchObject({ valid: 'unknown', counts: { compared: 0 } })
    expect(verdict.reason).toBe('session s-c-1: its row has no expiry')
  })
})
