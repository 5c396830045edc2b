import { describe, expect, test } from 'vitest'
import { declaredAbsent, modelExam, noEvidence } from '../checkers/model-exam.ts'
import { judgeBacklog } from './judge-backlog.ts'
import type { Outage } from './judge-drill.ts'

const SECOND = 1_000_000

/** c-2's time runs out in an outage that lasts 4 s; c-1's does not. Both answered before. */
function drill() {
  const exam = modelExam()
  exam.start('c-1')
  exam.start('c-2')
  exam.answer('c-1', 'q-1')
  exam.answer('c-2', 'q-1')
  const evidence = exam.evidence()
  const epochMs = Date.parse(exam.expectations().epoch?.wall as string)
  const at = (us: number) => new Date(epochMs + us / 1_000).toISOString()
  const injectedUs = 60 * SECOND
  const row = evidence.sessions.rows.find(({ id }) => id === 's-c-2')
  if (row === undefined) throw new Error('no row')
  Object.assign(row, {
    status: 'EXPIRED',
    expires_at: at(injectedUs + SECOND),
    submitted_at: at(injectedUs + SECOND),
    score_correct: 0,
    score_total: 3,
  })
  const closing = { session_id: 's-c-2', event_type: 'SESSION_EXPIRED', event_ts: at(injectedUs + 5 * SECOND) }
  evidence.closingEvents.rows.push(closing)
  const outage: Outage = {
    name: 'postgres-crashed',
    injectedUs,
    healStartedUs: injectedUs + 2 * SECOND,
    lastSuccessUs: injectedUs,
    firstSuccessUs: injectedUs + 4 * SECOND,
    askedToTheEnd: false,
    attempts: 100,
    amplification: { before: 1, after: 1 },
    steadyMs: 1_000,
  }
  const judge = (outages: readonly Outage[] = [outage], rows = evidence, graceSeconds = 0) => {
    const expectations = { ...exam.expectations(), graceSeconds }
    return judgeBacklog('postgres-crashed', new Set(['s-c-1', 's-c-2']), outages, exam.history(), rows, expectations)
  }
  return { exam, evidence, row, closing, at, injectedUs, outage, judge }
}

describe('the backlog of an outage', () => {
  test('that was closed within 5 s of the return, dated at its expiry and scored, holds', () => {
    expect(drill().judge()).toMatchObject({ valid: true, counts: { backlog: 1, closed: 1, slowestMs: 1_000 } })
  })

  test('of a platform without a log of events is not judged, but what its rows prove is false', () => {
    const judged = (change: object) => {
      const { evidence, row, outage, judge } = drill()
      Object.assign(row, change)
      Object.assign(evidence, { closingEvents: declaredAbsent() })
      return { verdict: judge(), without: judge([{ ...outage, name: 'other' }]) }
    }
    expect(judged({}).verdict).toMatchObject({
      valid: 'not-judged',
      reason: 'the closing events are absent: attempt_events: it keeps no log',
    })
    expect(judged({}).without.valid).toBe('unknown')
    expect(judged({ score_correct: null }).verdict).toMatchObject({
      valid: false,
      reason: expect.stringContaining('no score'),
    })
    expect(judged({ status: 'ACTIVE', submitted_at: null }).verdict.valid).toBe(false)
    expect(judged({ submitted_at: '2026-01-15T13:30:00Z' }).verdict.reason).toContain('counts as handed in at')
  })

  test('that is still open is false', () => {
    const { evidence, row, judge } = drill()
    evidence.closingEvents.rows.length = 0
    Object.assign(row, { status: 'ACTIVE', submitted_at: null, score_correct: null })
    expect(judge().valid).toBe(false)
  })

  test.each([
    ['closed late', { event: 20 }],
    ['dated at the hour of the repair', { submitted: 5 }],
    ['closed without a score', { score: null }],
  ] as const)('%s is false', (_, wrong) => {
    const { row, closing, at, injectedUs, judge } = drill()
    if ('event' in wrong) closing.event_ts = at(injectedUs + wrong.event * SECOND)
    if ('submitted' in wrong) row.submitted_at = at(injectedUs + wrong.submitted * SECOND)
    if ('score' in wrong) row.score_correct = null
    expect(judge().valid).toBe(false)
  })

  test('says how much of it is a matter of time, and how much is not', () => {
    const { row, closing, at, injectedUs, judge } = drill()
    expect(judge().counts.late).toBe(0)
    closing.event_ts = at(injectedUs + 20 * SECOND)
    expect(judge()).toMatchObject({ violations: 1, counts: { late: 1 } })
    row.score_correct = null
    expect(judge()).toMatchObject({ violations: 2, counts: { late: 1 } })
  })

  test('that was closed within 5 s of its grace holds, and later is false', () => {
    const { closing, at, injectedUs, outage, evidence, judge } = drill()
    // Its time was over 1 s after the injection.
    closing.event_ts = at(injectedUs + 35 * SECOND)
    expect(judge([outage], evidence, 30).valid).toBe(true)
    closing.event_ts = at(injectedUs + 37 * SECOND)
    expect(judge([outage], evidence, 30).valid).toBe(false)
  })

  test('is unknown when no time ran out in the outage', () => {
    const { row, at, injectedUs, judge } = drill()
    row.expires_at = at(injectedUs - SECOND)
    expect(judge()).toMatchObject({ valid: 'unknown', reason: 'no time ran out during postgres-crashed' })
  })

  test('is unknown without an outage, without a return, and without rows', () => {
    const { outage, judge } = drill()
    expect(judge([]).valid).toBe('unknown')
    expect(judge([{ ...outage, firstSuccessUs: null }]).valid).toBe('unknown')
    expect(judge([outage], noEvidence() as never).valid).toBe('unknown')
  })
})
