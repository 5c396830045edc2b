import { expect, test } from 'vitest'
import { z } from 'zod'
import { outcomeOf } from '../history/outcome.ts'
import { replyReader, toldOk } from './read-reply.ts'

const BODY = z.object({ ids: z.array(z.string()) })
const reader = replyReader({
  codeField: 'error',
  classify: (status, code) => (status === 423 && code === 'locked' ? outcomeOf('forbidden') : undefined),
})
const read = (status: number, body: string, headers = {}) =>
  reader.read({ status, headers, body }, BODY, ({ ids }) => toldOk({ kind: 'questions', questions: ids }))

test('a 2xx that is as promised is ok', () => {
  expect(read(200, '{"ids":["a"]}')).toMatchObject({ outcome: 'ok', told: { questions: ['a'] } })
})

test.each(['', '<html>', 'null', '{"ids":1}'])('a 2xx with %j proves nothing', (body) => {
  expect(read(200, body)).toEqual(outcomeOf('unparsable-body'))
})

test.each([
  [423, '{"error":"locked"}', 'forbidden', 'locked'],
  [423, '{"error":"other"}', 'unexpected-status', 'other'],
  [404, '<html>', 'not-found', undefined],
  [500, '[]', 'server-error', undefined],
  [301, '{"ids":["a"]}', 'unexpected-status', undefined],
])('%i %s is %s', (status, body, reason, errorCode) => {
  const found = read(status, body)
  expect([found.reason, found.errorCode, found.told]).toEqual([reason, errorCode, undefined])
})

test('a code that lies within another object is found by its path', () => {
  const inner = replyReader({
    codeField: 'error.code',
    classify: (status, code) => (status === 409 && code === 'closed' ? outcomeOf('session-closed') : undefined),
  })
  const refused = (body: string) => inner.refusal({ status: 409, headers: {}, body })
  expect(refused('{"error":{"code":"closed"}}')).toMatchObject({ reason: 'session-closed', errorCode: 'closed' })
  for (const body of ['{"error":"closed"}', '{"code":"closed"}', '[]']) expect(refused(body).errorCode).toBeUndefined()
})

test.each([
  ['3', 3],
  ['0', 0],
  ['-1', undefined],
  ['Infinity', undefined],
  ['', undefined],
  ['soon', undefined],
])('Retry-After: %s', (value, seconds) => {
  expect(read(503, '', { 'retry-after': value }).retryAfterSeconds).toBe(seconds)
})

test.each([
  ['Wed, 21 Oct 2026 07:28:30 GMT', 30],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
])('Retry-After: %s counts from the date of the answer', (value, seconds) => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
  expect(read(503, '', { 'retry-after': value, date }).retryAfterSeconds).toBe(seconds)
  expect(read(503, '', { 'retry-after': value }).retryAfterSeconds).toBeUndefined()
})
