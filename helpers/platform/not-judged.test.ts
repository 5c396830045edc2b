import { describe, expect, test } from 'vitest'
import { composeVerdict } from '../compose-verdict.ts'
import { type PlannedAction, planExamDay } from '../load/plan.ts'
import { PROFILES } from '../load/profiles.ts'
import { checkOf, phaseOf } from '../testing/phase-of.ts'
import { allPhases, factsOf, runOf } from '../testing/run-facts-of.ts'
import type { Verdict } from '../verdict.ts'
import { CAPABILITIES, type Capability, lacking } from './capabilities.ts'
import { lackReason, leaveOutLacking, notJudged } from './not-judged.ts'
import { planFor } from './plan-for.ts'
import reference from './reference-platform.ts'
import tiny from './testing/tiny-platform.ts'

const POOL = checkOf({ id: 'database-pool', gate: 'database-pool' })
const LOG = checkOf({ id: 'no-silent-failures', gate: 'no-silent-failures', valid: false, violations: 2 })
const LOST = checkOf({ valid: false, violations: 1, reason: 'one answer is gone' })

const PLATFORM = (...lacks: Capability[]) => ({ file: '/p.ts', name: 'tiny', hash: 'abc', lacks })

/** The verdict of a whole run whose first phase has these checks beside its own. */
const verdictOf = (checks: readonly Verdict[], ...lacks: Capability[]) => {
  const results = allPhases()
  const [first] = Object.keys(results) as [string]
  const own = results[first]?.checks.filter(({ gate }) => !checks.some((check) => check.gate === gate)) ?? []
  const others = Object.fromEntries(
    Object.entries(results).map(([suite, result]) => [
      suite,
      { ...result, checks: result.checks.filter(({ gate }) => !checks.some((check) => check.gate === gate)) },
    ]),
  )
  return composeVerdict(
    factsOf({
      results: { ...others, [first]: phaseOf({ checks: [...own, ...checks] }) },
      run: runOf({ platform: PLATFORM(...lacks) }),
    }),
  )
}

describe('a check that needs what the platform lacks', () => {
  test('is not judged, with the reason, whatever it would have said; all others stay as they are', () => {
    const checks = [POOL, LOG, LOST]
    expect(leaveOutLacking(checks, [])).toBe(checks)
    expect(leaveOutLacking(checks, ['metrics', 'requestLogs'])).toEqual([
      expect.objectContaining({ valid: 'not-judged', reason: 'the platform has no metrics of its own', violations: 0 }),
      expect.objectContaining({ valid: 'not-judged', reason: 'the platform has no log line for each request' }),
      LOST,
    ])
  })

  test.each(Object.keys(CAPABILITIES) as Capability[])('no capability declares lost answers away: %s', (capability) => {
    const kept = [
      'no-lost-answer',
      'last-acknowledged-wins',
      'exactly-once-submit',
      'one-session-per-candidate',
      'score',
    ]
    const checks = kept.map((id) => checkOf({ id, valid: false, violations: 1 }))
    expect(leaveOutLacking(checks, [capability])).toEqual(checks)
  })
})

describe('what is not judged does to the verdict', () => {
  const left = notJudged(POOL, lackReason('metrics'))

  test('a GO that names the gate and the risk, and is not green there', () => {
    const verdict = verdictOf([left], 'metrics')
    expect(verdict).toMatchObject({ verdict: 'GO', headline: 'GO, 1 gate not judged, 1 named risk' })
    expect(verdict.gates.find(({ id }) => id === 'database-pool')).toMatchObject({
      valid: 'not-judged',
      measured: null,
      reason: expect.stringContaining('the platform has no metrics of its own'),
    })
    expect(verdict.platform?.risks).toEqual([
      {
        capability: 'metrics',
        words: 'the platform has no metrics of its own',
        checks: [expect.stringMatching(/\/database-pool$/)],
      },
    ])
  })

  test('beside a check that holds the gate is not green either', () => {
    const verdict = verdictOf([left, checkOf({ id: 'connections-below-maximum', gate: 'database-pool' })], 'metrics')
    expect(verdict.gates.find(({ id }) => id === 'database-pool')).toMatchObject({ valid: 'not-judged' })
  })

  test('a check of the same gate that is false makes it NO-GO, one that is unknown INCONCLUSIVE', () => {
    const beside = (valid: false | 'unknown') =>
      verdictOf([left, checkOf({ id: 'x', gate: 'database-pool', valid, reason: 'seen' })], 'metrics')
    expect(beside(false).verdict).toBe('NO-GO')
    expect(beside('unknown').verdict).toBe('INCONCLUSIVE')
  })

  test('a risk is named where no check was left out for it, too', () => {
    const verdict = verdictOf([POOL], 'answerVersions')
    expect(verdict.headline).toBe('GO, 1 named risk')
    expect(verdict.platform?.risks).toMatchObject([
      { words: 'the platform has no version numbers on answers', checks: [] },
    ])
  })

  test('so is a fault that the platform cannot be broken by, and the run is full all the same', () => {
    const run = runOf({
      profile: PROFILES.nightly,
      platform: { ...PLATFORM(), unplayable: ['backend-sweeper-stopped', 'postgres-table-locked'] },
    })
    const verdict = composeVerdict(factsOf({ results: allPhases(), run }))
    expect(verdict).toMatchObject({ scope: 'full', headline: 'GO, 2 named risks' })
    expect(verdict.platform?.unplayed).toEqual([
      { fault: 'postgres-table-locked', words: expect.stringContaining('answersTable') },
      { fault: 'backend-sweeper-stopped', words: expect.stringContaining('a lock of the reference') },
    ])
    const some = { names: ['redis-hung'], leftOut: ['redis-slow'] }
    const chosen = composeVerdict(factsOf({ results: allPhases(), run: { ...run, faults: some } }))
    expect(chosen.scope).toBe('partial')
    expect(chosen.platform?.unplayed).toBeUndefined()
  })

  test('data loss and corrupted sessions cannot be declared away', () => {
    const gone = (gate: Verdict['gate'], ...others: Verdict[]) =>
      verdictOf([notJudged(checkOf({ id: 'y', gate }), lackReason('logout')), ...others], 'logout')
    for (const gate of ['zero-data-loss', 'no-corrupted-sessions'] as const) {
      expect(gone(gate)).toMatchObject({ verdict: 'INCONCLUSIVE' })
      expect(gone(gate).gates.find(({ id }) => id === gate)).toMatchObject({
        valid: 'unknown',
        reason: expect.stringContaining('declared absent'),
      })
      expect(gone(gate, checkOf({ gate })).gates.find(({ id }) => id === gate)).toMatchObject({ valid: true })
      expect(gone(gate, checkOf({ gate, valid: false, violations: 1 })).verdict).toBe('NO-GO')
    }
  })
})

describe('the plan of a day', () => {
  const plan = planExamDay(PROFILES.smoke, 7, {
    candidates: Array.from({ length: PROFILES.smoke.candidates }, (_, index) => ({ id: `c-${index}` })),
  })

  test('of a platform that lacks nothing is the very same', () => {
    expect(lacking(reference.capabilities)).toEqual([])
    expect(planFor(plan, lacking(reference.capabilities))).toBe(plan)
  })

  test('of one whose client waits for each answer has none that leaves together with something', () => {
    const less = planFor(plan, ['overlappingAnswers'])
    const isPair = (action: PlannedAction) => action.kind === 'answer' && action.together !== undefined
    for (const [of, wanted] of [
      [plan, true],
      [less, false],
    ] as const) {
      expect(of.candidates.some(({ actions }) => actions.some(isPair))).toBe(wanted)
      expect(of.candidates.some((candidate) => 'answerBesideSubmit' in candidate)).toBe(wanted)
    }
    expect(less.candidates.map(({ actions }) => actions.length)).toEqual(
      plan.candidates.map(({ actions }) => actions.length),
    )
    expect(less.planHash).not.toBe(plan.planHash)
  })

  test('of another has no marks and no reviews, and is another plan', () => {
    const marks = (of: typeof plan) =>
      of.candidates.flatMap(({ actions }) => actions).filter(({ kind }) => kind === 'mark')
    const less = planFor(plan, lacking(tiny.capabilities))
    expect(marks(plan).length).toBeGreaterThan(0)
    expect(plan.candidates.some(({ review }) => review)).toBe(true)
    expect(marks(less)).toEqual([])
    expect(less.candidates.some(({ review }) => review)).toBe(false)
    expect(less.planHash).not.toBe(plan.planHash)
    for (const { actions, dueActions } of less.candidates) expect(dueActions).toBeLessThanOrEqual(actions.length)
  })
})
