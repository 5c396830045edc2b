import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../history/outcome.ts'
import type { Exchange } from './connection.ts'
import { toldOk } from './read-reply.ts'
import { readingOf } from './reading-of.ts'

const ANSWERED: Exchange = { kind: 'response', response: { status: 200, headers: {}, body: '{}' } }
/** As an adapter reads it that hands on what it parsed. */
const told = (fields: object) => ({ read: () => toldOk(fields as never) })

const SESSION = { kind: 'session', status: 'ACTIVE', created: true, expiresAt: 'later', totalQuestions: 1 }
const PAPER = { kind: 'paper', status: 'ACTIVE', remainingSeconds: 1 }
const ANSWER = { kind: 'answer', superseded: false, version: 1, value: 1 }
const SUBMISSION = { kind: 'submission', status: 'SUBMITTED', submittedAt: 'now', scoreCorrect: 1, scoreTotal: 1 }
const saved = (question: unknown) => [{ question, version: 1, value: 1 }]

describe('ids of a reply', () => {
  test.each([
    { kind: 'tokens' },
    { ...SESSION, session: '1' },
    { ...PAPER, session: '1', answers: saved('7') },
    { ...PAPER, session: '1', answers: [] },
    { kind: 'questions', questions: ['7'] },
    { ...ANSWER, session: '1', question: '7' },
    { ...SUBMISSION, session: '1' },
    { kind: 'review', session: '1', answers: saved('7') },
  ])('that are texts are believed: $kind', (fields) => {
    expect(readingOf(told(fields), ANSWERED)).toEqual({ ...outcomeOf('success'), reply: fields, told: fields })
  })

  test.each([
    { ...SESSION, session: 1 },
    { ...SESSION, session: null },
    { ...PAPER, session: 1, answers: saved('7') },
    { ...PAPER, session: '1', answers: saved(7) },
    { kind: 'questions', questions: ['6', 7] },
    { ...ANSWER, session: 1, question: '7' },
    { ...ANSWER, session: '1', question: 7 },
    { ...SUBMISSION, session: 1 },
    { kind: 'review', session: 1, answers: saved('7') },
    { kind: 'review', session: '1', answers: saved(7) },
    { ...PAPER, session: '1' },
    { ...PAPER, session: '1', answers: null },
    { ...PAPER, session: '1', answers: [null] },
    { kind: 'questions' },
    { kind: 'questions', questions: {} },
    { kind: 'review', session: '1' },
  ])('that are none are not what the contract says: $kind', (fields) => {
    expect(readingOf(told(fields), ANSWERED)).toEqual(outcomeOf('unparsable-body'))
  })

  test('are not asked of what tells nothing', () => {
    expect(readingOf({ read: () => ({ ...outcomeOf('success'), reply: null }) }, ANSWERED)).toEqual({
      ...outcomeOf('success'),
      reply: null,
    })
    expect(readingOf({ read: () => outcomeOf('conflict') }, ANSWERED)).toEqual(outcomeOf('conflict'))
  })
})
