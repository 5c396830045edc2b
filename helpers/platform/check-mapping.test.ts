import { expect, test } from 'vitest'
import { columnProblems, examProblems, neededColumns, withoutFile } from './check-mapping.ts'
import type { Statement } from './map-sql.ts'

const asked = (sql: string, name = 'q'): readonly Statement[] => [{ name, sql, isOwn: false }]

const MAPPING = {
  relations: new Map([['session_answers', 'SELECT 1']]),
  absent: new Map([['job_run', 'it has no jobs']]),
}

test('only columns that a query names which is asked are needed', () => {
  expect(
    neededColumns('session_answers', MAPPING, [
      ...asked('SELECT session_id, is_correct FROM session_answers'),
      ...asked('SELECT changed_count FROM session_answers, job_run'),
      ...asked('SELECT client_seq FROM attempt_events'),
    ]),
  ).toEqual({ session_id: { kind: 'key', readBy: ['q'] }, is_correct: { kind: 'boolean', readBy: ['q'] } })
})

test('a relation without a file is named with who reads it, but for one that a query of the platform itself names', () => {
  const statements = [
    ...asked('SELECT 1 FROM session_answers, user_theme_mastery', 'invariants/mastery'),
    ...asked('SELECT 1 FROM user_theme_mastery', 'evidence/mastery'),
    ...asked('SELECT 1 FROM irt_runs, job_run', 'invariants/jobs'),
    ...asked('-- not judged: it has none', 'invariants/none'),
    { name: 'invariants/own', sql: 'SELECT 1 FROM notifications', isOwn: true },
  ]
  expect(withoutFile(MAPPING, statements)).toEqual([
    { relation: 'user_theme_mastery', readBy: ['invariants/mastery', 'evidence/mastery'] },
  ])
})

test('what is missing or of another type is told at once, with what may have been meant', () => {
  const given = new Map([
    ['session_id', 2950],
    ['answered', 1184],
    ['selected_index', 25],
    ['is_correct', 16],
  ])
  const readBy = ['evidence/answers', 'invariants/answers-after-close']
  const needed = {
    session_id: { kind: 'key', readBy },
    answered_at: { kind: 'time', readBy },
    selected_index: { kind: 'number', readBy },
    is_correct: { kind: 'boolean', readBy },
  } as const
  expect(columnProblems('session_answers', given, needed)).toEqual([
    'session_answers.answered_at is missing',
    'session_answers.selected_index is no number (type 25)',
    'session_answers has answered, which nobody reads',
    'session_answers.answered_at is read by evidence/answers, invariants/answers-after-close',
  ])
})

test('a time without a zone is no time', () => {
  const needed = { closes_at: { kind: 'time', readBy: ['q'] } } as const
  expect(columnProblems('exams', new Map([['closes_at', 1114]]), needed)).toHaveLength(1)
  expect(columnProblems('exams', new Map([['closes_at', 1184]]), needed)).toEqual([])
})

test.each([
  ['7', ['7', '8'], []],
  ['7', ['8', '9'], ['exams with the ids 8, 9']],
  ['7', [], ['no row']],
  ['0A000000-0000-4000-8000-000000000000', ['0a000000-0000-4000-8000-000000000000'], []],
  ['Final', ['final'], ['exams with the ids final']],
])('the exam %s among those with the ids %j', (examId, ids, problems) => {
  expect(examProblems(examId, ids)).toEqual(problems)
})
