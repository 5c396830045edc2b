import { describe, expect, test } from 'vitest'
import { historyAt } from './history-at.ts'
import { type DraftEvidence, modelExam, noEvidence, unreadable } from './model-exam.ts'
import { judgeRestore, type RestoreRecord } from './restore.ts'

type RestoredEvidence = Extract<RestoreRecord, { kind: 'restored' }>['evidence']

/**
 * A day with a backup in its middle: before it c-1 answers twice and hands in; while it is taken c-2's second answer is
 * under way; after it c-2 answers once more.
 */
function dayWithBackup() {
  const exam = modelExam()
  exam.start('c-1')
  exam.start('c-2')
  exam.answer('c-1', 'q-1', { version: 1, value: 1 })
  exam.answer('c-1', 'q-2', { version: 1, value: 2 })
  exam.answer('c-2', 'q-1', { version: 1, value: 3 })
  exam.submit('c-1')
  const fromUs = exam.events.at(-1)?.timeUs as number
  const before = exam.evidence()
  exam.answer('c-2', 'q-1', { version: 2, value: 4 })
  const toUs = fromUs + 1_500
  const during = exam.evidence()
  exam.answer('c-2', 'q-2', { version: 1, value: 0 })
  exam.submit('c-2')
  return { exam, point: { fromUs, toUs }, before, during, after: exam.evidence() }
}

function judge(
  evidence: DraftEvidence | ReturnType<typeof noEvidence>,
  { exam, point }: ReturnType<typeof dayWithBackup>,
) {
  const record: RestoreRecord = { kind: 'restored', point, bytes: 1_000, dumpMs: 10, restoreMs: 20, evidence }
  return judgeRestore(record, exam.history(), exam.expectations())
}

describe('a restored backup', () => {
  test('holds what was acknowledged at its consistent point, whether or not it has what was under way', () => {
    const day = dayWithBackup()
    for (const evidence of [day.before, day.during]) {
      expect(judge(evidence, day)).toMatchObject({
        valid: true,
        counts: { acknowledgedBefore: 6, acknowledgedLater: 3 },
      })
    }
  })

  test('without an answer that was acknowledged before is false, and says whose', () => {
    const day = dayWithBackup()
    day.before.answers.rows.shift()
    const verdict = judge(day.before, day)
    expect(verdict).toMatchObject({ valid: false, affected: ['c-1'] })
    expect(verdict.reason).toMatch(/no-lost-answer/)
  })

  test('without the rows of a table is false', () => {
    const day = dayWithBackup()
    day.before.answers.rows = []
    expect(judge(day.before, day).valid).toBe(false)
  })

  test('of an earlier moment than it says is false: what was acknowledged before is missing', () => {
    const day = dayWithBackup()
    const earlier = { ...day, point: { fromUs: day.exam.events.at(-1)?.timeUs as number, toUs: Infinity } }
    expect(judge(day.before, earlier).valid).toBe(false)
  })

  test('of a later moment than it says is false: it holds what was not sent yet', () => {
    const day = dayWithBackup()
    const verdict = judge(day.after, day)
    expect(verdict).toMatchObject({ valid: false })
    expect(verdict.reason).toMatch(/no-phantom-answer/)
  })

  test('in which an invariant is broken is false, unless the invariant is about the present', () => {
    const day = dayWithBackup()
    const offend = (id: string) => {
      const invariant = day.before.invariants.find((one) => one.id === id)
      invariant?.rows.rows.push({ session_id: 's-c-2' })
    }
    offend('active-past-expiry')
    offend('idle-in-transaction')
    expect(judge(day.before, day).valid).toBe(true)
    offend('unscored-sessions')
    expect(judge(day.before, day).valid).toBe(false)
  })

  test("is not held to an invariant of one's own, which is promised of the end of the day", () => {
    const day = dayWithBackup()
    const open = {
      id: 'nobody-is-left',
      title: 'No session is open',
      rows: { known: true, rows: [{ session_id: 's-c-2' }] },
    }
    const evidence = { ...day.before, invariants: [...day.before.invariants, open] } as RestoredEvidence
    const { point, exam } = day
    const record = { kind: 'restored', point, bytes: 1_000, dumpMs: 10, restoreMs: 20, evidence } as const
    const judged = (ownInvariants: readonly string[]) =>
      judgeRestore({ ...record, ownInvariants }, exam.history(), exam.expectations()).valid
    expect(judged(['nobody-is-left'])).toBe(true)
    expect(judged([])).toBe(false)
  })

  test('with a session that lacks what each must have is unknown: nothing compares with NULL', () => {
    const day = dayWithBackup()
    const row = day.before.sessions.rows.find(({ id }) => id === 's-c-2')
    Object.assign(row as object, { status: null })
    expect(judge(day.before, day)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('status is NULL in 1 of 2'),
    })
  })

  test('says everything that is wrong: all reasons, everybody affected in order, three examples at most', () => {
    const day = dayWithBackup()
    const rows = day.before.answers.rows
    for (const row of rows) row.client_event_id = 'nobody'
    const unscored = day.before.invariants.find(({ id }) => id === 'unscored-sessions')
    unscored?.rows.rows.push({ session_id: 's-c-2' }, { session_id: 's-c-1' })
    const verdict = judge(day.before, day)
    expect(verdict).toMatchObject({ valid: false, affected: ['c-1', 'c-2'] })
    expect(verdict.reason).toMatch(/^no-phantom-answer: .*; sql-invariants: .*$/)
    expect(verdict.violations).toBe(rows.length + 2)
    expect(verdict.examples).toHaveLength(3)
  })

  test('with the answer false shows why it is false, and not also what is unknown', () => {
    const day = dayWithBackup()
    day.before.answers.rows.shift()
    const broken = { ...day.before, sessions: unreadable('no such table') }
    const verdict = judge(broken as never, day)
    expect(verdict.valid).toBe(false)
    expect(verdict.reason).toContain('no-lost-answer')
    expect(verdict.reason).not.toContain('no such table')
  })

  test('that holds has nobody affected, no reason and no example', () => {
    const day = dayWithBackup()
    const verdict = judge(day.before, day)
    expect(verdict).toMatchObject({ valid: true, violations: 0, examples: [] })
    expect(Object.keys(verdict)).not.toContain('affected')
    expect(Object.keys(verdict)).not.toContain('reason')
  })

  test('counts as acknowledged what was, of that which writes', () => {
    const day = dayWithBackup()
    day.exam.read('c-1')
    day.exam.answer('c-2', 'q-3', { fate: 'request-lost' })
    expect(judge(day.before, day).counts).toMatchObject({ acknowledgedBefore: 6, acknowledgedLater: 3 })
  })

  test('that could not be taken, restored or read is unknown', () => {
    const day = dayWithBackup()
    const none: RestoreRecord = { kind: 'not-restored', why: 'pg_dump: exit code 1' }
    expect(judgeRestore(none, day.exam.history(), day.exam.expectations())).toMatchObject({
      valid: 'unknown',
      reason: 'pg_dump: exit code 1',
    })
    expect(judge(noEvidence(), day).valid).toBe('unknown')
  })

  test('taken before anything was acknowledged is unknown: nothing could be missing', () => {
    const day = dayWithBackup()
    const empty = modelExam().evidence()
    expect(judge(empty, { ...day, point: { fromUs: 0, toUs: 0 } }).valid).toBe('unknown')
  })
})

describe('the history at a moment', () => {
  test('what was answered is as it was, what was under way is open, what came later never was', () => {
    const { exam, point } = dayWithBackup()
    const outcomes = [...historyAt(exam.history(), point).operations()].map(({ f, outcome }) => `${f} ${outcome}`)
    expect(outcomes).toEqual([
      'create-session ok',
      'create-session ok',
      'save-answer ok',
      'save-answer ok',
      'save-answer ok',
      'submit ok',
      'save-answer info',
    ])
  })

  test('what certainly failed has failed, whenever the answer came', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { fate: 'not-sent' })
    const operation = [...exam.history().operations()].at(-1)
    const at = { fromUs: 0, toUs: operation?.timeUs as number }
    expect([...historyAt(exam.history(), at).operations()].at(-1)?.outcome).toBe('fail')
  })
})
