import { describe, expect, test } from 'vitest'
import type { LoadWindow } from '../load/exam-day.ts'
import { windowOf } from '../load/testing/load-result-of.ts'
import { DATABASE_AWAY, describeBudget, type FaultBudget, inPassing, mostlyServed, NOT_NEEDED } from './budget.ts'
import { FAULTS } from './catalogue.ts'
import { judgeBudgets } from './judge-budgets.ts'
import type { Attempt } from './load-tap.ts'
import type { HealthAnswer, HealthLook } from './look-at-health.ts'
import type { PlayedFault } from './played-fault.ts'
import type { RecoveryRule } from './recovery.ts'
import { answers } from './testing/attempts.ts'

const RULE: RecoveryRule = { rtoMs: 5_000, windowMs: 2_000, minOperations: 50 }
const SECOND = 1_000_000
const CALM_WINDOWS: readonly LoadWindow[] = Array.from({ length: 60 }, (_, index) => windowOf(index))
const IN_TROUBLE_MEANWHILE = CALM_WINDOWS.map((calm, index) => (index === 3 ? windowOf(3, 'late') : calm))

const YES: HealthAnswer = { status: 200, said: '200 ok' }
const NO: HealthAnswer = { status: 503, said: '503 down' }
const SILENCE: HealthAnswer = { status: null, said: 'no answer within 1500 ms' }

function look(live: HealthAnswer, ready: HealthAnswer): HealthLook {
  return { fromUs: 33 * SECOND, toUs: 33.1 * SECOND, live, ready }
}

/** Injected at 32 s, healed at 36 s, and got over at once. */
function fault(budget: FaultBudget, over: Partial<PlayedFault> = {}, name = 'database-away'): PlayedFault {
  return {
    kind: { name, candidatesNotice: 'interruption', budget },
    injectedUs: 32 * SECOND,
    bite: { felt: true, proof: 'refused' },
    healStartedUs: 36 * SECOND,
    healedUs: 36 * SECOND,
    recovery: { kind: 'recovered', atUs: 36 * SECOND, p95Ms: 20, limitMs: 70 },
    looks: [look(YES, NO), look(YES, NO)],
    troubles: [],
    ...over,
  }
}

/** A day on which everything from 32 s to 36 s is as `change` says. */
function dayWith(change: Partial<Attempt>, every = 1): Attempt[] {
  return answers(0, 60_000).map((attempt, index) =>
    attempt.sentUs >= 32 * SECOND && attempt.sentUs < 36 * SECOND && index % every === 0
      ? { ...attempt, ...change }
      : attempt,
  )
}

const refused = { failed: true, reason: 'unavailable' } as const
const REFUSED = dayWith(refused)

function judge(
  played: readonly PlayedFault[],
  attempts: readonly Attempt[] = REFUSED,
  windows: readonly LoadWindow[] = CALM_WINDOWS,
) {
  return judgeBudgets(played, attempts, RULE, { windows })
}

test('who refuses at once, says when to come back and that it is not ready has kept its budget', () => {
  expect(judge([fault(DATABASE_AWAY)])).toMatchObject([
    {
      id: 'during-database-away',
      gate: 'graceful-failure',
      valid: true,
      title: `During database-away: ${describeBudget(DATABASE_AWAY)}`,
      counts: { attempts: 400, failed: 400, looks: 2 },
    },
  ])
})

describe('a breach is false, and says what was seen', () => {
  test.each<[string, FaultBudget, Attempt[], Partial<PlayedFault>, string]>([
    [
      'a 500',
      DATABASE_AWAY,
      dayWith({ failed: true, reason: 'server-error' }),
      {},
      '400 of 400 attempts failed as they must not (server-error 400)',
    ],
    [
      'a process that dies of it',
      DATABASE_AWAY,
      dayWith({ failed: true, reason: 'connection-reset' }, 10),
      {},
      'connection-reset 40',
    ],
    [
      'a 503 for ever',
      DATABASE_AWAY,
      dayWith({ ...refused, isUntold: true }),
      {},
      '400 of 400 attempts were told 503 and not when to come back',
    ],
    [
      'a request that hangs',
      DATABASE_AWAY,
      dayWith({ failed: true, reason: 'time-out' }),
      {},
      '400 of 400 attempts had no answer within 5000 ms',
    ],
    [
      'one that never ends',
      DATABASE_AWAY,
      dayWith({ completedUs: null, reason: 'open-at-end' }),
      {},
      'had no answer within 5000 ms',
    ],
    [
      'a readiness that always says 200',
      DATABASE_AWAY,
      REFUSED,
      { looks: [look(YES, YES)] },
      'asked 1 times, it said 1 times something else than not ready: 200 ok',
    ],
    [
      'a process that calls itself dead',
      DATABASE_AWAY,
      REFUSED,
      { looks: [look(NO, NO)] },
      'something else than alive: 503 down',
    ],
    [
      'a readiness that nobody answers',
      DATABASE_AWAY,
      REFUSED,
      { looks: [look(YES, SILENCE), look(YES, SILENCE)] },
      'no answer within 1500 ms',
    ],
    [
      'a part that was needed after all',
      NOT_NEEDED,
      dayWith(refused, 20),
      { looks: [look(YES, YES)] },
      '20 of 400 attempts failed (unavailable 20)',
    ],
    [
      'a readiness that needs what an exam does not',
      NOT_NEEDED,
      answers(0, 60_000),
      {},
      'something else than ready: 503 down',
    ],
    ['more than the few that may', mostlyServed(0.05), dayWith(refused, 10), {}, '40 of 400 attempts failed'],
  ])('%s', (_what, budget, attempts, over, reason) => {
    expect(judge([fault(budget, over)], attempts)).toMatchObject([
      { valid: false, violations: 1, reason: expect.stringContaining(reason) },
    ])
  })
})

describe('what is allowed is no breach', () => {
  test.each<[string, FaultBudget, Attempt[], Partial<PlayedFault>]>([
    ['one reply that was on its way', DATABASE_AWAY, dayWith({ failed: true, reason: 'connection-reset' }, 401), {}],
    ['the few that waited for a deadline', DATABASE_AWAY, dayWith({ failed: true, reason: 'time-out' }, 20), {}],
    ['a readiness that takes a moment to find out', DATABASE_AWAY, REFUSED, { looks: [look(YES, YES), look(YES, NO)] }],
    ['as many as may fail', mostlyServed(0.05), dayWith(refused, 25), {}],
  ])('%s', (_what, budget, attempts, over) => {
    expect(judge([fault(budget, over)], attempts)).toMatchObject([{ valid: true }])
  })
})

describe('without evidence it is unknown, and never kept', () => {
  test.each<[string, Partial<PlayedFault>, readonly Attempt[], string]>([
    ['a fault that nobody felt', { bite: { felt: false, proof: 'answered' } }, REFUSED, 'was not felt (answered)'],
    [
      'one that was never injected',
      { injectedUs: null, healStartedUs: null, healedUs: null },
      REFUSED,
      'was not injected',
    ],
    ['nobody who asked for anything', {}, answers(0, 32_000), 'only 0 attempts'],
    ['nobody who asked how it is', { looks: [] }, REFUSED, 'nobody asked the backend how it is'],
    ['one question without an answer', { looks: [look(YES, SILENCE)] }, REFUSED, 'the only question'],
  ])('%s', (_what, over, attempts, reason) => {
    expect(judge([fault(DATABASE_AWAY, over)], attempts)).toMatchObject([
      { valid: 'unknown', violations: 0, reason: expect.stringContaining(reason) },
    ])
  })

  test('a breach that a generator in trouble has measured', () => {
    const hanging = dayWith({ failed: true, reason: 'time-out' })
    expect(judge([fault(DATABASE_AWAY)], hanging, IN_TROUBLE_MEANWHILE)).toMatchObject([
      { valid: 'unknown', reason: expect.stringMatching(/no answer within 5000 ms; but the generator was in trouble/) },
    ])
    expect(judge([fault(DATABASE_AWAY)], hanging, [])).toMatchObject([{ valid: 'unknown' }])
  })

  test('but what was answered is explained by no generator, and what was kept needs no explanation', () => {
    for (const answered of [
      { ...refused, reason: 'server-error' },
      { ...refused, isUntold: true },
    ]) {
      const attempts = dayWith(answered, 10)
      expect(judge([fault(DATABASE_AWAY)], attempts, IN_TROUBLE_MEANWHILE)).toMatchObject([{ valid: false }])
    }
    const always = fault(DATABASE_AWAY, { looks: [look(YES, YES)] })
    expect(judge([always], REFUSED, IN_TROUBLE_MEANWHILE)).toMatchObject([{ valid: false }])
    const starved = fault(NOT_NEEDED, { looks: [look(YES, NO)] })
    expect(judge([starved], answers(0, 60_000), IN_TROUBLE_MEANWHILE)).toMatchObject([{ valid: 'unknown' }])
    expect(judge([starved], answers(0, 60_000))).toMatchObject([{ valid: false }])
    expect(judge([fault(DATABASE_AWAY)], REFUSED, IN_TROUBLE_MEANWHILE)).toMatchObject([{ valid: true }])
  })

  test('the aftermath of another fault', () => {
    const lasting = fault(
      mostlyServed(0.05),
      { injectedUs: 10 * SECOND, healStartedUs: 12 * SECOND, healedUs: 12 * SECOND, recovery: null },
      'worker-killed',
    )
    const [, after] = judge([lasting, fault(DATABASE_AWAY)])
    expect(after).toMatchObject({ valid: 'unknown', reason: expect.stringContaining('not got over yet') })
  })
})

test('a fault that was never healed, and the one after it, are unknown, and not left out', () => {
  const never = fault(DATABASE_AWAY, { healedUs: null, recovery: null, troubles: ['heal: it is gone'] }, 'first')
  const next = fault(DATABASE_AWAY, { injectedUs: 40 * SECOND, healStartedUs: 44 * SECOND, healedUs: 44 * SECOND })
  const said = judge([never, next])
  expect(said).toMatchObject([
    { id: 'during-first', valid: 'unknown', reason: expect.stringContaining('it had trouble (heal: it is gone)') },
    {
      id: 'during-database-away',
      valid: 'unknown',
      reason: expect.stringContaining('the fault before was not got over yet'),
    },
  ])
})

test('of faults that were there together nothing is said: whose doing it was could not be told', () => {
  const other = fault(mostlyServed(0.05), { injectedUs: 34 * SECOND, healedUs: 37 * SECOND }, 'worker-killed')
  expect(judge([fault(DATABASE_AWAY), other])).toEqual([])
  expect(judge([{ ...fault(DATABASE_AWAY), kind: { name: 'of-old', candidatesNotice: 'interruption' } }])).toEqual([])
})

describe('a fault that is over at once', () => {
  const over = fault(mostlyServed(0.2), {
    healStartedUs: 32 * SECOND,
    healedUs: 32 * SECOND,
    recovery: { kind: 'recovered', atUs: 32 * SECOND, p95Ms: 20, limitMs: 70 },
  })
  const worker = { ...over, kind: { ...over.kind, momentary: true as const } }
  const long = { ...RULE, windowMs: 60_000 }

  test('is held against the same few seconds, however long the profile looks for a recovery', () => {
    const outage = answers(0, 120_000).map((attempt) =>
      attempt.sentUs >= 32 * SECOND && attempt.sentUs < 34 * SECOND
        ? { ...attempt, failed: true, reason: 'connection-reset' }
        : attempt,
    )
    const [verdict] = judgeBudgets([worker], outage, long, { windows: CALM_WINDOWS })
    expect(verdict).toMatchObject({ valid: false, counts: { attempts: 500, failed: 200 } })
  })

  test('lets nothing that it hit be answered otherwise than allowed, but for one in a hundred of those', () => {
    const crash = (count: number) =>
      answers(0, 60_000).map((attempt, index) =>
        index >= 3_200 && index < 3_200 + count ? { ...attempt, failed: true, reason: 'server-error' } : attempt,
      )
    expect(judge([worker], crash(3))).toMatchObject([
      { valid: false, reason: '3 of 200 attempts failed as they must not (server-error 3)' },
    ])
    expect(judge([worker], crash(1))).toMatchObject([{ valid: true }])
  })
})

test('a fault that is over at once is judged until it was got over for a whole window', () => {
  const cut = fault(inPassing(NOT_NEEDED), { healStartedUs: 32 * SECOND, healedUs: 32 * SECOND, looks: [] })
  const momentary = { ...cut, kind: { ...cut.kind, momentary: true as const } }
  expect(judge([momentary], dayWith(refused, 20))).toMatchObject([{ valid: false, counts: { attempts: 600 } }])
})

test('every fault of the catalogue has a budget that can be judged, unless nobody works while it is there', () => {
  for (const { name, budget, momentary, overBefore } of FAULTS) {
    expect(budget === undefined, name).toBe(overBefore !== undefined)
    if (budget === undefined) continue
    expect(budget.mayFail, name).toBeLessThanOrEqual(1)
    if (momentary) expect([budget.live, budget.ready], name).toEqual([undefined, undefined])
  }
})
