import { describe, expect, test } from 'vitest'
import { judgeCounters } from './counters.ts'
import type { Sample, Samples } from './sample.ts'
import { HEALTHY_BACKEND, HEALTHY_USAGE } from './testing/observed-of.ts'
import { recordsOf, type Told } from './testing/records-of.ts'

const ANSWERS = 'POST /v1/sessions/:id/answer 200'
const FOUR_ANSWERS: readonly Told[] = [{}, {}, {}, {}]

/** Looks at second 0, 2.5 and 100, with what was counted by then; null: no answer. */
function looks(...counts: (Record<string, number> | null)[]): Samples['backend'] {
  const seconds = [0, 2.5, 100]
  return counts.map(
    (requests, position): Sample<typeof HEALTHY_BACKEND> => ({
      timeUs: (seconds[position] as number) * 1e6,
      tookMs: 1,
      value: requests === null ? null : { ...HEALTHY_BACKEND, requests },
    }),
  )
}

function judge(requests: readonly Told[], backend: Samples['backend'], usage: Samples['usage'] = []) {
  const { history, routes } = recordsOf(requests)
  return judgeCounters(history, { backend, usage }, routes)
}

describe('the counters of the backend', () => {
  test('equal where every request was answered', () => {
    const verdict = judge(FOUR_ANSWERS, looks({}, { [ANSWERS]: 2 }, { [ANSWERS]: 4, 'GET /metrics 200': 3 }))
    expect(verdict).toMatchObject({ valid: true, gate: 'audit-logs', counts: { counted: 4, replies: 4 } })
  })

  test('the first step of a log-in is counted apart from the second, at the same address', () => {
    const logIn: readonly Told[] = [{ f: 'open-login' }, { f: 'open-login' }, { f: 'login' }]
    const counted = (opened: number) =>
      looks({}, {}, { 'GET /v1/auth/login 200': opened, 'POST /v1/auth/login 200': 1 })
    expect(judge(logIn, counted(2))).toMatchObject({ valid: true, counts: { counted: 3 } })
    expect(judge(logIn, counted(1))).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/^GET \/v1\/auth\/login/),
    })
  })

  test('what was counted before the day is not of the day', () => {
    expect(judge(FOUR_ANSWERS, looks({ [ANSWERS]: 10 }, null, { [ANSWERS]: 14 })).valid).toBe(true)
  })

  test('false: one less than candidates received', () => {
    expect(judge(FOUR_ANSWERS, looks({}, {}, { [ANSWERS]: 3 }))).toMatchObject({
      valid: false,
      reason: `${ANSWERS}: candidates received 4 replies, the backend counts 3`,
    })
  })

  test('false: one more than anybody sent', () => {
    expect(judge(FOUR_ANSWERS, looks({}, {}, { [ANSWERS]: 5 }))).toMatchObject({ valid: false })
    const other = { [ANSWERS]: 4, 'POST /v1/sessions/:id/answer 500': 1 }
    expect(judge(FOUR_ANSWERS, looks({}, {}, other))).toMatchObject({ valid: false })
  })

  test('a request without a reply may have been counted or not', () => {
    const requests: readonly Told[] = [...FOUR_ANSWERS, { outcome: 'info', reason: 'time-out', status: null }]
    for (const [count, valid] of [
      [3, false],
      [4, true],
      [5, true],
      [6, false],
    ] as const) {
      expect(judge(requests, looks({}, {}, { [ANSWERS]: count })).valid, String(count)).toBe(valid)
    }
  })

  test('a backend that was started anew counts from zero: compared is what came after', () => {
    // Sent at 1, 2, 3 and 4 s; it died between the looks at 0 s and 2.5 s.
    const restarted = (last: number) => looks({ [ANSWERS]: 7 }, { [ANSWERS]: 1 }, { [ANSWERS]: last })
    for (const [last, valid] of [
      [1, false],
      [2, true],
      [4, true],
      [5, false],
    ] as const) {
      expect(judge(FOUR_ANSWERS, restarted(last)).valid, String(last)).toBe(valid)
    }
  })

  test('a restart that the counters do not show is told by the host', () => {
    const usage = [0, 2.5].map((second) => ({
      timeUs: second * 1e6,
      tookMs: 1,
      value: { backend: { ...HEALTHY_USAGE, startedAt: String(second) } },
    }))
    const backend = looks({ [ANSWERS]: 0 }, { [ANSWERS]: 1 }, { [ANSWERS]: 3 })
    expect(judge(FOUR_ANSWERS, backend).valid).toBe(false)
    expect(judge(FOUR_ANSWERS, backend, usage).valid).toBe(true)
  })

  test.each([
    ['nothing was published', FOUR_ANSWERS, []],
    ['no look was answered', FOUR_ANSWERS, looks(null, null, null)],
    ['the last look came before the last request', FOUR_ANSWERS, looks({}, { [ANSWERS]: 2 })],
    ['the first look came after the first request', FOUR_ANSWERS, looks(null, { [ANSWERS]: 2 }, { [ANSWERS]: 4 })],
    ['nothing was sent', [], looks({}, {}, {})],
  ])('unknown: %s', (_, requests, backend) => {
    expect(judge(requests, backend)).toMatchObject({ valid: 'unknown', violations: 0 })
  })
})
