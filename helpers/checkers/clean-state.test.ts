import { describe, expect, test } from 'vitest'
import { cleanState } from './clean-state.ts'
import type { Evidence } from './evidence-rows.ts'
import { declaredAbsent, judge, modelExam, quietDay, unreadable } from './model-exam.ts'

describe('a clean state at the end (C25)', () => {
  test('sane: nothing is left over', () => {
    expect(judge(cleanState, quietDay())).toMatchObject({ valid: true, counts: { 'emptied-sessions': 0 } })
  })

  test('violated: a closed session is empty, though answers were acknowledged', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows = evidence.answers.rows.filter((row) => row.session_id !== 's-c-2')
    const verdict = judge(cleanState, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, affected: ['c-2'], counts: { 'emptied-sessions': 1 } })
    expect(verdict.reason).toBe('c-2: session s-c-2 is SUBMITTED without any answer, 3 were acknowledged')
    expect(verdict.examples[0]?.rows).toEqual(evidence.sessions.rows.filter(({ id }) => id === 's-c-2'))
  })

  test('an open session without the answers that were acknowledged is open, and nothing else', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    const evidence = exam.evidence()
    evidence.answers.rows = []
    expect(judge(cleanState, exam, { evidence })).toMatchObject({
      valid: 'unknown',
      violations: 0,
      counts: { 'open-sessions': 1, 'emptied-sessions': 0 },
    })
  })

  test('a candidate that answered nothing may hand in an empty paper', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.submit('c-1')
    expect(judge(cleanState, exam).valid).toBe(true)
  })

  test('a candidate whose answers were never acknowledged may have handed in an empty paper', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'request-lost' })
    exam.answer('c-1', 'q-2', { fate: 'not-sent' })
    exam.submit('c-1')
    expect(judge(cleanState, exam)).toMatchObject({ valid: true, counts: { 'emptied-sessions': 0 } })
  })

  test('violated: an integrity query found something left over', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.invariants.find(({ id }) => id === 'active-past-expiry')?.rows.rows.push({ session_id: 's-c-1' })
    const { reason, examples } = judge(cleanState, exam, { evidence })
    expect(reason).toBe('active-past-expiry: {"session_id":"s-c-1"}')
    expect(examples[0]?.rows).toEqual([{ session_id: 's-c-1' }])
  })

  test('unknown: a session open past its time, while a fault could not be healed, is not the backend that forgot it', () => {
    const row = { session_id: 's-c-1', status: 'ACTIVE' }
    const judged = (invariant: string, toUs: number | null) => {
      const evidence = quietDay().evidence()
      evidence.invariants.find(({ id }) => id === invariant)?.rows.rows.push(row)
      const faults = [{ name: 'backend-paused', fromUs: 1, toUs }]
      return judge(cleanState, quietDay(), { evidence, expectations: { faults } })
    }
    expect(judged('active-past-expiry', 5).valid).toBe(false)
    expect(judged('active-past-expiry', null)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('a fault was not healed: active-past-expiry'),
    })
    expect(judged('orphaned-answers', null).valid).toBe(false)
  })

  test('unknown: a session of this exam was still open, so nobody has seen it close', () => {
    const exam = quietDay()
    exam.start('c-3')
    const verdict = judge(cleanState, exam, { expectations: { candidates: ['c-1', 'c-2', 'c-3'] } })
    expect(verdict).toMatchObject({ valid: 'unknown', counts: { 'open-sessions': 1 } })
    expect(verdict.reason).toMatch(/^c-3: session s-c-3 was still open/)
    // Somebody who is not on stage.
    expect(judge(cleanState, exam)).toMatchObject({ valid: true, counts: { 'open-sessions': 0 } })
  })

  test('violated: all that is left of the answers of a closed session are placeholders', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    for (const row of evidence.answers.rows) {
      if (row.session_id !== 's-c-2') continue
      Object.assign(row, { selected_index: null, is_correct: null, client_seq: 0, client_event_id: null })
    }
    expect(judge(cleanState, exam, { evidence })).toMatchObject({ valid: false, affected: ['c-2'] })
  })

  test('odd: where neither version nor nonce is stored, the only answer of a closed session may have been cleared', () => {
    const handedIn = (value: number | null) => {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { value: 1 })
      exam.answer('c-1', 'q-1', { version: 2, value })
      exam.submit('c-1')
      const evidence = exam.evidence()
      for (const row of evidence.answers.rows) {
        Object.assign(row, { selected_index: null, is_correct: null, client_seq: null, client_event_id: null })
      }
      return judge(cleanState, exam, { evidence })
    }
    expect(handedIn(null)).toMatchObject({ valid: true, counts: { 'emptied-sessions': 0 } })
    expect(handedIn(3)).toMatchObject({ valid: false, affected: ['c-1'] })
  })

  test('a query about what the platform declares not to have is not judged, and the others are', () => {
    const absent = (...ids: string[]) => {
      const evidence = quietDay().evidence()
      const invariants = evidence.invariants.map((one) =>
        ids.includes(one.id) ? { ...one, rows: declaredAbsent() } : one,
      )
      return { ...evidence, invariants }
    }
    const evidence = absent('orphaned-events')
    expect(judge(cleanState, quietDay(), { evidence })).toMatchObject({
      valid: true,
      counts: { 'orphaned-answers': 0, 'orphaned-events (not judged)': 1 },
    })
    evidence.answers.rows = evidence.answers.rows.filter((row) => row.session_id !== 's-c-2')
    expect(judge(cleanState, quietDay(), { evidence }).valid).toBe(false)
    // Unreadable is not absent, and nothing at all is no clean state.
    const unread = absent().invariants.map((one) => ({ ...one, rows: unreadable() }))
    expect(judge(cleanState, quietDay(), { evidence: { invariants: unread } }).valid).toBe('unknown')
    const none = absent(...evidence.invariants.map(({ id }) => id))
    expect(judge(cleanState, quietDay(), { evidence: none })).toMatchObject({
      valid: 'unknown',
      reason: 'no query for what is left over was run',
    })
  })

  test('unknown: a query was not run, or the rows could not be read, or there are none', () => {
    const reasonOf = (evidence: Partial<Evidence>) => {
      const { valid, reason } = judge(cleanState, quietDay(), { evidence })
      return [valid, reason]
    }
    expect(reasonOf({ invariants: [] })).toEqual(['unknown', 'orphaned-answers was not looked into'])
    const invariants = quietDay()
      .evidence()
      .invariants.map((one) => ({ ...one, rows: unreadable('gone') }))
    expect(reasonOf({ invariants })).toEqual(['unknown', 'orphaned-answers could not be read: gone'])
    for (const rows of ['sessions', 'answers'] as const) {
      expect(reasonOf({ [rows]: unreadable('gone') })).toEqual(['unknown', `the ${rows} could not be read: gone`])
    }
    expect(judge(cleanState, modelExam())).toMatchObject({ valid: 'unknown', reason: 'there are no sessions' })
  })
})
