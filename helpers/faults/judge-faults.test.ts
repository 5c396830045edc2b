import { expect, test } from 'vitest'
import type { LoadWindow } from '../load/exam-day.ts'
import { windowOf } from '../load/testing/load-result-of.ts'
import { judgeFaults } from './judge-faults.ts'
import type { Attempt } from './load-tap.ts'
import type { PlayedFault } from './played-fault.ts'
import type { RecoveryRule } from './recovery.ts'
import { answers } from './testing/attempts.ts'

const RULE: RecoveryRule = { rtoMs: 5_000, windowMs: 2_000, minOperations: 50 }
const LIMITS = { errorRate: 0.01, p95Ms: 500 }
const SECOND = 1_000_000
/** Ten minutes, so that one bad window is not yet a generator that nobody can believe. */
const CALM_WINDOWS: readonly LoadWindow[] = Array.from({ length: 60 }, (_, index) => windowOf(index))

/** Injected at 32 s, healed at 35 s, and got over at once. */
function fault(over: Partial<PlayedFault> = {}, name = 'redis-away'): PlayedFault {
  return {
    kind: { name, candidatesNotice: 'nothing' },
    injectedUs: 32 * SECOND,
    bite: { felt: true, proof: 'refused' },
    healStartedUs: 35 * SECOND,
    healedUs: 35 * SECOND,
    recovery: { kind: 'recovered', atUs: 35 * SECOND, p95Ms: 20, limitMs: 70 },
    troubles: [],
    ...over,
  }
}

/** Not well at the end of its time, seen from 40 s to 42 s. */
const unwell = (): PlayedFault =>
  fault({
    recovery: {
      kind: 'not-recovered',
      why: '9 of 200 operations failed',
      lastWindow: { fromUs: 40 * SECOND, toUs: 42 * SECOND },
    },
  })

function judge(
  played: readonly PlayedFault[],
  {
    attempts = answers(0, 60_000),
    windows = CALM_WINDOWS,
  }: { attempts?: Attempt[]; windows?: readonly LoadWindow[] } = {},
) {
  const checks = judgeFaults(played, attempts, RULE, LIMITS, { windows })
  return (id: string) => checks.find((check) => check.id === id)
}

/** Calm but for these windows of 10 s. */
function troubledIn(...indices: readonly number[]): readonly LoadWindow[] {
  return CALM_WINDOWS.map((calm, index) => (indices.includes(index) ? windowOf(index, 'event loop 400 ms late') : calm))
}

const failingWhile = (fromMs: number, toMs: number): Attempt[] => [
  ...answers(0, fromMs),
  ...answers(fromMs, toMs, { failed: true }),
  ...answers(toMs, 60_000),
]

test('a recovery that did not come is proven false by a generator that was well at the end of its time', () => {
  expect(judge([unwell()])('recovery')).toMatchObject({ valid: false, violations: 1 })
  expect(judge([unwell()], { windows: troubledIn(3) })('recovery')).toMatchObject({ valid: false })
})

test('a recovery that did not come while the generator was in trouble proves nothing', () => {
  expect(judge([unwell()], { windows: troubledIn(4) })('recovery')).toMatchObject({
    valid: 'unknown',
    violations: 0,
    reason: expect.stringContaining('but the generator was in trouble then: event loop 400 ms late'),
  })
})

test('a generator that nobody watched proves nothing against a platform', () => {
  expect(judge([unwell()], { windows: [] })('recovery')?.valid).toBe('unknown')
  const attempts = failingWhile(32_000, 33_000)
  for (const windows of [troubledIn(0, 1, 5, 6), []]) {
    expect(judge([fault()], { windows, attempts })('unnoticed-faults')?.valid).toBe('unknown')
  }
  // What was well at the end of its time was well, whatever the rest of the day was like.
  expect(judge([unwell()], { windows: troubledIn(0, 1, 5, 6) })('recovery')?.valid).toBe(false)
})

test('errors to more than half of all requests are explained by no generator that is late', () => {
  const attempts = failingWhile(32_000, 60_000)
  const checks = judge([unwell()], { attempts, windows: troubledIn(3, 4, 5) })
  expect(checks('recovery')?.valid).toBe(false)
  const noticed = judge([fault()], { attempts, windows: troubledIn(3, 4, 5) })('unnoticed-faults')
  expect(noticed).toMatchObject({ valid: false, counts: { attempts: 300, failed: 300, leftOut: 0 } })
})

test('time-outs and requests that found no socket may be its own, however many', () => {
  for (const reason of ['time-out', 'connect-time-out', 'generator-exhausted']) {
    const attempts = failingWhile(32_000, 60_000).map((attempt) => (attempt.failed ? { ...attempt, reason } : attempt))
    const checks = judge([unwell()], { attempts, windows: troubledIn(3, 4, 5) })
    expect(checks('recovery')?.valid, reason).toBe('unknown')
    expect(judge([fault()], { attempts, windows: troubledIn(3, 4, 5) })('unnoticed-faults')?.valid).toBe('unknown')
  }
})

test('what was never healed has not recovered, whatever the generator did', () => {
  const never = fault({
    healedUs: null,
    recovery: { kind: 'not-recovered', why: 'it was not healed', lastWindow: null },
  })
  expect(judge([never], { windows: troubledIn(3, 4) })('recovery')?.valid).toBe('unknown')
  const broken = fault({ recovery: { kind: 'not-recovered', why: 'it was not healed', lastWindow: null } })
  expect(judge([broken], { windows: troubledIn(3, 4) })('recovery')?.valid).toBe(false)
})

test('what candidates noticed counts only as far as the generator can be believed', () => {
  const attempts = failingWhile(32_000, 33_000)
  expect(judge([fault()], { attempts })('unnoticed-faults')).toMatchObject({
    valid: false,
    counts: { attempts: 300, failed: 100, leftOut: 0 },
  })
  expect(judge([fault()], { attempts, windows: troubledIn(3) })('unnoticed-faults')).toMatchObject({
    valid: 'unknown',
    counts: { attempts: 0, failed: 0, leftOut: 300 },
    reason: 'redis-away: only 0 attempts while it lasted by a generator that was not in trouble',
  })
})

test('an attempt that never ended is not explained by a generator in trouble', () => {
  const attempts = answers(0, 60_000).map((attempt) =>
    attempt.sentUs >= 32 * SECOND && attempt.sentUs < 34 * SECOND ? { ...attempt, completedUs: null } : attempt,
  )
  expect(judge([fault()], { attempts, windows: troubledIn(3) })('unnoticed-faults')).toMatchObject({
    valid: false,
    counts: { failed: 200 },
  })
})

test('a fault that begins in the aftermath of another is not blamed for it', () => {
  const crash = (recoveredS: number): PlayedFault => ({
    ...fault(
      {
        injectedUs: 20 * SECOND,
        healStartedUs: 25 * SECOND,
        healedUs: 25 * SECOND,
        recovery: { kind: 'recovered', atUs: recoveredS * SECOND, p95Ms: 20, limitMs: 70 },
      },
      'postgres-crashed',
    ),
    kind: { name: 'postgres-crashed', candidatesNotice: 'interruption' },
  })
  const attempts = failingWhile(20_000, 34_000)
  expect(judge([crash(34), fault()], { attempts })('unnoticed-faults')).toBeUndefined()
  expect(judge([crash(30), fault()], { attempts })('unnoticed-faults')?.valid).toBe(false)
  const lasting = { ...crash(30), recovery: { kind: 'pending', fromUs: 30 * SECOND, why: 'not over yet' } } as const
  expect(judge([lasting, fault()], { attempts })('unnoticed-faults')).toBeUndefined()
})

test('what comes after it does not take a fault its own time', () => {
  const next = fault(
    {
      injectedUs: 36 * SECOND,
      healStartedUs: 38 * SECOND,
      healedUs: 38 * SECOND,
      recovery: { kind: 'recovered', atUs: 38 * SECOND, p95Ms: 20, limitMs: 70 },
    },
    'redis-slow',
  )
  expect(judge([fault(), next], { attempts: failingWhile(32_000, 33_000) })('unnoticed-faults')).toMatchObject({
    valid: false,
    counts: { faults: 2 },
    reason: expect.stringMatching(/^redis-away: 100 of 300 attempts failed/),
  })
})
