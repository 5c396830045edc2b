import { describe, expect, test } from 'vitest'
import { historyOf } from '../history/history-of.ts'
import reference from '../platform/reference-platform.ts'
import type { Verdict } from '../verdict.ts'
import { auditLog } from './log-audit.ts'
import { REFERENCE_ROUTES } from './reference-routes.ts'
import { readRequestLog } from './request-log.ts'
import { recordsOf, type Told } from './testing/records-of.ts'

function verdictOf(id: string, records: Parameters<typeof auditLog>[0]): Verdict {
  return auditLog(records).find((verdict) => verdict.id === id) as Verdict
}

const QUIET: readonly Told[] = [{ f: 'login', logged: { user_id: null } }, {}, { candidate: 'c-2' }, { f: 'submit' }]

describe('the audit of the log', () => {
  test('a day of which every request is in the log holds in every respect', () => {
    expect(auditLog(recordsOf(QUIET)).map(({ id, gate, valid }) => [id, gate, valid])).toEqual([
      ['replies-in-log', 'audit-logs', true],
      ['no-silent-failures', 'no-silent-failures', true],
      ['log-fields', 'audit-logs', true],
    ])
  })

  test('without the log everything is unknown, with the reason', () => {
    const verdicts = auditLog({ ...recordsOf(QUIET), captured: { known: false, reason: 'the engine is gone' } })
    for (const verdict of verdicts) expect(verdict).toMatchObject({ valid: 'unknown', reason: 'the engine is gone' })
  })

  test('an empty log is no evidence: unknown', () => {
    const captured = { known: true, log: readRequestLog('') } as const
    for (const verdict of auditLog({ ...recordsOf(QUIET), captured })) expect(verdict.valid).toBe('unknown')
  })

  test('without a single request everything is unknown', () => {
    for (const verdict of auditLog(recordsOf([]))) expect(verdict.valid).toBe('unknown')
  })

  test('a history with a gap proves no absence', () => {
    const records = recordsOf(QUIET)
    const gappy = historyOf([...records.history.events()].filter(({ index }) => index !== 2))
    expect(verdictOf('replies-in-log', { ...records, history: gappy }).valid).toBe('unknown')
    expect(verdictOf('no-silent-failures', { ...records, history: gappy }).valid).toBe('unknown')
  })
})

describe('replies in the log', () => {
  const judge = (requests: readonly Told[], options = {}) =>
    verdictOf('replies-in-log', recordsOf([...QUIET, ...requests], options))

  test('false: one reply that the log does not know, with its request id', () => {
    const verdict = judge([{ logged: null }])
    expect(verdict).toMatchObject({ valid: false, violations: 1, counts: { replies: 5, found: 4 } })
    expect(verdict.reason).toContain('request r-4 is not in the log')
    expect(verdict.examples[0]?.requestIds).toEqual(['r-4'])
  })

  test('false: logged with another status than the candidate received', () => {
    expect(judge([{ status: 200, logged: { status_code: 500 } }])).toMatchObject({
      valid: false,
      reason: expect.stringContaining('is in the log with status 500'),
    })
  })

  test('unknown: a reply from before the first line that the engine has kept', () => {
    expect(judge([{ sentS: 5, logged: null }], { logStartsS: 1 }).valid).toBe(false)
    const cut = recordsOf([{ sentS: 1, logged: null }, { sentS: 9 }], { logStartsS: 5 })
    expect(verdictOf('replies-in-log', cut)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('does not reach back'),
    })
  })
})

describe('no silent failures', () => {
  const timedOut: Told = { outcome: 'info', reason: 'time-out', status: null }
  const judge = (requests: readonly Told[], outside: { fromUs: number; toUs: number }[] = []) =>
    verdictOf('no-silent-failures', { ...recordsOf([...QUIET, ...requests]), outside })

  test('a failure with a status, and one that the backend answered too late, are in the log', () => {
    expect(judge([{ outcome: 'info', reason: 'server-error', status: 500 }, timedOut])).toMatchObject({
      valid: true,
      counts: { failures: 2, withStatus: 1, logged: 2 },
    })
  })

  test('false: a 500 that the log does not know', () => {
    expect(judge([{ outcome: 'info', reason: 'server-error', status: 500, logged: null }])).toMatchObject({
      valid: false,
    })
  })

  test('false: a time-out that nothing explains', () => {
    expect(judge([{ ...timedOut, logged: null }])).toMatchObject({ valid: false, counts: { unexplained: 1 } })
  })

  test('true: the same time-out, while something was broken on purpose', () => {
    expect(judge([{ ...timedOut, sentS: 30, logged: null }], [{ fromUs: 29e6, toUs: 31e6 }])).toMatchObject({
      valid: true,
      counts: { duringFaults: 1, unexplained: 0 },
    })
    expect(judge([{ ...timedOut, sentS: 30, logged: null }], [{ fromUs: 32e6, toUs: 33e6 }]).valid).toBe(false)
  })

  test('unknown: the same time-out, while the machine was not there for the platform; a 500 is never excused', () => {
    const troubled = [{ fromUs: 29e6, toUs: 31e6 }]
    const during = (request: Told) =>
      verdictOf('no-silent-failures', { ...recordsOf([...QUIET, { ...request, sentS: 30, logged: null }]), troubled })
    expect(during(timedOut)).toMatchObject({
      valid: 'unknown',
      counts: { duringTrouble: 1, unexplained: 0 },
      reason: expect.stringContaining('others had the machine'),
    })
    expect(during({ outcome: 'info', reason: 'server-error', status: 500 }).valid).toBe(false)
  })

  test('true: a request that its candidate gave up', () => {
    expect(judge([{ ...timedOut, reason: 'client-abort', logged: null }])).toMatchObject({
      valid: true,
      counts: { endedByCandidate: 1 },
    })
  })
})

describe('the fields of the log', () => {
  const judge = (requests: readonly Told[]) => verdictOf('log-fields', recordsOf([...QUIET, ...requests]))

  test.each(['request_id', 'method', 'route', 'status_code', 'duration_ms', 'user_id'])('false without %s', (field) => {
    const verdict = judge([{ logged: { [field]: undefined } }])
    expect(verdict).toMatchObject({ valid: false })
    expect(verdict.examples[0]?.summary).toContain(`without ${field}`)
  })

  describe('of a look at the platform that nobody gave an id, as a container’s own health check', () => {
    const { health } = reference
    const withLook = (logged: object, over: Partial<Parameters<typeof auditLog>[0]> = {}) =>
      verdictOf('log-fields', {
        ...recordsOf([...QUIET, { logged: { request_id: '', user_id: null, ...logged } }]),
        ...{ health },
        ...over,
      })

    test('none is missed, and how many there were is told', () => {
      for (const route of [health.live, health.ready, health.metrics]) {
        expect(withLook({ method: 'GET', route })).toMatchObject({
          valid: true,
          counts: { incomplete: 0, ofOthers: 1 },
        })
      }
      const queried = { ...health, live: '/health?short=1' }
      expect(withLook({ method: 'GET', route: '/health' }, { health: queried }).valid).toBe(true)
    })

    test('every other field is missed as ever', () => {
      const withoutStatus = withLook({ method: 'GET', route: health.live, status_code: null })
      expect(withoutStatus).toMatchObject({ valid: false, counts: { incomplete: 1, ofOthers: 0 } })
      expect(withoutStatus.examples[0]?.summary).toContain('without request_id, status_code')
      expect(withLook({ method: 'GET', route: health.live, request_id: 'x', duration_ms: -1 }).valid).toBe(false)
    })

    test('the id of any other request is missed: another method or route, one of candidates, no such address', () => {
      expect(withLook({ method: 'POST', route: health.live }).valid).toBe(false)
      expect(withLook({ method: 'GET', route: '/v1/auth/me' }).valid).toBe(false)
      expect(withLook({ method: 'GET', route: `${health.live}/more` }).valid).toBe(false)
      expect(withLook({ method: 'GET', route: health.live }, { health: undefined }).valid).toBe(false)
      const [operation] = Object.values(REFERENCE_ROUTES).filter(({ method }) => method === 'GET')
      const { method, route } = operation as { method: string; route: string }
      expect(withLook({ method, route }, { health: { ...health, live: route } }).valid).toBe(false)
    })
  })

  test('false: a request of somebody who is logged in, without who it was', () => {
    expect(judge([{ logged: { user_id: null } }])).toMatchObject({
      valid: false,
      reason: expect.stringContaining('without who asked'),
    })
  })

  test('false: a request that is logged as done by another candidate', () => {
    expect(judge([{ candidate: 'c-1', logged: { user_id: 'user-of-c-2' } }])).toMatchObject({ valid: false })
  })

  test.each(['anonymous', '0', '-'])(
    'true: who was refused is logged as %s, before it was known who asked',
    (nobody) => {
      const refused = { status: 401, outcome: 'fail', reason: 'unauthorized' } as const
      const logged = { user_id: nobody, status_code: 401 }
      const asked = [{ ...refused, logged }, {}, { candidate: 'c-2', ...refused, logged }, { candidate: 'c-2' }]
      expect(judge(asked)).toMatchObject({ valid: true })
    },
  )

  test.each([403, 404, 500])(
    'false: a request that was refused with %d as if another had asked; nobody need be named',
    (status) => {
      const refused = { status, outcome: 'fail', reason: 'forbidden' } as const
      expect(
        judge([{ candidate: 'c-1', ...refused, logged: { user_id: 'user-of-c-2', status_code: status } }]),
      ).toMatchObject({
        valid: false,
        affected: ['c-1'],
      })
      expect(judge([{ candidate: 'c-1', ...refused, logged: { user_id: null, status_code: status } }])).toMatchObject({
        valid: true,
      })
    },
  )
})

test('lines of a crash are no requests and harm nobody', () => {
  const log = readRequestLog('{"event":"request"\nError: boom\n    at x\n\n{"event":"worker.exited"}\n[1]\nnull')
  expect(log).toMatchObject({ requestLines: 0, otherLines: 2, unreadableLines: 4, firstTimeMs: null })
})
