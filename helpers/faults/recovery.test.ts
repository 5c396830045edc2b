import { describe, expect, test } from 'vitest'
import { baselineP95Ms, calmP95Ms, findRecovery, type RecoveryQuestion, type RecoveryRule } from './recovery.ts'
import { answer, answers } from './testing/attempts.ts'

const RULE: RecoveryRule = { rtoMs: 10_000, windowMs: 2_000, minOperations: 100 }
const QUESTION: Omit<RecoveryQuestion, 'attempts'> = {
  healUs: 0,
  healedUs: 0,
  nowUs: 60_000_000,
  baselineP95Ms: 20,
  calmP95Ms: 0,
  rule: RULE,
}

describe('a platform that is well at once', () => {
  test('has recovered at the heal', () => {
    expect(findRecovery({ ...QUESTION, attempts: answers(0, 5_000) })).toMatchObject({
      kind: 'recovered',
      atUs: 0,
      p95Ms: 20,
      limitMs: 70,
    })
  })

  test('has not recovered before a look was green, even if nobody asked for anything until then', () => {
    const attempts = answers(1_500, 8_000)
    expect(findRecovery({ ...QUESTION, attempts, healedUs: 1_500_000 })).toMatchObject({ atUs: 1_500_000 })
    expect(findRecovery({ ...QUESTION, attempts, healedUs: 10_100_000 })).toMatchObject({ kind: 'not-recovered' })
  })

  test('may fail once in a window', () => {
    const attempts = answers(0, 5_000).with(50, answer(500, { failed: true }))
    expect(findRecovery({ ...QUESTION, attempts })).toMatchObject({ kind: 'recovered', atUs: 0 })
  })
})

describe('a platform that needs time', () => {
  test('has recovered when the failures end', () => {
    const attempts = [...answers(0, 3_000, { failed: true }), ...answers(3_000, 8_000)]
    const recovery = findRecovery({ ...QUESTION, attempts })
    expect(recovery).toMatchObject({ kind: 'recovered', atUs: 3_000_000 })
  })

  test('has recovered when it is no longer slow', () => {
    const attempts = [...answers(0, 2_000, { tookMs: 71 }), ...answers(2_000, 8_000, { tookMs: 70 })]
    const { kind, atUs } = findRecovery({ ...QUESTION, attempts }) as { kind: string; atUs: number }
    expect(kind).toBe('recovered')
    // At most one in twenty of a window may still be slow.
    expect(atUs).toBeGreaterThanOrEqual(1_900_000)
  })

  test('has recovered when it is slower than before, and so fast that nobody would speak of an outage', () => {
    const slower = answers(0, 15_000, { tookMs: 240 })
    expect(findRecovery({ ...QUESTION, attempts: slower })).toMatchObject({ kind: 'not-recovered' })
    const calm = calmP95Ms(500)
    expect(findRecovery({ ...QUESTION, calmP95Ms: calm, attempts: slower })).toMatchObject({ atUs: 0, limitMs: 250 })
    const slow = answers(0, 15_000, { tookMs: 260 })
    expect(findRecovery({ ...QUESTION, calmP95Ms: calm, attempts: slow })).toMatchObject({ kind: 'not-recovered' })
  })

  test('has not recovered when it is well later than the RTO allows', () => {
    const attempts = [...answers(0, 10_200, { failed: true }), ...answers(10_200, 20_000)]
    expect(findRecovery({ ...QUESTION, attempts })).toMatchObject({
      kind: 'not-recovered',
      why: expect.stringContaining('operations failed'),
    })
  })

  test('has not recovered when it is well for less than a window', () => {
    const attempts = Array.from({ length: 10 }, (_, round) => [
      ...answers(round * 1_500, round * 1_500 + 1_400),
      ...answers(round * 1_500 + 1_400, round * 1_500 + 1_500, { failed: true }),
    ]).flat()
    expect(findRecovery({ ...QUESTION, attempts })).toMatchObject({ kind: 'not-recovered' })
  })
})

describe('nothing is said about recovery', () => {
  test('before the window is over', () => {
    const attempts = answers(0, 1_000)
    expect(findRecovery({ ...QUESTION, attempts, nowUs: 1_000_000 })).toMatchObject({ kind: 'pending', fromUs: 0 })
  })

  test('while something that was sent in the window is still under way', () => {
    const attempts = answers(0, 5_000).with(50, { ...answer(500), completedUs: null })
    expect(findRecovery({ ...QUESTION, attempts })).toMatchObject({ kind: 'pending' })
  })

  test('where fewer operations are asked for than the rule needs: silence is no recovery', () => {
    expect(findRecovery({ ...QUESTION, attempts: [] })).toMatchObject({ kind: 'pending' })
    expect(findRecovery({ ...QUESTION, attempts: answers(0, 990) })).toMatchObject({ kind: 'pending' })
  })

  test('and the search goes on where it had come to', () => {
    const attempts = [...answers(0, 3_000, { failed: true }), ...answers(3_000, 4_000)]
    const pending = findRecovery({ ...QUESTION, attempts, nowUs: 4_000_000 })
    expect(pending).toMatchObject({ kind: 'pending', why: expect.stringContaining('operations failed') })
    expect(findRecovery({ ...QUESTION, attempts, nowUs: 4_000_000, earlier: pending })).toEqual(pending)
    const later = [...attempts, ...answers(4_000, 8_000)]
    expect(findRecovery({ ...QUESTION, attempts: later, earlier: pending })).toMatchObject({
      kind: 'recovered',
      atUs: 3_000_000,
    })
  })
})

describe('the baseline', () => {
  test('is the p95 of what was done before the first fault', () => {
    const attempts = [...answers(0, 2_000, { tookMs: 30 }), ...answers(2_000, 4_000, { tookMs: 900 })]
    expect(baselineP95Ms(attempts, 2_000_000, RULE)).toBe(30)
  })

  test('is not known from fewer operations than the rule needs', () => {
    expect(baselineP95Ms(answers(0, 900), 2_000_000, RULE)).toBeNull()
  })
})
