import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { oneSessionPerCandidate } from './one-session-per-candidate.ts'

describe('one session per candidate (C14)', () => {
  test('sane: starting again, on another device too, finds the same session', () => {
    const exam = quietDay()
    exam.start('c-1')
    exam.start('c-1', { connection: 'second-device' })
    expect(judge(oneSessionPerCandidate, exam)).toMatchObject({ valid: true, counts: { candidates: 2, sessions: 2 } })
  })

  test('violated: told of two sessions', () => {
    const exam = quietDay()
    exam.start('c-1', { connection: 'second-device' })
    const last = exam.events.at(-1)
    if (last?.type === 'ok' && last.told?.kind === 'session') last.told = { ...last.told, session: 's-second' }
    const verdict = judge(oneSessionPerCandidate, exam)
    expect(verdict).toMatchObject({ valid: false, affected: ['c-1'] })
    expect(verdict.examples[0]?.summary).toBe('c-1: was told of 2 sessions: s-c-1, s-second')
  })

  test('violated: two rows in one exam, also when the candidate only ever heard of one', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.sessions.rows.push({
      ...(evidence.sessions.rows[0] as (typeof evidence.sessions.rows)[0]),
      id: 's-second',
    })
    const verdict = judge(oneSessionPerCandidate, exam, { evidence })
    expect(verdict.reason).toBe('c-1: has 2 sessions in exam exam')
    Object.assign(evidence.sessions.rows.at(-1) as object, { exam_id: 'another exam' })
    expect(judge(oneSessionPerCandidate, exam, { evidence }).valid).toBe(true)
  })

  test('violated: the session that was promised does not exist', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.sessions.rows.shift()
    expect(judge(oneSessionPerCandidate, exam, { evidence }).reason).toContain('which does not exist')
  })

  test('unknown: nobody started, or the sessions could not be read', () => {
    expect(judge(oneSessionPerCandidate, modelExam()).valid).toBe('unknown')
    expect(judge(oneSessionPerCandidate, quietDay(), { evidence: { sessions: unreadable() } }).valid).toBe('unknown')
  })
})
