import { expect, test } from 'vitest'
import type { Call } from './exam-api.ts'
import { createRequestWriter } from './http-request-writer.ts'

const written = (call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>): string =>
  createRequestWriter('127.0.0.1:8080')(call, 'r-1')
const GET = {
  method: 'GET',
  path: '/v1/sessions?exam_id=1',
  headers: { authorization: 'Bearer t' },
} as const
const POST = { method: 'POST', path: '/v1/answer', headers: { 'content-type': 'application/json' } } as const

test('a question has no body and says nothing of one', () => {
  expect(written(GET).split('\r\n')).toEqual([
    'GET /v1/sessions?exam_id=1 HTTP/1.1',
    'host: 127.0.0.1:8080',
    'connection: keep-alive',
    'authorization: Bearer t',
    'x-request-id: r-1',
    '',
    '',
  ])
})

test('a body is as long as its bytes', () => {
  expect(written({ ...POST, body: '{"name":"ü"}' })).toMatch(/\r\ncontent-length: 13\r\n\r\n\{"name":"ü"\}$/)
  expect(written(POST)).toMatch(/\r\ncontent-length: 0\r\n\r\n$/)
})

test.each(['PUT', 'PATCH', 'DELETE'] as const)('%s is sent as it is', (method) => {
  const call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'> = { ...POST, method, body: '{}' }
  expect(written(call)).toMatch(
    new RegExp(`^${method} /v1/answer HTTP/1.1\r\n[\\s\\S]*\r\ncontent-length: 2\r\n\r\n\\{\\}$`),
  )
})

test('requests of one connection differ in what their calls say', () => {
  const write = createRequestWriter('127.0.0.1:8080')
  const other = { ...GET, path: '/v1/other', headers: { authorization: 'Bearer u' } } as const
  const bad = { ...GET, headers: { 'a b': 'c' } }
  const lines = (call: typeof GET | typeof other, requestId: string): readonly string[] =>
    write(call, requestId).split('\r\n')
  expect(lines(GET, 'r-1')).toEqual(written(GET).split('\r\n'))
  expect(lines(other, 'r-2')).toEqual(expect.arrayContaining(['GET /v1/other HTTP/1.1', 'authorization: Bearer u']))
  const { headers } = other
  expect(lines({ ...GET, headers } as never, 'r-3')[0]).toBe('GET /v1/sessions?exam_id=1 HTTP/1.1')
  expect(lines({ ...POST, path: GET.path, headers } as never, 'r-3')[0]).toBe('POST /v1/sessions?exam_id=1 HTTP/1.1')
  expect(lines(other, 'r-3')).toEqual(expect.arrayContaining(['authorization: Bearer u', 'x-request-id: r-3']))
  for (let time = 0; time < 2; time += 1) expect(() => write(bad, 'r-4')).toThrow(TypeError)
  expect(lines(GET, 'r-1')).toEqual(written(GET).split('\r\n'))
})

test.each([
  ['a path that ends the line', { ...GET, path: '/a HTTP/1.1\r\nx: y' }],
  ['a path with a space', { ...GET, path: '/a b' }],
  ['a path that is an address', { ...GET, path: 'http://elsewhere/' }],
  ['a value that ends the line', { ...GET, headers: { authorization: 'Bearer t\r\nx: y' } }],
  ['a value that is no ASCII', { ...GET, headers: { authorization: 'Bearer ü' } }],
  ['a name that is none', { ...GET, headers: { 'a b': 'c' } }],
  ['a length of its own', { ...GET, headers: { 'Content-Length': '3' } }],
  ['another host', { ...GET, headers: { host: 'elsewhere' } }],
])('is never sent: %s', (_what, call) => {
  expect(() => written(call)).toThrow(TypeError)
})
