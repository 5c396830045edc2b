import { expect, test } from 'vitest'
import { judgeServerClientGap } from './server-client-gap.ts'
import { recordsOf, type Told } from './testing/records-of.ts'

function judge(count: number, tookMs: number, outside: { fromUs: number; toUs: number }[] = []) {
  const requests = Array.from({ length: count }, (): Told => ({ tookMs, logged: { duration_ms: 10 } }))
  const { history, captured } = recordsOf(requests)
  return judgeServerClientGap(history, captured, outside)
}

test("candidates' response times less the backend's own, at the same percentile", () => {
  const verdict = judge(1_000, 40)
  expect(verdict).toMatchObject({ valid: true, counts: { compared: 1_000 } })
  expect(verdict.figures?.[0]).toMatchObject({ label: "candidates' p99 less the backend's", limit: 500, unit: 'ms' })
  expect(verdict.figures?.[0]?.measured).toBeCloseTo(30, 0)
})

test('requests that the backend itself logged as slow are counted, and none without a log', () => {
  const requests = [...Array.from({ length: 300 }, (): Told => ({ tookMs: 40, logged: { duration_ms: 10 } }))]
  const { history, captured } = recordsOf([...requests, { tookMs: 900, logged: { duration_ms: 501 } }])
  expect(judgeServerClientGap(history, captured, []).counts).toMatchObject({ compared: 301, slowInLog: 1 })
  const unread = judgeServerClientGap(history, { known: false, reason: 'gone' }, [])
  expect(Object.hasOwn(unread.counts, 'slowInLog')).toBe(false)
})

test('with fewer replies p95 is compared, and with too few nothing', () => {
  expect(judge(300, 40).figures?.[0]?.label).toBe("candidates' p95 less the backend's")
  expect(judge(100, 40)).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('n too small') })
})

test('a gap that the backend does not see is told past its limit', () => {
  const verdict = judge(300, 900)
  expect(verdict.figures?.[0]?.measured).toBeGreaterThan(500)
})

test('faults are left out, and without the log it is unknown', () => {
  expect(judge(300, 900, [{ fromUs: 0, toUs: 1e12 }])).toMatchObject({ valid: 'unknown' })
  const { history } = recordsOf([{}])
  expect(judgeServerClientGap(history, { known: false, reason: 'gone' }, [])).toMatchObject({
    valid: 'unknown',
    reason: 'gone',
  })
})
