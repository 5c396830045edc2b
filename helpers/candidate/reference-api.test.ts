import { describe, expect, test } from 'vitest'
import type { Call, HttpResponse } from './exam-api.ts'
import { referenceApi } from './reference-api.ts'

const TOKENS = { accessToken: 'access', refreshToken: 'refresh' }
const SESSION = 'a0000000-0000-4000-8000-000000000001'
const EXAM = 'e0000000-0000-4000-8000-000000000001'
const ANSWER = { session: SESSION, question: 'q-1', value: 2, version: 3, nonce: 'n-3' }

function reply(body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

const stored = (over: Record<string, unknown> = {}) => ({
  question_id: 'q-1',
  selected_index: 2,
  client_seq: 3,
  client_event_id: 'n-3',
  ...over,
})

describe('an answer that is saved', () => {
  const call = referenceApi.saveAnswer(TOKENS, ANSWER)

  test('is sent with its version and nonce', () => {
    expect(call).toMatchObject({ method: 'POST', path: `/v1/sessions/${SESSION}/answer` })
    expect(call.headers).toMatchObject({ authorization: 'Bearer access', 'content-type': 'application/json' })
    expect(JSON.parse(call.body ?? '')).toEqual({
      question_id: 'q-1',
      selected_index: 2,
      client_event_id: 'n-3',
      client_seq: 3,
    })
  })

  test('goes to its own session and with the tokens of now, whatever the answer before it was sent with', () => {
    const renewed = { ...TOKENS, accessToken: 'renewed' }
    expect(referenceApi.saveAnswer(TOKENS, { ...ANSWER, session: 'b' }).path).toBe('/v1/sessions/b/answer')
    expect(referenceApi.saveAnswer(TOKENS, ANSWER).path).toBe(`/v1/sessions/${SESSION}/answer`)
    expect(referenceApi.saveAnswer(renewed, ANSWER).headers).toMatchObject({ authorization: 'Bearer renewed' })
    expect(referenceApi.saveAnswer(TOKENS, ANSWER).headers).toMatchObject({ authorization: 'Bearer access' })
  })

  test('a cleared answer is sent as null, and a mark alone sends no choice at all', () => {
    const cleared = referenceApi.saveAnswer(TOKENS, { ...ANSWER, value: null })
    expect(JSON.parse(cleared.body ?? '')).toHaveProperty('selected_index', null)
    const marked = referenceApi.saveAnswer(TOKENS, { ...ANSWER, markOnly: true, markedForReview: true })
    expect(JSON.parse(marked.body ?? '')).not.toHaveProperty('selected_index')
    expect(JSON.parse(marked.body ?? '')).toHaveProperty('marked_for_review', true)
  })

  test('is ok when all of it is echoed', () => {
    const told = {
      kind: 'answer',
      session: SESSION,
      superseded: false,
      question: 'q-1',
      version: 3,
      value: 2,
      nonce: 'n-3',
    }
    expect(call.read(reply({ answer: stored(), progress: {} }))).toEqual({
      outcome: 'ok',
      reason: 'success',
      reply: told,
      told,
    })
  })

  test.each([
    ['question', { question_id: 'q-2' }],
    ['value', { selected_index: 1 }],
    ['version', { client_seq: 2 }],
    ['nonce', { client_event_id: 'n-2' }],
    ['nonce that is left out', { client_event_id: undefined }],
    ['value that was cleared', { selected_index: null }],
  ])('another %s is not ok but an echo of somebody else', (_, over) => {
    expect(call.read(reply({ answer: stored(over) }))).toEqual({ outcome: 'info', reason: 'echo-mismatch' })
  })

  test('a mark for review that is not echoed as it was sent is not ok', () => {
    const marking = referenceApi.saveAnswer(TOKENS, { ...ANSWER, markOnly: true, markedForReview: true })
    const unmarked = marking.read(reply({ answer: stored({ marked_for_review: false }) }))
    expect(unmarked).toEqual({ outcome: 'info', reason: 'echo-mismatch' })
    const marked = marking.read(reply({ answer: stored({ marked_for_review: true }) }))
    expect(marked).toMatchObject({ outcome: 'ok', told: { marked: true } })
    expect(marking.read(reply({ answer: stored() }))).toMatchObject({ outcome: 'ok' })
  })

  test('a newer stored answer means that this one had no effect', () => {
    const newer = { answer: stored({ client_seq: 4, client_event_id: 'n-4', selected_index: 0 }), superseded: true }
    expect(call.read(reply(newer))).toMatchObject({
      outcome: 'fail',
      reason: 'superseded',
      told: { superseded: true, version: 4, value: 0, nonce: 'n-4' },
    })
  })

  test('an older stored answer, or one to another question, cannot have superseded it', () => {
    for (const over of [{ client_seq: 2 }, { client_seq: null }, { client_seq: 4, question_id: 'q-2' }]) {
      expect(call.read(reply({ answer: stored(over), superseded: true }))).toMatchObject({ reason: 'echo-mismatch' })
    }
  })
})

describe('a session', () => {
  const request = {
    examId: EXAM,
    idempotencyKey: 'k-1',
    paper: { year: 2026, blocks: ['A'], count: 12, durationSeconds: 600 },
  }
  const summary = {
    session_id: SESSION,
    exam_id: EXAM,
    status: 'ACTIVE',
    total_questions: 12,
    expires_at: '2026-06-01T10:00:00Z',
  }

  test('is asked for with an idempotency key', () => {
    const call = referenceApi.createSession(TOKENS, request)
    expect(call.headers['idempotency-key']).toBe('k-1')
    expect(JSON.parse(call.body ?? '')).toEqual({
      mode: 'EXAM',
      year: 2026,
      blocks: ['A'],
      count: 12,
      duration_seconds: 600,
      exam_id: EXAM,
    })
  })

  test('201 is a new one, 200 the one there was', () => {
    const { read } = referenceApi.createSession(TOKENS, request)
    expect(read(reply(summary, 201)).reply).toMatchObject({ session: SESSION, created: true, totalQuestions: 12 })
    expect(read(reply(summary, 200)).reply).toMatchObject({ session: SESSION, created: false })
  })

  test('of another exam or of another length is not the one that was asked for', () => {
    const { read } = referenceApi.createSession(TOKENS, request)
    expect(read(reply({ ...summary, exam_id: 'other' }, 201)).reason).toBe('echo-mismatch')
    expect(read(reply({ ...summary, total_questions: 11 }, 201)).reason).toBe('echo-mismatch')
    expect(referenceApi.currentSession(TOKENS, EXAM).read(reply({ ...summary, exam_id: 'other' })).reason).toBe(
      'echo-mismatch',
    )
  })

  test('that is read must be the one asked for, and lists the paper in order', () => {
    const { read } = referenceApi.readSession(TOKENS, SESSION)
    const body = {
      session: { session_id: SESSION, status: 'ACTIVE' },
      remaining_seconds: 99,
      questions: [
        {
          position: 2,
          ...stored({ question_id: 'q-2', selected_index: null, client_seq: null, client_event_id: null }),
        },
        { position: 1, ...stored() },
      ],
    }
    expect(read(reply(body)).told).toEqual({
      kind: 'paper',
      session: SESSION,
      status: 'ACTIVE',
      remainingSeconds: 99,
      answers: [
        { question: 'q-1', version: 3, value: 2, nonce: 'n-3' },
        { question: 'q-2', version: null, value: null },
      ],
    })
    expect(read(reply({ ...body, session: { session_id: 'other', status: 'ACTIVE' } })).reason).toBe('echo-mismatch')
  })
})

describe('a submit', () => {
  const call = referenceApi.submit(TOKENS, SESSION, 'k-2')
  const body = {
    session_id: SESSION,
    status: 'SUBMITTED',
    score_correct: 3,
    score_total: 12,
    score_pct: 25,
    submitted_at: 'now',
  }

  test('keeps a hash of the exact bytes, because repeats must be identical', () => {
    const told = (text: string) => call.read(reply(text)).told
    expect(told(JSON.stringify(body))).toEqual(told(JSON.stringify(body)))
    expect(told(JSON.stringify(body))).not.toEqual(told(JSON.stringify(body, null, 1)))
    expect(call.headers['idempotency-key']).toBe('k-2')
  })

  test('of another session is not ok', () => {
    expect(call.read(reply({ ...body, session_id: 'other' })).reason).toBe('echo-mismatch')
  })
})

describe('tokens', () => {
  test('never get into the history', () => {
    const body = { user: {}, tokens: { access_token: 'secret-a', refresh_token: 'secret-r', token_type: 'Bearer' } }
    const reading = referenceApi.login({ email: 'a', password: 'b' }).read(reply(body))
    expect(reading.reply).toEqual({ accessToken: 'secret-a', refreshToken: 'secret-r' })
    expect(JSON.stringify(reading.told)).not.toContain('secret')
  })
})

describe('what is no success', () => {
  const calls: readonly [string, Call<unknown>][] = [
    ['login', referenceApi.login({ email: 'a', password: 'b' })],
    ['refresh-token', referenceApi.refreshToken('r')],
    [
      'create-session',
      referenceApi.createSession(TOKENS, {
        examId: EXAM,
        idempotencyKey: 'k',
        paper: { year: 1, blocks: [], count: 1, durationSeconds: 1 },
      }),
    ],
    ['current-session', referenceApi.currentSession(TOKENS, EXAM)],
    ['read-session', referenceApi.readSession(TOKENS, SESSION)],
    ['read-questions', referenceApi.readQuestions(TOKENS, SESSION, 1, 12)],
    ['save-answer', referenceApi.saveAnswer(TOKENS, ANSWER)],
    ['submit', referenceApi.submit(TOKENS, SESSION, 'k')],
    ['review', referenceApi.review(TOKENS, SESSION)],
  ]

  test.each(calls)('%s: a 200 that is not the contract is info, whatever it is', (_, call) => {
    for (const body of ['', '<html>502</html>', 'null', '[]', '{}', '{"tokens":{}}', '{"answer":null}']) {
      expect(call.read(reply(body))).toMatchObject({ outcome: 'info', reason: 'unparsable-body' })
    }
  })

  test.each(calls)('%s: a refusal keeps its error code and when to come back', (_, call) => {
    const refused = reply({ error_code: 'RATE_LIMITED' }, 429, { 'retry-after': '7' })
    expect(call.read(refused)).toEqual({
      outcome: 'fail',
      reason: 'rate-limited',
      errorCode: 'RATE_LIMITED',
      retryAfterSeconds: 7,
    })
  })

  test('an error page of a proxy is a server error without a code', () => {
    expect(referenceApi.review(TOKENS, SESSION).read(reply('<html>', 502))).toEqual({
      outcome: 'info',
      reason: 'server-error',
    })
  })

  test('a Retry-After that is no number of seconds is not believed', () => {
    const reading = referenceApi.review(TOKENS, SESSION).read(reply({}, 503, { 'retry-after': 'soon' }))
    expect(reading).toEqual({ outcome: 'info', reason: 'unavailable' })
  })

  test('a log-out is ok with any 2xx, for there is nothing to echo', () => {
    const { read } = referenceApi.logout(TOKENS)
    expect(read(reply('', 204))).toEqual({ outcome: 'ok', reason: 'success', reply: null })
    expect(read(reply({}, 500)).outcome).toBe('info')
  })
})
