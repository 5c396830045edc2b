import { describe, expect, test } from 'vitest'
import { composeVerdict } from './compose-verdict.ts'
import { runVerdictSchema } from './run-verdict.ts'
import { salvagePhaseResult } from './salvage-phase-result.ts'
import { checkOf, phaseOf } from './testing/phase-of.ts'
import { factsOf } from './testing/run-facts-of.ts'

const LOST = checkOf({ valid: false, violations: 3, reason: '3 answers are gone' })
const SUITE = '2-load'

/** A result as a worker may deliver it: anything in any field. */
const phaseWith = (broken: Record<string, unknown>) => ({ ...phaseOf({ checks: [LOST] }), ...broken })

/** The verdict of a run whose one phase delivered this. */
function verdictOf(delivered: unknown) {
  const { result, flaws } = salvagePhaseResult(delivered, SUITE)
  const problems = flaws.map((message) => ({ kind: 'malformed-result', message }))
  return composeVerdict(
    factsOf({ results: result === undefined ? {} : { [SUITE]: result }, planned: [SUITE], problems }),
  )
}

describe('a result that can be read', () => {
  test('is handed on as it is', () => {
    const whole = phaseOf()
    expect(salvagePhaseResult(whole, SUITE)).toEqual({ result: whole, flaws: [] })
  })
})

describe('a proven loss stays a NO-GO whatever else cannot be read', () => {
  const [step] = phaseOf().steps
  test.for<[string, Record<string, unknown>, RegExp]>([
    ['the duration', { durationMs: Number.NaN }, /^durationMs: /],
    ['id and title', { id: 7, title: null }, /^id: /],
    ['the plan', { plan: 'a plan', planHash: undefined }, /^planHash: /],
    ['a step', { steps: [step, { ...step, startedMs: Number.POSITIVE_INFINITY }] }, /^steps\.1\.startedMs: /],
    ['all steps', { steps: null }, /^steps: it is null/],
    ['a fault', { faults: [{ name: 'redis killed' }] }, /^faults\.0\.injectedAt: /],
    ['the ledger', { ledger: { attempted: Number.NaN } }, /^ledger\.attempted: /],
    ['the candidates', { candidates: { planned: -1 } }, /^candidates\.planned: /],
    ['the generator', { generator: undefined }, /^generator: /],
    ['the stage', { stage: { images: 1 } }, /^stage\.images: /],
    [
      'another check',
      { checks: [{ ...checkOf(), id: 'other', violations: Number.NaN }, LOST] },
      /^checks\.0\.violations: /,
    ],
    ['something that is no check', { checks: ['all is well', LOST] }, /^checks\.0: /],
  ])('%s', ([, broken, flaw]) => {
    expect(salvagePhaseResult(phaseWith(broken), SUITE).flaws[0]).toMatch(flaw)
    const verdict = verdictOf(phaseWith(broken))
    expect(verdict.verdict).toBe('NO-GO')
    expect(verdict.reasons[0]).toContain('3 answers are gone')
    expect(runVerdictSchema.safeParse(verdict).error).toBeUndefined()
  })

  test('its own figures and examples', () => {
    const torn = { ...LOST, violations: Number.NaN, examples: [{ summary: 1 }], counts: { lost: 3, share: Number.NaN } }
    const { result } = salvagePhaseResult(phaseWith({ checks: [torn] }), SUITE)
    expect(result?.checks[0]).toMatchObject({
      id: LOST.id,
      valid: false,
      violations: 1,
      examples: [],
      counts: { lost: 3 },
    })
    expect(result?.checks[0]?.reason).toMatch(
      /3 answers are gone; of what was delivered .*checks\.0\.violations.*at least/,
    )
  })

  test('its own id and gate', () => {
    const verdict = verdictOf(phaseWith({ checks: [{ ...LOST, id: '', gate: 'no-such-gate' }] }))
    expect(verdict.verdict).toBe('NO-GO')
    expect(verdict.gates.find(({ id }) => id === 'evidence-complete')).toMatchObject({ valid: false })
  })
})

describe('nothing is called proven that cannot be read', () => {
  test.for<[string, unknown]>([
    ['an answer that is none', { ...checkOf(), valid: 'GO' }],
    ['an answer that is missing', { ...checkOf(), valid: undefined }],
    ['a true check with a number that is none', { ...checkOf(), counts: { lost: Number.NaN } }],
    ['a true check of no gate', { ...checkOf(), gate: 'no-such-gate' }],
  ])('%s is unknown, with the reason', ([, check]) => {
    const { result } = salvagePhaseResult({ ...phaseOf(), checks: [check] }, SUITE)
    expect(result?.checks).toMatchObject([{ valid: 'unknown', reason: expect.stringContaining('could not be read') }])
    expect(verdictOf({ ...phaseOf(), checks: [check] }).verdict).toBe('INCONCLUSIVE')
  })

  test('a number that cannot be read is null, never zero', () => {
    const { result } = salvagePhaseResult(phaseWith({ durationMs: 'long', ledger: 1, candidates: 2 }), SUITE)
    expect(result).toMatchObject({ durationMs: null, ledger: { attempted: null, lost: null }, candidates: null })
  })

  test.for([
    ['text', 'GO'],
    ['null', null],
    ['a list', []],
  ] as const)('%s is no result', ([, delivered]) => {
    expect(salvagePhaseResult(delivered, SUITE).result).toBeUndefined()
    expect(verdictOf(delivered).verdict).toBe('INCONCLUSIVE')
  })

  test('everything true, and one step unreadable: not GO', () => {
    expect(verdictOf({ ...phaseOf(), steps: [{}] }).verdict).toBe('INCONCLUSIVE')
  })
})
