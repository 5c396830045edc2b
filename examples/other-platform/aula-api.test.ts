import { describe, expect, test } from 'vitest'
import { platformProblems } from '../../helpers/platform/platform-problems.ts'
import { aulaApi } from './aula-api.ts'
import platform from './platform.ts'

const TOKENS = { accessToken: 't', refreshToken: 't' }
const answer = { session: '7', question: 'q1', value: 2, version: 3, nonce: 'n' }
const response = (status: number, body: unknown, headers = {}) => ({ status, headers, body: JSON.stringify(body) })

test('the platform is one', () => {
  expect(platformProblems(platform)).toEqual([])
})

test('an answer is sent by its question and choice, and is ok when that is what was kept', () => {
  const call = aulaApi.saveAnswer(TOKENS, answer)
  expect(call).toMatchObject({ method: 'POST', path: '/api/exam/attempts/7/answers' })
  expect(JSON.parse(call.body ?? '')).toEqual({ question: 'q1', choice: 2 })
  expect(call.read(response(200, { question: 'q1', choice: 2, saved: 'x' }))).toMatchObject({
    outcome: 'ok',
    told: { question: 'q1', value: 2, version: null },
  })
  expect(call.read(response(200, { question: 'q1', choice: 1, saved: 'x' }))).toMatchObject({ reason: 'echo-mismatch' })
  expect(call.read(response(200, '<html>'))).toMatchObject({ outcome: 'info', reason: 'unparsable-body' })
})

test('the first page of a sheet is position 1', () => {
  expect(aulaApi.readQuestions(TOKENS, '7', 1, 10).path).toBe('/api/exam/attempts/7/sheet?offset=0&limit=10')
})

test('states have the names of the rehearsal', () => {
  const body = { attempt: '7', state: 'timed_out', ended: '2026-01-01T00:00:00Z', points: 1, maxPoints: 3 }
  expect(aulaApi.submit(TOKENS, '7', 'key').read(response(200, body))).toMatchObject({
    outcome: 'ok',
    told: { status: 'EXPIRED', scoreCorrect: 1, scoreTotal: 3 },
  })
})

describe('what Aula says with a status of its own', () => {
  test.each([
    [425, 'exam_not_open', 'exam-not-open'],
    [410, 'attempt_closed', 'session-closed'],
    [410, 'exam_over', 'conflict'],
    [423, 'exam_locked', 'forbidden'],
    [403, 'not_yours', 'forbidden'],
    [503, 'unavailable', 'unavailable'],
    [500, 'internal', 'server-error'],
  ])('%i %s is %s', (status, error, reason) => {
    const read = aulaApi
      .saveAnswer(TOKENS, answer)
      .read(response(status, { error, detail: '' }, { 'retry-after': '3' }))
    expect(read).toMatchObject({ reason, errorCode: error, retryAfterSeconds: 3 })
    expect(read.told).toBeUndefined()
  })
})
