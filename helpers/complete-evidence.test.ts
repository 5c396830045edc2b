import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { InvariantRows } from './checkers/evidence-rows.ts'
import { INTEGRITY_CHECKERS } from './checkers/integrity-checkers.ts'
import { judge, quietDay } from './checkers/model-exam.ts'
import { completeEvidence } from './complete-evidence.ts'

const SQL_DIR = fileURLToPath(new URL('../sql/', import.meta.url))
const INVARIANTS = `${SQL_DIR}invariants/`
const invariant = (id: string, rows: readonly Record<string, unknown>[]): InvariantRows => ({
  id,
  title: id,
  rows: { known: true, rows },
})

describe('events that have no type, as from a CASE without ELSE', () => {
  /** A healthy day whose mapping forgot that closing a session is an event; what its queries find stands in `invariants`. */
  const untyped = (...invariants: InvariantRows[]) => {
    const exam = quietDay()
    const evidence = exam.evidence()
    for (const row of evidence.closingEvents.rows) Object.assign(row, { event_type: null })
    return { exam, evidence: { ...evidence, invariants } }
  }

  test('leave what is said of events unknown, and nothing of a healthy day is false', () => {
    const { exam, evidence } = untyped(
      invariant('answers-without-event', [{ session_id: 's-c-1', question_id: 'q-1' }]),
      invariant('closing-event-matches-status', [{ session_id: 's-c-1' }]),
      invariant('changed-count-explained', [{ session_id: 's-c-1' }]),
      invariant('duplicate-submits', []),
      invariant('missing-answers', []),
      invariant('orphaned-answers', []),
    )
    const complete = completeEvidence(evidence)
    const why = expect.stringContaining('event_type is NULL in 2 of 2')
    expect(complete.closingEvents).toEqual({ known: false, reason: why })
    for (const { id, rows } of complete.invariants) {
      expect(rows, id).toEqual(id === 'orphaned-answers' ? { known: true, rows: [] } : { known: false, reason: why })
    }
    const found = Object.values(INTEGRITY_CHECKERS).map((checker) => judge(checker, exam, { evidence: complete }))
    expect(found.filter(({ valid }) => valid === false)).toEqual([])
    expect(found.find(({ id }) => id === 'exactly-once-submit')).toMatchObject({ valid: 'unknown' })
    expect(found.find(({ id }) => id === 'sql-invariants')).toMatchObject({ valid: 'unknown' })
  })

  test('do not hide what the other events prove', () => {
    const lost = invariant('missing-answers', [{ session_id: 's-c-1', question_id: 'q-1' }])
    const { evidence } = untyped(lost)
    expect(completeEvidence(evidence).invariants).toEqual([lost])
  })

  test('are read beside those that closed a session', async () => {
    expect(await readFile(`${SQL_DIR}evidence/closing-events.sql`, 'utf8')).toContain('OR event_type IS NULL')
  })

  test('are known to every invariant that compares the type', async () => {
    const { evidence } = untyped()
    const files = (await readdir(INVARIANTS)).filter((name) => name.endsWith('.sql'))
    for (const file of files) {
      const compares = /event_type (=|IN|<>)/.test(await readFile(`${INVARIANTS}${file}`, 'utf8'))
      const [one] = completeEvidence({ ...evidence, invariants: [invariant(basename(file, '.sql'), [])] }).invariants
      expect(one?.rows.known, file).toBe(!compares)
    }
  })
})

test('answers without a time, and questions without a key, leave unknown what compares them, and nothing else', () => {
  const exam = quietDay()
  const undated = exam.evidence()
  Object.assign(undated.answers.rows[0] as object, { answered_at: null })
  const keyless = exam.evidence()
  Object.assign(keyless.papers.rows[0] as object, { correct_index: null })
  const late = invariant('answers-after-close', [])
  const marked = invariant('correctness-equals-key', [{ session_id: 's-c-1', question_id: 'q-1' }])
  const scored = invariant('score-equals-recount', [])
  const rowsOf = (evidence: typeof undated) => {
    const complete = completeEvidence({ ...evidence, invariants: [late, marked, scored] })
    expect(complete.answers.known && complete.papers.known && complete.sessions.known).toBe(true)
    return complete.invariants.map(({ rows }) => rows)
  }
  const unknown = (reason: string) => ({ known: false, reason: expect.stringContaining(reason) })
  expect(rowsOf(exam.evidence())).toEqual([late.rows, marked.rows, scored.rows])
  expect(rowsOf(undated)).toEqual([unknown('answered_at is NULL in 1 of 6'), marked.rows, scored.rows])
  const noKey = unknown('correct_index is NULL in 1 of')
  expect(rowsOf(keyless)).toEqual([late.rows, noKey, noKey])
  // A row that was made with the paper has no time.
  const made = exam.evidence()
  Object.assign(made.answers.rows[0] as object, {
    ...{ answered_at: null, selected_index: null, client_event_id: null, client_seq: null },
  })
  expect(rowsOf(made)[0]).toEqual(late.rows)
})

describe('sessions that lack what every session has', () => {
  const without = (column: string, ...invariants: InvariantRows[]) => {
    const exam = quietDay()
    const evidence = exam.evidence()
    for (const row of evidence.sessions.rows) Object.assign(row, { [column]: null })
    return { exam, evidence: { ...evidence, invariants } }
  }

  test('are those whose status is none of the three as well: it would be neither open nor closed', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { status: 'CLOSING' })
    const invariants = [invariant('unscored-sessions', []), invariant('orphaned-answers', [])]
    const complete = completeEvidence({ ...evidence, invariants })
    const unknown = { known: false, reason: expect.stringContaining('status is "CLOSING" in 1 of 2') }
    expect(complete.sessions).toEqual(unknown)
    expect(complete.invariants.map(({ rows }) => rows)).toEqual([unknown, { known: true, rows: [] }])
  })

  test('leave what is said of their times unknown, and nothing of a healthy day is false', () => {
    const { exam, evidence } = without(
      'expires_at',
      invariant('active-past-expiry', []),
      invariant('submitted-after-expiry', []),
      invariant('answers-after-close', []),
      invariant('orphaned-answers', []),
    )
    const complete = completeEvidence(evidence)
    const why = expect.stringContaining('expires_at is NULL in 2 of 2')
    for (const { id, rows } of complete.invariants) {
      expect(rows, id).toEqual(id === 'orphaned-answers' ? { known: true, rows: [] } : { known: false, reason: why })
    }
    const found = Object.values(INTEGRITY_CHECKERS).map((checker) => judge(checker, exam, { evidence: complete }))
    expect(found.filter(({ valid }) => valid === false)).toEqual([])
    expect(found.find(({ id }) => id === 'sql-invariants')).toMatchObject({ valid: 'unknown' })
  })

  test('do not hide what the others prove, and prove nothing by what they lack', () => {
    const late = invariant('submitted-after-expiry', [{ session_id: 's-c-1' }])
    expect(completeEvidence(without('expires_at', late).evidence).invariants).toEqual([late])
    const gift = invariant('expiry-is-start-plus-duration', [{ session_id: 's-c-1' }])
    const [one] = completeEvidence(without('started_at', gift).evidence).invariants
    expect(one?.rows.known).toBe(false)
  })

  test.each(['status', 'started_at', 'expires_at'])('are known to every invariant that compares %s', async (column) => {
    const compared = new RegExp(`[=<>]\\s*(s\\.)?${column}\\b|\\b${column}\\s*(=|<|>|\\+|IN\\b)`)
    const files = (await readdir(INVARIANTS)).filter((name) => name.endsWith('.sql'))
    for (const file of files) {
      const sql = await readFile(`${INVARIANTS}${file}`, 'utf8')
      const { evidence } = without(column, invariant(basename(file, '.sql'), []))
      const [one] = completeEvidence(evidence).invariants
      expect(one?.rows.known, file).toBe(!(sql.includes('test_sessions') && compared.test(sql)))
    }
  })
})
