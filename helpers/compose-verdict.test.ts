import { describe, expect, test } from 'vitest'
import { composeVerdict, exitCodeOf } from './compose-verdict.ts'
import type { PhaseResult } from './phase-result.ts'
import { runVerdictSchema } from './run-verdict.ts'
import { checkOf, phaseOf } from './testing/phase-of.ts'
import { allPhases, factsOf, runOf } from './testing/run-facts-of.ts'
import type { Validity, Verdict, Violation } from './verdict.ts'

const LOST = checkOf({ valid: false, violations: 3, reason: '3 answers are not in the database' })
const UNREAD = checkOf({ valid: 'unknown', reason: 'the answers could not be read' })

/** The verdict of one phase `2-load` with these differences from one in which everything holds. */
const verdictOf = (overrides: Partial<PhaseResult>) =>
  composeVerdict(factsOf({ results: { '2-load': phaseOf(overrides) } }))

describe('GO', () => {
  test('all seven phases ran and every gate is true', () => {
    const verdict = composeVerdict(factsOf({ results: allPhases() }))
    expect(verdict).toMatchObject({ verdict: 'GO', headline: 'GO', scope: 'full', reasons: [], problems: [] })
    expect(verdict.gates.every((gate) => gate.valid === true)).toBe(true)
  })

  test('a run that leaves faults of its profile out is partial, and says so', () => {
    const results = allPhases()
    const faults = { names: ['redis-hung'], leftOut: ['postgres-crashed', 'backend-killed'] }
    const verdict = composeVerdict(factsOf({ results, run: runOf({ faults }) }))
    expect(verdict).toMatchObject({ verdict: 'GO', scope: 'partial', faultChoice: faults })
    expect(verdict.headline).toContain("without 2 of the profile's faults, not a release decision")
    const all = composeVerdict(factsOf({ results, run: runOf({ faults: { ...faults, leftOut: [] } }) }))
    expect(all).toMatchObject({ scope: 'full', headline: 'GO' })
    expect(composeVerdict(factsOf({ results })).faultChoice).toBeNull()
  })

  test('a partial run is judged on its own gates and says that it releases nothing', () => {
    const verdict = composeVerdict(factsOf())
    expect(verdict.headline).toBe('GO (1 of 7 phases, not a release decision), 11 gates not judged')
    expect(verdict.scope).toBe('partial')
    const pool = verdict.gates.find((gate) => gate.id === 'database-pool')
    expect(pool).toMatchObject({ valid: 'not-judged', reason: 'no phase of this run checked it', measured: null })
  })

  test('a phase of which only a part ran is not counted as a phase', () => {
    const verdict = composeVerdict(factsOf({ results: { '3-faults/redis': phaseOf() } }))
    expect(verdict.headline).toMatch(/^GO \(0 of 7 phases and a part of 3-faults, not a release decision\)/)
  })
})

describe('NO-GO', () => {
  test('one false check of one phase is enough', () => {
    const verdict = composeVerdict(
      factsOf({ results: { '2-load': phaseOf(), '4-integrity': phaseOf({ checks: [LOST] }) } }),
    )
    expect(verdict.verdict).toBe('NO-GO')
    expect(verdict.reasons[0]).toBe(
      'No acknowledged answer is lost, overwritten or invented: 3 answers are not in the database [4-integrity/no-lost-answer]',
    )
    expect(verdict.gates[0]).toMatchObject({ valid: false, measured: 3, threshold: 0, unit: 'violations' })
  })

  test('false wins over unknown in the same gate, and unknown elsewhere does not soften it', () => {
    const slow = checkOf({ id: 'response-time', gate: 'response-time', valid: 'unknown' })
    expect(verdictOf({ checks: [UNREAD, LOST, slow] }).verdict).toBe('NO-GO')
  })

  test.each([
    ['an interruption', { problems: [{ kind: 'interrupted', message: 'SIGINT' }] }],
    ['an engine that died', { planned: ['2-load', '4-integrity'] }],
    ['an entry that was killed before it finished', { finishedAt: null }],
  ])('a proven loss outlives %s', (_, later) => {
    expect(composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks: [LOST] }) }, ...later })).verdict).toBe(
      'NO-GO',
    )
  })
})

describe('INCONCLUSIVE', () => {
  const fault = {
    name: 'redis killed',
    injectedAt: '2026-03-02T08:01:00.000Z',
    felt: true,
    healedAt: '2026-03-02T08:01:05.000Z',
    recoveryMs: 900,
  }

  const LOAD = checkOf({ id: 'plan-fidelity', gate: 'load-offered' })

  test.each<[string, Partial<PhaseResult>, string | RegExp]>([
    ['a check is unknown', { checks: [UNREAD] }, /the answers could not be read/],
    ['a phase checked nothing', { checks: [] }, 'Phase 2-load: checked nothing.'],
    ['a fault was not felt', { faults: [{ ...fault, felt: false }] }, /"redis killed" was injected, but nothing shows/],
    ['a fault was not healed', { faults: [{ ...fault, healedAt: null }] }, /"redis killed" was not healed/],
    [
      'the generator was not healthy',
      { generator: { ...phaseOf().generator, valid: false, reasons: ['cpu 97 % of a core'] } },
      'Phase 2-load: the load generator was not healthy: cpu 97 % of a core.',
    ],
    [
      'the generator was not healthy, and a check beside it was not judged',
      {
        generator: { ...phaseOf().generator, valid: false, reasons: ['cpu 97 % of a core'] },
        checks: [LOAD, { ...LOAD, id: 'absent', valid: 'not-judged', reason: 'it has none' }],
      },
      'Phase 2-load: the load generator was not healthy: cpu 97 % of a core.',
    ],
    [
      'the health of the generator is unknown',
      { generator: { ...phaseOf().generator, valid: 'unknown' } },
      /is not known to have been healthy/,
    ],
    [
      'candidates do not add up',
      {
        candidates: {
          ...{ planned: 400, unaffected: 370, slowed: 17, recovered: 12 },
          ...{ lostData: 0, neverStarted: 0, undecided: 0 },
        },
      },
      'Phase 2-load: 400 candidates were planned, but 399 are accounted for.',
    ],
  ])('%s', (_, overrides, reason) => {
    const verdict = verdictOf(overrides)
    expect(verdict.verdict).toBe('INCONCLUSIVE')
    expect(verdict.reasons).toContainEqual(reason instanceof RegExp ? expect.stringMatching(reason) : reason)
  })

  test('a planned phase delivered nothing', () => {
    const verdict = composeVerdict(factsOf({ planned: ['2-load', '4-integrity'] }))
    expect(verdict).toMatchObject({ verdict: 'INCONCLUSIVE', reasons: ['Phase 4-integrity delivered no result.'] })
  })

  test('nothing was rehearsed at all: an empty run is not a pass', () => {
    const verdict = composeVerdict(factsOf({ results: {} }))
    expect(verdict).toMatchObject({ verdict: 'INCONCLUSIVE', reasons: ['No phase was rehearsed.'], candidates: null })
    expect(verdict.ledger).toMatchObject({ attempted: null, lost: null })
    expect(verdict.generator).toMatchObject({ valid: 'unknown', cpu: null })
  })

  test('nothing was judged: the reason says so, and never that all is true', () => {
    const absent = checkOf({ gate: 'exam-mode', valid: 'not-judged', reason: 'no freeze there' })
    const verdict = verdictOf({ checks: [absent] })
    expect(verdict).toMatchObject({ verdict: 'INCONCLUSIVE', reasons: ['No gate was judged.'] })
  })

  test('the run has not finished: the placeholder of its first instant', () => {
    expect(composeVerdict(factsOf({ finishedAt: null })).verdict).toBe('INCONCLUSIVE')
  })

  test('there was an error that no check explains', () => {
    const observed = {
      delivered: factsOf().observation.delivered,
      problems: [{ kind: 'unhandled-error', message: 'x' }],
    }
    expect(composeVerdict(factsOf({ observation: observed })).verdict).toBe('INCONCLUSIVE')
  })

  test('all phases ran and none checked a gate: nothing excuses that', () => {
    const verdict = composeVerdict(factsOf({ results: allPhases({ checks: [checkOf()] }) }))
    expect(verdict.verdict).toBe('INCONCLUSIVE')
    expect(verdict.gates.find(({ id }) => id === 'exam-mode')).toMatchObject({
      valid: 'unknown',
      reason: 'all phases ran and none of them checked it, so there is no evidence',
    })
  })
})

describe('numbers', () => {
  test('ledger and candidates are summed, and a phase that did not measure is named, not counted as zero', () => {
    const freeze = phaseOf({ ledger: { ...phaseOf().ledger, lost: null } })
    const verdict = composeVerdict(
      factsOf({ results: { '1-freeze': freeze, '2-load': phaseOf({ ledger: { ...phaseOf().ledger, lost: 2 } }) } }),
    )
    expect(verdict.ledger).toMatchObject({ attempted: 12_042, lost: 2, unmeasured: { lost: ['1-freeze'] } })
    expect(verdict.candidates).toMatchObject({ planned: 800, unaffected: 742, recovered: 24 })
  })

  test('the generator of a run is the worst of its phases, and unknown where one phase did not measure', () => {
    const busy = { ...phaseOf().generator, cpu: 0.7, rssBytes: null }
    const verdict = composeVerdict(
      factsOf({ results: { '2-load': phaseOf(), '4-integrity': phaseOf({ generator: busy }) } }),
    )
    expect(verdict.generator).toMatchObject({ cpu: 0.7, rssBytes: null, valid: true })
  })

  test('a gate shows the figure that is nearest to its limit', () => {
    const figures = [
      { label: 'login p95', measured: 120, limit: 500, unit: 'ms', bad: 'above' },
      { label: 'save-answer p95', measured: 460, limit: 500, unit: 'ms', bad: 'above' },
      { label: 'submit p95', measured: null, limit: 500, unit: 'ms', bad: 'above' },
    ] as const
    const verdict = verdictOf({ checks: [checkOf({ id: 'response-time', gate: 'response-time', figures })] })
    expect(verdict.gates.find(({ id }) => id === 'response-time')).toMatchObject({
      measured: 460,
      threshold: 500,
      unit: 'ms',
      figure: '2-load: save-answer p95',
    })
    expect(verdict.nearMisses).toEqual([
      { phase: '2-load', label: 'save-answer p95', measured: 460, limit: 500, bad: 'above', unit: 'ms', used: 0.92 },
    ])
  })

  test('what a true check tolerates past its limit is a near miss, and not the measure of the gate', () => {
    const figures = [
      { label: 'dispatch lag p99', measured: 204, limit: 20, unit: 'ms', bad: 'above' },
      { label: 'cpu', measured: 0.4, limit: 0.8, unit: 'share', bad: 'above' },
      { label: 'unsent', measured: 1, limit: 0, unit: 'count', bad: 'above' },
    ] as const
    const of = (valid: boolean) => verdictOf({ checks: [checkOf({ gate: 'load-offered', valid, figures })] })
    const gate = (valid: boolean) => of(valid).gates.find(({ id }) => id === 'load-offered')
    expect(gate(true)).toMatchObject({ valid: true, figure: '2-load: cpu', measured: 0.4, threshold: 0.8 })
    expect(gate(false)).toMatchObject({ valid: false, figure: '2-load: unsent', measured: 1, threshold: 0 })
    expect(of(true).nearMisses).toMatchObject([
      { label: 'dispatch lag p99', used: 10.2 },
      { label: 'unsent', used: null },
    ])
    expect(of(false).nearMisses).toEqual([])
    expect(runVerdictSchema.safeParse(of(true)).success).toBe(true)
  })

  test('where less is worse, the near miss is on the other side', () => {
    const headroom = { label: 'headroom', measured: 1.25, limit: 1.2, unit: 'count', bad: 'below' } as const
    const verdict = verdictOf({ checks: [checkOf({ gate: 'load-offered', figures: [headroom] })] })
    expect(verdict.nearMisses).toMatchObject([{ used: 0.96, bad: 'below' }])
    expect(verdict.gates.find(({ id }) => id === 'load-offered')).toMatchObject({ threshold: 1.2, bad: 'below' })
    expect(verdict.gates.find(({ id }) => id === 'zero-data-loss')).toMatchObject({ bad: 'above' })
  })

  test('of a share that must not fall below its limit the shortfall is what is used: all of it is no near miss', () => {
    const offered = (measured: number) => {
      const figure = { label: 'offered', measured, limit: 0.95, unit: 'share', bad: 'below' } as const
      return verdictOf({ checks: [checkOf({ figures: [figure] })] }).nearMisses
    }
    expect(offered(1)).toEqual([])
    expect(offered(0.97)).toEqual([])
    expect(offered(0.958)).toMatchObject([{ label: 'offered', used: expect.closeTo(0.84) }])
    expect(offered(0.94)).toMatchObject([{ label: 'offered', used: expect.closeTo(1.2) }])
  })

  test('without figures, a p95 within 20 % of the limit is a near miss; in a barrier it is not', () => {
    const [steady] = phaseOf().steps
    if (steady === undefined) throw new Error('the example phase has a step')
    const slow = { ...steady.latency['save-answer'], p95Ms: 410 } as (typeof steady.latency)[string]
    const steps = [
      { ...steady, latency: { submit: slow } },
      { ...steady, name: 'start-burst', model: 'barrier' as const, latency: { login: slow } },
    ]
    expect(verdictOf({ steps }).nearMisses).toMatchObject([{ label: 'steady submit p95', measured: 410, limit: 500 }])
  })

  test('different images of two phases are both shown', () => {
    const other = phaseOf({ stage: { ...phaseOf().stage, images: { postgres: 'postgres:16.1' } } })
    const verdict = composeVerdict(factsOf({ results: { '2-load': phaseOf(), '4-integrity': other } }))
    expect(verdict.environment.images).toEqual({ postgres: 'postgres:15.18 | postgres:16.1' })
  })
})

test('what is written to verdict.json has the shape of schema 1, on every road', () => {
  const witness: Violation = { summary: 'lost', operations: ['invoke'], rows: [{ id: 1 }], requestIds: ['r-1'] }
  const roads = [
    factsOf(),
    factsOf({ results: allPhases() }),
    factsOf({ results: {} }),
    factsOf({ finishedAt: null, planned: ['2-load', '4-integrity'] }),
    factsOf({ results: { '2-load': phaseOf({ checks: [{ ...LOST, examples: [witness] }] }) } }),
    factsOf({ source: { sha: null, dirty: null } }),
  ]
  for (const facts of roads) {
    const verdict = composeVerdict(facts)
    expect(runVerdictSchema.parse(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict)
  }
})

test('neither tokens nor passwords reach the verdict', () => {
  const examples: Violation[] = [
    {
      summary: 'sent "Authorization: Bearer abcdef123456" and got eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln',
      operations: ['login password=hunter2'],
      rows: [{ email: 'c-1@exam.test', password_hash: '$argon2id$v=19$m=1024$abc$def', refresh_token: 'top' }],
      requestIds: [],
    },
  ]
  const problems = [{ kind: 'entry-error', message: 'cannot connect to postgres://exam:s3cret@db:5432/exam' }]
  const results = { '2-load': phaseOf({ checks: [{ ...LOST, examples }] }) }
  const text = JSON.stringify(composeVerdict(factsOf({ results, problems })))
  for (const secret of ['abcdef123456', 'eyJhbGci', 'hunter2', '$argon2id', '"top"', 's3cret']) {
    expect(text).not.toContain(secret)
  }
  expect(text).toContain('c-1@exam.test')
})

test('exit codes: 0 GO, 1 NO-GO, 2 INCONCLUSIVE', () => {
  expect((['GO', 'NO-GO', 'INCONCLUSIVE'] as const).map(exitCodeOf)).toEqual([0, 1, 2])
})

describe('the measure of a gate', () => {
  const pool = (valid: Validity, measured: number | null) =>
    checkOf({
      ...{ id: 'database-pool', gate: 'database-pool', valid },
      figures: [{ label: 'pool busy in steady', measured, limit: 0.8, unit: 'share', bad: 'above' }],
    })
  const connections = (valid: Validity, measured: number) =>
    checkOf({
      ...{ id: 'connections-below-maximum', gate: 'database-pool', valid },
      figures: [{ label: 'most connections', measured, limit: 97, unit: 'count', bad: 'above' }],
    })
  const lineOf = (...checks: Verdict[]) =>
    composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks }) } })).gates.find(
      ({ id }) => id === 'database-pool',
    )

  test('is of the check that has its name, also where another one is nearer to its limit', () => {
    expect(lineOf(pool(true, 0.03), connections(true, 25))).toMatchObject({
      ...{ measured: 0.03, threshold: 0.8, unit: 'share', figure: '2-load: pool busy in steady' },
    })
  })

  test('is of the check that broke it, whatever its name', () => {
    expect(lineOf(pool(true, 0.03), connections(false, 97))).toMatchObject({ measured: 97, threshold: 97 })
  })

  test('is not measured when what its name stands for could not be seen', () => {
    expect(lineOf(pool('unknown', null), connections(true, 25))).toMatchObject({ measured: null, threshold: 0.8 })
  })

  test.each(['unknown', 'not-judged'] as const)(
    'is no number of violations where one check is %s, however many others hold',
    (valid) => {
      const one = checkOf({ id: 'one', gate: 'database-pool', valid, reason: 'for a reason' })
      const other = checkOf({ id: 'other', gate: 'database-pool', valid: true })
      expect(lineOf(one, other)).toMatchObject({ valid, measured: null, threshold: 0, unit: 'violations' })
    },
  )

  test('of a gate that is false is never a number that is within its limit: then its violations are told', () => {
    const skew = { label: 'barrier skew', measured: 3, limit: 100, unit: 'ms', bad: 'above' } as const
    const unfinished = checkOf({ gate: 'database-pool', valid: false, violations: 7, figures: [skew] })
    expect(lineOf(unfinished, pool(true, 0.03))).toMatchObject({
      ...{ measured: 7, threshold: null, unit: 'violations', figure: null },
    })
    const plain = checkOf({ gate: 'database-pool', valid: false, violations: 2 })
    expect(lineOf(plain, pool(true, 0.03))).toMatchObject({ measured: 2, unit: 'violations', figure: null })
  })
})
