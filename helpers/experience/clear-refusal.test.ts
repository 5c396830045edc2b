import { describe, expect, test } from 'vitest'
import reference from '../platform/reference-platform.ts'
import { problemsOfRefusal } from './clear-refusal.ts'
import type { Refusal } from './moments.ts'

const PROMISE = { envelope: reference.refusals.envelope, repeatsRequestId: true }

const BODY = {
  error_code: 'RATE_LIMITED',
  message: 'Too many requests; please wait a moment.',
  details: [],
  request_id: 'r-1',
}

function refusal(changed: Partial<Refusal> = {}, body: Record<string, unknown> = {}): Refusal {
  return {
    status: 429,
    contentType: 'application/json; charset=utf-8',
    requestId: 'r-1',
    retryAfter: '7',
    body: JSON.stringify({ ...BODY, ...body }),
    ...changed,
  }
}

describe('a clear refusal', () => {
  test('has nothing wrong with it', () => {
    expect(problemsOfRefusal(refusal(), 'r-1', PROMISE)).toEqual([])
    expect(problemsOfRefusal(refusal({ status: 404, retryAfter: null }), 'r-1', PROMISE)).toEqual([])
  })

  test.each([
    ['JSON under a name of its own', refusal({ contentType: 'application/problem+json; charset=utf-8' })],
    ['of a code that has the name of a failure in it', refusal({}, { error_code: 'RECONNECT_LATER' })],
    ['with an address to read on', refusal({}, { message: 'See https://help.example.rs:8443/429 for more.' })],
    ['JSON in capital letters', refusal({ contentType: 'Application/JSON' })],
    ['a date to come back', refusal({ retryAfter: 'Sat, 28 Nov 2026 18:00:00 GMT' })],
    ['Japanese', refusal({}, { message: 'リクエストが多すぎます。しばらくお待ちください。' })],
    ['Chinese', refusal({}, { message: '请求过多' })],
    ['Thai', refusal({}, { message: 'การสอบสิ้นสุดแล้ว' })],
    ['Hindi', refusal({}, { message: 'परीक्षा की समाप्ति' })],
  ])('may be %s', (_, clear) => {
    expect(problemsOfRefusal(clear, 'r-1', PROMISE)).toEqual([])
  })

  test('of a platform that repeats no request id may have none, or its own', () => {
    for (const requestId of [null, 'own-77'])
      expect(problemsOfRefusal(refusal({ requestId }), 'r-1', { ...PROMISE, repeatsRequestId: false })).toEqual([])
  })

  test.each([
    ['no Retry-After on 429', refusal({ retryAfter: null }), /try again/],
    ['no Retry-After on 503', refusal({ status: 503, retryAfter: null }), /try again/],
    ['a Retry-After of nothing', refusal({ retryAfter: '0' }), /try again/],
    ['a Retry-After in words', refusal({ retryAfter: 'soon' }), /try again/],
    ['a date that no server writes', refusal({ retryAfter: '2026-11-28T18:00:00Z' }), /try again/],
    ['something else than JSON', refusal({ contentType: 'application/jsonp' }), /came as/],
    ['no request id in the header', refusal({ requestId: null }), /no X-Request-ID/],
    ['the request id of another', refusal({ requestId: 'r-2' }), /another request/],
    ['no request id in the body', refusal({}, { request_id: undefined }), /fields/],
    ['HTML', refusal({ contentType: 'text/html', body: '<h1>502</h1>' }), /came as text\/html/],
    ['a field more', refusal({}, { stack: [] }), /fields/],
    ['no code', refusal({}, { error_code: 'oops' }), /no error_code/],
    ['a message for nobody', refusal({}, { message: 'E1042' }), /person/],
    ['a stack trace', refusal({}, { message: 'It broke\n    at save (/app/store.ts:12:4)' }), /insides/],
    ['a stack trace of Java', refusal({}, { message: 'It broke\n\tat exam.Store.save(Store.java:12)' }), /insides/],
    ['one of Python', refusal({}, { message: 'It broke in File "/app/views.py", line 12, in save' }), /insides/],
    ['one of PHP', refusal({}, { message: 'It broke in /app/index.php on line 12' }), /insides/],
    ['one of Ruby', refusal({}, { message: "It broke: app/store.rb:12:in `save'" }), /insides/],
    ['one of Go', refusal({}, { message: 'It broke: goroutine 7 [running]' }), /insides/],
    ['one of C#', refusal({}, { message: 'It broke at Exam.Save() in /src/Store.cs:line 12' }), /insides/],
    ['where it connects to', refusal({}, { message: 'connect ECONNREFUSED 10.0.0.7:5432' }), /insides/],
    ['its SQL', refusal({}, { message: 'could not run SELECT outcome FROM x' }), /insides/],
    ['details that are no list', refusal({}, { details: {} }), /details/],
  ])('%s is told', (_, unclear, problem) => {
    expect(problemsOfRefusal(unclear, 'r-1', PROMISE).join('; ')).toMatch(problem)
  })
})

describe('an envelope with an object in it', () => {
  const envelope = { fields: ['error'], code: 'error.code', message: 'error.message', requestId: 'error.id' }
  const nested = (error: unknown, more: object = {}) =>
    refusal({ status: 404, retryAfter: null, body: JSON.stringify({ error, ...more }) })
  const told = { code: 'NOT_FOUND', message: 'There is no such exam.', id: 'r-1' }
  const problemsOf = (unclear: Refusal, fields = envelope.fields) =>
    problemsOfRefusal(unclear, 'r-1', { envelope: { ...envelope, fields }, repeatsRequestId: true })

  test('has nothing wrong with it', () => {
    expect(problemsOf(nested(told))).toEqual([])
    expect(problemsOf(nested(told), ['error.code', 'error.id', 'error.message'])).toEqual([])
  })

  test.each([
    ['no code', nested({ ...told, code: undefined }), 'has no error.code'],
    ['a message for nobody', nested({ ...told, message: 'E1' }), 'has no message that a person could read'],
    ['another request', nested({ ...told, id: 'r-2' }), 'names request r-2 instead of r-1'],
    ['a field more beside it', nested(told, { stack: 1 }), 'has the fields error, stack'],
    ['no object', nested('NOT_FOUND'), 'has no error.code'],
  ])('%s is told', (_, unclear, problem) => {
    expect(problemsOf(unclear)).toContain(problem)
  })

  test('a field more within it is told where its fields are named', () => {
    const [problem] = problemsOf(nested({ ...told, stack: 'x' }), ['error.code', 'error.id', 'error.message'])
    expect(problem).toBe('has the fields error.code, error.id, error.message, error.stack')
  })
})
