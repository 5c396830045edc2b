import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { toldTime } from './told-time.ts'

/** Falsify what the last reply of that kind told. */
function retell(exam: ReturnType<typeof modelExam>, kind: 'session' | 'paper', change: object) {
  const reply = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === kind)
  if (reply?.type !== 'ok' || reply.told === undefined) throw new Error(`nobody was told of a ${kind}`)
  reply.told = Object.assign({ ...reply.told }, change)
  return exam
}

describe('the time that a candidate is told', () => {
  test('sane: the expiry is that of the row, and the rest counts down to it', () => {
    const exam = quietDay()
    exam.wait(1_800)
    exam.start('c-3')
    exam.wait(600)
    exam.read('c-3')
    expect(judge(toldTime, exam)).toMatchObject({
      valid: true,
      counts: { expiries: 3, timers: 5, wrongExpiry: 0, wrongTimer: 0 },
    })
  })

  test.each([
    [
      'an hour later',
      '2026-01-15T14:00:00.001Z',
      'c-2: was told that the session expires at 2026-01-15T14:00:00.001Z; it is',
    ],
    ['in no time zone', '2026-01-15T13:00:00.050', 'in no time zone'],
    ['no time at all', 'soon', 'expires at soon, which is no time'],
  ])('violated: the expiry that is told is %s', (_how, expiresAt, reason) => {
    const verdict = judge(toldTime, retell(quietDay(), 'session', { expiresAt }))
    expect(verdict).toMatchObject({ valid: false, counts: { wrongExpiry: 1 }, affected: ['c-2'] })
    expect(verdict.reason).toContain(reason)
  })

  test('the expiry may be told in another zone and in whole seconds', () => {
    const exam = quietDay()
    const expiresMs = Date.parse(exam.evidence().sessions.rows[1]?.expires_at as string)
    const expiresAt = new Date(expiresMs + 5 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+05:00')
    expect(judge(toldTime, retell(exam, 'session', { expiresAt })).valid).toBe(true)
  })

  test.each([
    [3_602.5, 'off by 2'],
    [3_590, 'off by 9'],
    [0, 'off by 3599'],
    [Number.NaN, 'no time'],
  ])('violated: %d s are told to be left', (remainingSeconds, reason) => {
    const verdict = judge(toldTime, retell(quietDay(), 'paper', { remainingSeconds }))
    expect(verdict).toMatchObject({ valid: false, counts: { wrongTimer: 1 }, affected: ['c-2'] })
    expect(verdict.reason).toContain(reason)
    expect(verdict.examples[0]?.operations).toHaveLength(1)
  })

  test('a timer may be up to 2 s off, and a slow read may have been answered at any moment of it', () => {
    expect(judge(toldTime, retell(quietDay(), 'paper', { remainingSeconds: 3_598.5 })).valid).toBe(true)
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    exam.read('c-1')
    const reply = exam.events.at(-1) as { timeUs: number }
    reply.timeUs += 20_000_000
    for (const [remainingSeconds, valid] of [
      [3_599, true],
      [3_580, true],
      [3_575, false],
    ] as const) {
      expect(judge(toldTime, retell(exam, 'paper', { remainingSeconds })).valid, `${remainingSeconds}`).toBe(valid)
    }
  })

  test('unknown: no epoch, nothing told, clocks that cannot be compared, or unreadable rows', () => {
    const exam = quietDay()
    const { epoch: _, ...expectations } = exam.expectations()
    expect(toldTime.check(exam.history(), exam.evidence(), expectations).valid).toBe('unknown')
    expect(judge(toldTime, modelExam()).reason).toBe('nobody was told when a session expires')
    const silent = modelExam()
    silent.start('c-1')
    silent.read('c-1')
    expect(judge(toldTime, silent).reason).toContain('no answer bounds')
    const evidence = exam.evidence()
    Object.assign(evidence.answers.rows[0] as object, { answered_at: '2026-01-15T14:00:00.000Z' })
    expect(judge(toldTime, exam, { evidence }).reason).toContain('a clock was set')
    expect(judge(toldTime, exam, { evidence: { answers: unreadable() } }).valid).toBe('unknown')
    expect(judge(toldTime, exam, { evidence: { sessions: unreadable() } }).valid).toBe('unknown')
  })

  test('unknown: the row has no expiry', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { expires_at: null })
    const verdict = judge(toldTime, exam, { evidence })
    expect(verdict).toMatchObject({ valid: 'unknown', counts: { wrongExpiry: 0, wrongTimer: 0 } })
    expect(verdict.reason).toBe('session s-c-1: its row has no expiry')
  })
})
