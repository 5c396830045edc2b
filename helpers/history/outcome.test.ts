import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { classifyStatus, classifyTransportError, isRetryable, OUTCOME_TABLE } from './outcome.ts'

const failedWith = (code: string) => Object.assign(new Error(code), { code })

describe('an answer outside 2xx', () => {
  test.each([400, 401, 403, 404, 409, 422, 429])('%i is documented as without effect: fail', (status) => {
    expect(classifyStatus(status).outcome).toBe('fail')
  })

  test.each([500, 501, 502, 503, 504, 599])('%i may have had an effect: info', (status) => {
    expect(classifyStatus(status).outcome).toBe('info')
  })

  test.each([302, 405, 408, 413, 418, 600])('%i is nothing that the contract knows: info', (status) => {
    expect(classifyStatus(status)).toEqual({ outcome: 'info', reason: 'unexpected-status' })
  })

  test('a 503 is fail only with an error code that is proven to come before any write', () => {
    expect(classifyStatus(503, 'DATABASE_BUSY').outcome).toBe('info')
    expect(classifyStatus(503, 'DATABASE_BUSY', ['DATABASE_BUSY'])).toEqual({ outcome: 'fail', reason: 'turned-away' })
    expect(classifyStatus(503, undefined, ['DATABASE_BUSY']).outcome).toBe('info')
  })

  test('a door that is not open yet is knocked at again, any other 403 is not', () => {
    expect(isRetryable(classifyStatus(403, 'EXAM_NOT_OPEN').reason)).toBe(true)
    expect(isRetryable(classifyStatus(403, 'EXAM_CLOSED').reason)).toBe(false)
  })

  test('a closed session has a reason of its own', () => {
    expect(classifyStatus(409, 'SESSION_CLOSED').reason).toBe('session-closed')
    expect(classifyStatus(409, 'IDEMPOTENCY_KEY_CONFLICT').reason).toBe('conflict')
  })

  test.each([
    [400, 'bad-request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'unprocessable'],
    [429, 'rate-limited'],
    [499, 'unexpected-status'],
    [500, 'server-error'],
    [503, 'unavailable'],
    [599, 'server-error'],
  ])('%i is %s', (status, reason) => {
    expect(classifyStatus(status).reason).toBe(reason)
  })

  test('an error code says something with its own status only', () => {
    expect(classifyStatus(409, 'EXAM_NOT_OPEN').reason).toBe('conflict')
    expect(classifyStatus(403, 'SESSION_CLOSED').reason).toBe('forbidden')
    expect(classifyStatus(500, 'DATABASE_BUSY', ['DATABASE_BUSY']).reason).toBe('server-error')
    expect(classifyStatus(503, 'DATABASE_BUSY', ['OTHER']).reason).toBe('unavailable')
  })
})

describe('no answer at all', () => {
  test.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ENOTFOUND', 'name-not-resolved'],
    ['EAI_AGAIN', 'name-not-resolved'],
    ['EHOSTUNREACH', 'host-unreachable'],
    ['ENETUNREACH', 'host-unreachable'],
    ['ETIMEDOUT', 'connect-time-out'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-time-out'],
    ['CLIENT_TIME_OUT', 'connect-time-out'],
    ['CLIENT_ABORT', 'abort-before-send'],
    ['UND_ERR_ABORTED', 'abort-before-send'],
    ['EMFILE', 'generator-exhausted'],
    ['ENFILE', 'generator-exhausted'],
    ['EADDRNOTAVAIL', 'generator-exhausted'],
    ['ENOBUFS', 'generator-exhausted'],
    ['UND_ERR_SOCKET', 'connection-lost-before-send'],
    ['SOMETHING_NEW', 'connection-lost-before-send'],
  ])('%s before the first byte certainly had no effect: %s', (code, reason) => {
    expect(classifyTransportError(failedWith(code), { bytesSent: false })).toEqual({ outcome: 'fail', reason })
  })

  test.each([
    ['CLIENT_TIME_OUT', 'time-out'],
    ['ETIMEDOUT', 'time-out'],
    ['UND_ERR_HEADERS_TIMEOUT', 'time-out'],
    ['UND_ERR_BODY_TIMEOUT', 'time-out'],
    ['CLIENT_ABORT', 'client-abort'],
    ['UND_ERR_ABORTED', 'client-abort'],
    ['ECONNRESET', 'connection-reset'],
    ['UND_ERR_SOCKET', 'connection-reset'],
    ['ECONNREFUSED', 'connection-reset'],
    ['SOMETHING_NEW', 'connection-reset'],
  ])('%s after the first byte proves nothing: %s', (code, reason) => {
    expect(classifyTransportError(failedWith(code), { bytesSent: true })).toEqual({ outcome: 'info', reason })
  })

  test('the code is found in a cause and in the first of several errors', () => {
    const several = new AggregateError([failedWith('ECONNREFUSED'), failedWith('ETIMEDOUT')])
    const wrapped = new Error('fetch failed', { cause: several })
    expect(classifyTransportError(wrapped, { bytesSent: false }).reason).toBe('connection-refused')
  })

  test('a code that is no text is none, and the one below it counts', () => {
    const numbered = Object.assign(new Error('7', { cause: failedWith('ECONNREFUSED') }), { code: 7 })
    expect(classifyTransportError(numbered, { bytesSent: false }).reason).toBe('connection-refused')
  })

  test('of a code wrapped four times over nothing is known any more', () => {
    const wrap = (times: number): Error =>
      times === 0 ? failedWith('ECONNREFUSED') : new Error('around it', { cause: wrap(times - 1) })
    expect(classifyTransportError(wrap(3), { bytesSent: false }).reason).toBe('connection-refused')
    expect(classifyTransportError(wrap(4), { bytesSent: false }).reason).toBe('connection-lost-before-send')
  })

  test.each([true, false])('what is no error at all is still classified (bytes sent: %s)', (bytesSent) => {
    const reason = bytesSent ? 'connection-reset' : 'connection-lost-before-send'
    for (const thrown of ['boom', undefined, new Error('without a code'), { code: 'ECONNREFUSED' }])
      expect(classifyTransportError(thrown, { bytesSent }).reason).toBe(reason)
  })
})

describe('the outcome table', () => {
  test('only a success is ok, and nothing that may have had an effect is fail', () => {
    const ok = Object.entries(OUTCOME_TABLE).filter(([, { outcome }]) => outcome === 'ok')
    expect(ok.map(([reason]) => reason)).toEqual(['success'])
    for (const reason of [
      'time-out',
      'connection-reset',
      'server-error',
      'unavailable',
      'open-at-end',
      'echo-mismatch',
    ] as const) {
      expect(OUTCOME_TABLE[reason].outcome).toBe('info')
    }
  })

  test('a reason that only another adapter knows is not retried', () => {
    expect(isRetryable('something-else')).toBe(false)
    expect(isRetryable('toString')).toBe(false)
  })

  test('is the one that the documentation shows', () => {
    const documented = readFileSync(new URL('../../docs/load.md', import.meta.url), 'utf8')
    // Columns may be padded so that they line up.
    const rows = documented.replaceAll(/ +/g, ' ')
    for (const [reason, { outcome, retryable, doc }] of Object.entries(OUTCOME_TABLE)) {
      expect(rows).toContain(`| \`${reason}\` | ${outcome} | ${retryable ? 'yes' : 'no'} | ${doc} |`)
    }
  })
})
