import { expect, test } from 'vitest'
import { columnProblems, neededColumns } from './check-mapping.ts'

const MAPPING = {
  relations: new Map([['session_answers', 'SELECT 1']]),
  absent: new Map([['job_run', 'it has no jobs']]),
}

test('only columns that a query names which is asked are needed', () => {
  expect(
    neededColumns('session_answers', MAPPING, [
      'SELECT session_id, is_correct FROM session_answers',
      'SELECT changed_count FROM session_answers, job_run',
      'SELECT client_seq FROM attempt_events',
    ]),
  ).toEqual({ session_id: 'key', is_correct: 'boolean' })
})

test('what is missing or of another type is told at once, with what may have been meant', () => {
  const given = new Map([
    ['session_id', 2950],
    ['answered', 1184],
    ['selected_index', 25],
    ['is_correct', 16],
  ])
  const needed = { session_id: 'key', answered_at: 'time', selected_index: 'number', is_correct: 'boolean' } as const
  expect(columnProblems('session_answers', given, needed)).toEqual([
    'session_answers.answered_at is missing',
    'session_answers.selected_index is no number (type 25)',
    'session_answers has answered, which nobody reads',
  ])
})

test('a time without a zone is no time', () => {
  expect(columnProblems('exams', new Map([['closes_at', 1114]]), { closes_at: 'time' })).toHaveLength(1)
  expect(columnProblems('exams', new Map([['closes_at', 1184]]), { closes_at: 'time' })).toEqual([])
})
