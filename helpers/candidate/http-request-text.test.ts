import { expect, test } from 'vitest'
import { httpRequestText } from './http-request-text.ts'

const TO = { host: '127.0.0.1:8080', requestId: 'r-1' }
const GET = {
  method: 'GET',
  path: '/v1/sessions?exam_id=1',
  headers: { authorization: 'Bearer t' },
} as const
const POST = { method: 'POST', path: '/v1/answer', headers: { 'content-type': 'application/json' } } as const

test('a question has no body and says nothing of one', () => {
  expect(httpRequestText(GET, TO).split('\r\n')).toEqual([
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
  expect(httpRequestText({ ...POST, body: '{"name":"ü"}' }, TO)).toMatch(
    /\r\ncontent-length: 13\r\n\r\n\{"name":"ü"\}$/,
  )
  expect(httpRequestText(POST, TO)).toMatch(/\r\ncontent-length: 0\r\n\r\n$/)
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
  expect(() => httpRequestText(call, TO)).toThrow(TypeError)
})
