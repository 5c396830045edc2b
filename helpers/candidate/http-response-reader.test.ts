import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createResponseReader, type ReadResponse } from './http-response-reader.ts'

const text = (...lines: readonly string[]): string => lines.join('\r\n')

/** What a reader makes of these pieces, and of the end of the connection if `ends`. */
function read(pieces: readonly (string | Buffer)[], { ends = false } = {}): ReadResponse | undefined {
  const reader = createResponseReader()
  for (const [index, piece] of pieces.entries()) {
    // One buffer is used again for everything that is read, so what is kept must have been copied.
    const shared = Buffer.from(piece)
    const done = reader.push(shared)
    shared.fill('#')
    if (done !== undefined) {
      expect(index).toBe(pieces.length - 1)
      return done
    }
  }
  return ends ? reader.end() : undefined
}

const JSON_REPLY = text('HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 13', '', '{"name":"ü"}')
const CHUNKED = text(
  ...['HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '4', '{"a"', '1;note=x', ':', '2', '1}'],
  ...['0', 'trailer: ignored', '', ''],
)
const UNTIL_CLOSE = text('HTTP/1.1 200 OK', 'connection: close', '', 'as long as it lasts')

describe('an answer', () => {
  test('with a length is complete with its last byte', () => {
    expect(read([JSON_REPLY])).toEqual({
      response: {
        status: 200,
        headers: { 'content-type': 'application/json', 'content-length': '13' },
        body: '{"name":"ü"}',
      },
      reusableMs: null,
    })
  })

  test('in chunks is complete with the empty line after the last', () => {
    expect(read([CHUNKED])?.response).toMatchObject({ status: 200, body: '{"a":1}' })
    expect(read([CHUNKED.slice(0, -2)])).toBeUndefined()
  })

  test('without a length is complete when the server ends the connection', () => {
    expect(read([UNTIL_CLOSE])).toBeUndefined()
    expect(read([UNTIL_CLOSE], { ends: true })).toMatchObject({
      response: { body: 'as long as it lasts' },
      reusableMs: 0,
    })
  })

  test('with a byte order mark has none in its text, as in a browser', () => {
    const body = '\ufeff{"a":1}'
    const sized = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    // The second time its head is known.
    for (const _ of [1, 2]) expect(read([sized])?.response.body).toBe('{"a":1}')
    expect(read([`HTTP/1.1 200 OK\r\n\r\n${body}`], { ends: true })?.response.body).toBe('{"a":1}')
  })

  test('that the connection cuts short is none', () => {
    expect(read([JSON_REPLY.slice(0, -1)], { ends: true })).toBeUndefined()
    expect(read([CHUNKED.slice(0, -4)], { ends: true })).toBeUndefined()
    expect(read(['HTTP/1.1 200 OK\r\ncontent-le'], { ends: true })).toBeUndefined()
  })

  test.each([204, 304])('with status %i has no body, whatever else it says', (status) => {
    expect(read([text(`HTTP/1.1 ${status} So`, 'content-length: 5', '', '')])?.response).toMatchObject({ body: '' })
  })

  test('comes after those that are only announcements', () => {
    const announced = text('HTTP/1.1 100 Continue', '', 'HTTP/1.1 103 Early Hints', 'link: </a>', '', JSON_REPLY)
    expect(read([announced])?.response.status).toBe(200)
    expect(read(['HTTP/1.1 100 Continue\r\n\r\n', JSON_REPLY])?.response.status).toBe(200)
  })

  test('keeps both values of a header that comes twice', () => {
    const twice = text('HTTP/1.1 200 OK', 'Via: one', 'via: two', 'constructor: x', 'content-length: 0', '', '')
    expect(read([twice])?.response.headers).toEqual({ via: 'one, two', constructor: 'x', 'content-length': '0' })
  })

  test('is the same however the network has cut it up', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(JSON_REPLY, CHUNKED, UNTIL_CLOSE),
        fc.array(fc.nat({ max: 200 }), { maxLength: 30, size: 'max' }),
        (whole, cuts) => {
          const bytes = Buffer.from(whole)
          const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b)
          const pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to))
          expect(read(pieces, { ends: true })).toEqual(read([whole], { ends: true }))
        },
      ),
    )
  })

  test('is told apart from one that begins like it, by whatever reader it comes', () => {
    const ok = (more: string, body: string) =>
      text('HTTP/1.1 200 OK', `content-length: ${body.length}${more}`, '', body)
    const answers = [ok('', '{}'), ok('', '{}'), ok('\r\nretry-after: 1', '{}'), ok('', '{"a":1}'), ok('', '{}')]
    for (const answer of answers) {
      const body = answer.slice(answer.indexOf('{'))
      expect(read([answer])?.response.body).toBe(body)
      expect(read([answer])?.response.headers['retry-after']).toBe(answer.includes('retry') ? '1' : undefined)
      expect(read([answer.slice(0, -1)])).toBeUndefined()
    }
  })

  test('one after another', () => {
    const reader = createResponseReader()
    for (const [whole, body] of [
      [JSON_REPLY, '{"name":"ü"}'],
      [CHUNKED, '{"a":1}'],
      [JSON_REPLY, '{"name":"ü"}'],
    ]) {
      const half = Buffer.from(whole as string)
      expect(reader.push(half.subarray(0, 30))).toBeUndefined()
      expect(reader.push(half.subarray(30))?.response.body).toBe(body)
    }
  })
})

describe('how long the connection may be used again', () => {
  const saying = (...headers: readonly string[]): number | null | undefined =>
    read([text('HTTP/1.1 200 OK', ...headers, 'content-length: 0', '', '')])?.reusableMs

  test('as long as the server says', () => {
    expect(saying()).toBeNull()
    expect(saying('connection: keep-alive', 'keep-alive: timeout=5')).toBe(5_000)
    expect(saying('keep-alive: max=10, timeout=72')).toBe(72_000)
    expect(saying('connection: close')).toBe(0)
  })

  test('not at all with HTTP/1.0, unless it says so', () => {
    expect(read([text('HTTP/1.0 200 OK', 'content-length: 0', '', '')])?.reusableMs).toBe(0)
    const kept = text('HTTP/1.0 200 OK', 'connection: keep-alive', 'content-length: 0', '', '')
    expect(read([kept])?.reusableMs).toBeNull()
  })

  test('not at all when more came than was asked for', () => {
    expect(read([`${JSON_REPLY}HTTP/1.1 200 OK`])).toMatchObject({ response: { status: 200 }, reusableMs: 0 })
    expect(read([`${CHUNKED}x`])?.reusableMs).toBe(0)
  })
})

describe('what is no answer is refused', () => {
  const length = 'content-length: 2'
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'no HTTP/1.1'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'no HTTP/1.1'],
    ['a status that is none', text('HTTP/1.1 20 OK', '', ''), 'no HTTP/1.1'],
    ['a header without a colon', text('HTTP/1.1 200 OK', 'nothing', '', ''), 'a header that is none'],
    ['a header that goes on in the next line', text('HTTP/1.1 200 OK', 'a: b', ' c', '', ''), 'a header that is none'],
    ['a space before the colon', text('HTTP/1.1 200 OK', 'content-length : 2', '', 'ok'), 'a header that is none'],
    ['a control character', text('HTTP/1.1 200 OK', 'a: b\u0000c', '', ''), 'a header that is none'],
    ['two lengths', text('HTTP/1.1 200 OK', length, 'content-length: 3', '', 'ok'), 'two lengths'],
    ['a length that is none', text('HTTP/1.1 200 OK', 'content-length: -2', '', ''), 'no length'],
    ['a list of lengths', text('HTTP/1.1 200 OK', 'content-length: 2, 2', '', 'ok'), 'no length'],
    ['a length and chunks', text('HTTP/1.1 200 OK', length, 'transfer-encoding: chunked', '', ''), 'in two ways'],
    ['an encoding that nobody asked for', text('HTTP/1.1 200 OK', 'transfer-encoding: gzip', '', ''), 'encoded as'],
    ['a chunk without a size', text('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'zz', ''), 'no size'],
    ['a chunk that is too long', text('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'abc', ''), 'longer'],
    ['a size without an end', text('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0'.repeat(2_000)), 'no size'],
    ['a head without an end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`, 'longer than 65536 bytes'],
    ['another protocol from now on', text('HTTP/1.1 101 Switching Protocols', '', ''), 'changed the protocol'],
  ])('%s', (_what, answer, why) => {
    expect(() => read([answer])).toThrow(why)
  })
})
