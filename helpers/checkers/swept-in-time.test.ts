import { describe, expect, test } from 'vitest'
import { declaredAbsent, judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { sweptInTime } from './swept-in-time.ts'

const HOUR_S = 3_600

/** One candidate answers and vanishes; the sweeper comes so many seconds after the hour. */
function sweptAfter(seconds: number, answers = true) {
  const exam = modelExam()
  exam.start('c-1')
  if (answers) exam.answer('c-1', 'q-1')
  exam.wait(HOUR_S + seconds)
  exam.sweep()
  return exam
}

const fault = (fromS: number, toS: number | null) => ({
  name: 'pause-postgres',
  fromUs: fromS * 1_000_000,
  toUs: toS === null ? null : toS * 1_000_000,
})

describe('closing who vanished', () => {
  test('sane: within 5 s of the end; who handed in was not left', () => {
    expect(judge(sweptInTime, sweptAfter(4.9))).toMatchObject({ valid: true, counts: { expired: 1, late: 0 } })
    expect(judge(sweptInTime, quietDay())).toMatchObject({ valid: true, counts: { closed: 2, expired: 0 } })
  })

  test('violated: the sweeper came, but late', () => {
    const verdict = judge(sweptInTime, sweptAfter(25))
    expect(verdict).toMatchObject({ valid: false, counts: { expired: 1, late: 1 }, affected: ['c-1'] })
    expect(verdict.reason).toMatch(/^c-1: session s-c-1 was closed 25\.0 s after its time was over, 5 s are allowed$/)
    expect(verdict.examples[0]?.rows).toMatchObject([{ id: 's-c-1' }, { session_id: 's-c-1' }])
    expect(judge(sweptInTime, sweptAfter(25), { expectations: { graceSeconds: 30 } }).valid).toBe(true)
  })

  test('by another clock than the expiry, up to a second before it, is not early, and exactly 5 s after the grace is not late', () => {
    const closedAfter = (ms: number) => {
      const evidence = sweptAfter(1).evidence()
      const event_ts = new Date(Date.parse(evidence.sessions.rows[0]?.expires_at ?? '') + ms).toISOString()
      for (const event of evidence.closingEvents.rows) Object.assign(event, { event_ts })
      return judge(sweptInTime, sweptAfter(1), { evidence, expectations: { graceSeconds: 2 } }).valid
    }
    expect([-1_001, -1_000, 0, 7_000, 7_001].map(closedAfter)).toEqual([false, true, true, true, false])
  })

  test('violated: late without a fault, also where nothing says when the run began', () => {
    const { epoch: _, ...timeless } = sweptAfter(25).expectations()
    const exam = sweptAfter(25)
    for (const expectations of [timeless, { ...timeless, faults: [] }]) {
      expect(sweptInTime.check(exam.history(), exam.evidence(), expectations).valid).toBe(false)
    }
  })

  test('sessions that are not there, or not of this exam, are not judged', () => {
    const exam = quietDay()
    exam.start('c-9')
    const evidence = exam.evidence()
    for (const session_id of ['s-c-9', 's-nobody']) {
      const event_ts = '2026-01-15T12:00:00.000Z'
      evidence.closingEvents.rows.push({ session_id, event_type: 'SESSION_EXPIRED', event_ts })
    }
    expect(judge(sweptInTime, exam, { evidence })).toMatchObject({ valid: true, counts: { closed: 2, expired: 0 } })
  })

  test('a fault counts by the clock of the server, however far that is from ours', () => {
    for (const offMs of [-600_000, 600_000]) {
      const exam = sweptAfter(25)
      const evidence = exam.evidence()
      const moved = (time: string) => new Date(Date.parse(time) + offMs).toISOString()
      for (const row of evidence.answers.rows) row.answered_at = moved(row.answered_at)
      for (const row of evidence.sessions.rows) row.expires_at = moved(row.expires_at)
      for (const event of evidence.closingEvents.rows) event.event_ts = moved(event.event_ts)
      const judged = (fromS: number, toS: number) =>
        judge(sweptInTime, exam, { evidence, expectations: { faults: [fault(fromS, toS)] } }).valid
      expect(judged(HOUR_S - 10, HOUR_S + 10)).toBe(true)
      expect(judged(HOUR_S - 10 + offMs / 1_000, HOUR_S + 10 + offMs / 1_000)).toBe(false)
    }
  })

  test('a short fault within a long one takes away nothing of what the long one excuses', () => {
    const faults = [fault(HOUR_S - 10, HOUR_S + 60), fault(HOUR_S - 5, HOUR_S)]
    expect(judge(sweptInTime, sweptAfter(120), { expectations: { faults } }).valid).toBe(true)
  })

  test('violated: the sweeper took away what was left of the time', () => {
    const exam = sweptAfter(1)
    const evidence = exam.evidence()
    for (const event of evidence.closingEvents.rows) {
      event.event_ts = new Date(Date.parse(event.event_ts) - 9_000).toISOString()
    }
    const verdict = judge(sweptInTime, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { early: 1, late: 0 }, affected: ['c-1'] })
    expect(verdict.reason).toContain('closed as expired 8.0 s before its time was over')
    expect(verdict.examples[0]?.rows).toEqual([...evidence.sessions.rows, ...evidence.closingEvents.rows])
  })

  test.each([
    ['was active at the end', [fault(HOUR_S - 10, HOUR_S + 10)], true],
    ['began within the 5 s', [fault(HOUR_S + 4, HOUR_S + 20)], true],
    ['had just been healed', [fault(HOUR_S - 50, HOUR_S - 35)], true],
    ['was never healed', [fault(HOUR_S - 10, null)], true],
    ['was over and recovered from long before', [fault(100, 120)], false],
    ['came only when the sweeper was already late', [fault(HOUR_S + 15, HOUR_S + 20)], false],
  ])('25 s late while a fault %s', (_when, faults, valid) => {
    const verdict = judge(sweptInTime, sweptAfter(25), { expectations: { faults } })
    expect(verdict).toMatchObject({ valid, counts: { lateAfterFault: valid ? 1 : 0 } })
  })

  test('violated: a fault excuses only the time until the platform has recovered, and 5 s', () => {
    const expectations = { faults: [fault(HOUR_S - 10, HOUR_S + 10)] }
    expect(judge(sweptInTime, sweptAfter(74), { expectations }).valid).toBe(true)
    expect(judge(sweptInTime, sweptAfter(76), { expectations }).valid).toBe(false)
  })

  test('not judged: the platform declares to have no log of events', () => {
    const evidence = { closingEvents: declaredAbsent() }
    expect(judge(sweptInTime, sweptAfter(1), { evidence })).toMatchObject({
      valid: 'not-judged',
      violations: 0,
      reason: 'the closing events are absent: attempt_events: it keeps no log',
    })
    const unread = { ...evidence, sessions: unreadable() }
    expect(judge(sweptInTime, sweptAfter(1), { evidence: unread }).valid).toBe('unknown')
  })

  test('unknown: nothing was closed, the rows could not be read, or faults cannot be compared', () => {
    expect(judge(sweptInTime, modelExam())).toMatchObject({ valid: 'unknown', reason: 'no session was closed' })
    for (const field of ['sessions', 'closingEvents'] as const) {
      expect(judge(sweptInTime, quietDay(), { evidence: { [field]: unreadable() } }).valid, field).toBe('unknown')
    }
    const expectations = { faults: [fault(HOUR_S - 10, HOUR_S + 10)] }
    expect(judge(sweptInTime, sweptAfter(25, false), { expectations }).valid).toBe('unknown')
    const evidence = sweptAfter(1).evidence()
    for (const event of evidence.closingEvents.rows) event.event_ts = 'soon'
    expect(judge(sweptInTime, sweptAfter(1), { evidence })).toMatchObject({
      valid: 'unknown',
      reason: 'session s-c-1: its expiry or its closing has no time',
    })
    const unread = judge(sweptInTime, quietDay(), { evidence: { closingEvents: unreadable('gone') } })
    expect(unread.reason).toBe('the closing events could not be read: gone')
    const unreadSessions = judge(sweptInTime, quietDay(), { evidence: { sessions: unreadable('gone') } })
    expect(unreadSessions.reason).toBe('the sessions could not be read: gone')
    expect(judge(sweptInTime, sweptAfter(25, false), { expectations }).reason).toContain(
      'nothing bounds the difference',
    )
  })

  test('unknown: a clock was set during the run, so nobody knows which faults were in the way', () => {
    const exam = sweptAfter(30)
    exam.start('c-2')
    const settings = { expectations: { faults: [fault(3_595, 3_625)] } }
    expect(judge(sweptInTime, exam, settings)).toMatchObject({ valid: true, counts: { lateAfterFault: 1 } })
    const two = modelExam()
    for (const candidate of ['c-1', 'c-2']) {
      two.start(candidate)
      two.answer(candidate, 'q-1')
    }
    two.wait(HOUR_S + 30)
    two.sweep()
    const evidence = two.evidence()
    const [first] = evidence.answers.rows
    if (first !== undefined) first.answered_at = new Date(Date.parse(first.answered_at) + 600_000).toISOString()
    expect(judge(sweptInTime, two, { ...settings, evidence })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('a clock was set'),
    })
  })

  test('faults one after the other excuse one after the other, in whatever order they are told', () => {
    const first = fault(HOUR_S - 10, HOUR_S + 10)
    const second = fault(HOUR_S + 60, HOUR_S + 90)
    for (const faults of [
      [first, second],
      [second, first],
    ]) {
      const judged = (seconds: number) => judge(sweptInTime, sweptAfter(seconds), { expectations: { faults } }).valid
      expect(judged(154)).toBe(true)
      expect(judged(156)).toBe(false)
    }
  })

  test('a fault without an epoch, or rows of answers, to compare it by leaves it unknown', () => {
    const faults = [fault(HOUR_S - 10, HOUR_S + 10)]
    const exam = sweptAfter(25)
    const { epoch: _, ...timeless } = exam.expectations()
    const verdict = sweptInTime.check(exam.history(), exam.evidence(), { ...timeless, faults })
    expect(verdict).toMatchObject({ valid: 'unknown' })
    const blind = judge(sweptInTime, exam, { evidence: { answers: unreadable() }, expectations: { faults } })
    expect(blind).toMatchObject({ valid: 'unknown' })
  })
})
