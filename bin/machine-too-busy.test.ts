import { expect, test } from 'vitest'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { isMachineTooBusy } from './machine-too-busy.ts'

const PROVEN = ['zero-data-loss', 'no-corrupted-sessions', 'no-silent-failures', 'audit-logs', 'evidence-complete']

interface Over {
  readonly verdict?: string
  readonly generator?: boolean | 'unknown'
  readonly completed?: boolean | 'unknown'
  readonly felt?: boolean | 'unknown'
  readonly phases?: readonly unknown[]
  readonly unknownGate?: string
  readonly problems?: readonly string[]
  readonly planned?: readonly string[]
  /** One more check that is unknown, and why. */
  readonly check?: string
  readonly because?: string
  /** Why response times are unknown. */
  readonly slow?: string
  /** The generator of the phase with that check. */
  readonly there?: boolean | 'unknown'
}

/** A run on a machine that was too busy, but for what a test says. */
function runOf(over: Over = {}): RunVerdict {
  const { verdict = 'INCONCLUSIVE', generator = false, completed = true, felt = true, unknownGate } = over
  const { problems = ['generator'], planned = ['2-load', '3-faults/redis'], check, because, there = generator } = over
  const { slow = 'too many windows' } = over
  const gates = PROVEN.map((id) => ({ id, valid: id === unknownGate ? 'unknown' : true, checks: [] }))
  const others = unknownGate === undefined || PROVEN.includes(unknownGate) ? [] : [unknownGate]
  return {
    verdict,
    generator: { valid: generator },
    problems: problems.map((kind) => ({ kind, message: '' })),
    coverage: { planned, delivered: ['2-load', '3-faults/redis'] },
    phases: over.phases ?? [
      {
        id: '2-load',
        generator: { valid: generator },
        checks: [
          { id: 'phase-completed', valid: true },
          { id: 'response-time', valid: 'unknown', reason: slow },
        ],
      },
      {
        id: '3-faults/redis',
        generator: { valid: there },
        checks: [
          { id: 'phase-completed', valid: completed },
          { id: 'faults-felt', valid: felt },
          ...(check === undefined ? [] : [{ id: check, valid: 'unknown', reason: because }]),
        ],
      },
    ],
    gates: [
      ...gates,
      { id: 'response-time', valid: 'unknown', checks: ['2-load/response-time'] },
      ...others.map((id) => ({ id, valid: 'unknown', checks: [] })),
    ],
  } as unknown as RunVerdict
}

test.each<readonly [string, Over]>([
  ['response times', {}],
  ['a recovery', { check: 'recovery' }],
  ['the budget of a fault', { check: 'during-redis-refused' }],
  [
    'a recovery beside a generator that was well but for that moment',
    { check: 'recovery', there: true, because: 'not seen; but the generator was in trouble then: dispatch lag' },
  ],
  [
    'what was slow when others had the machine',
    { check: 'error-rate', there: true, because: '7 failed; but the machine was crowded in 2 of 9 windows' },
  ],
  ...['back-in-service', 'backlog-drained'].map(
    (check) =>
      [
        `how late the drill was at an end: ${check}`,
        { check, there: true, because: 'late; but the machine was crowded: others took 31 % of the processors' },
      ] as const,
  ),
  [
    'a generator that was well, on a machine that others, a hypervisor or a disk took away',
    {
      generator: true,
      slow: 'p95 1217 ms; but the machine was crowded in 1 of 9 windows: everybody waited for the disk',
    },
  ],
])('a run in which only the generator was in trouble says nothing against the suite: %s', (_, over) => {
  expect(isMachineTooBusy(runOf(over))).toBe(true)
})

test.each<readonly [string, Over]>([
  ['something is false', { verdict: 'NO-GO' }],
  ['everything holds', { verdict: 'GO' }],
  ['the generator was well', { generator: true }],
  ['nobody watched the generator', { generator: 'unknown' }],
  ['nobody watched it in one phase', { there: 'unknown' }],
  ['a phase did not run to its end', { completed: 'unknown' }],
  ['a fault was not felt', { felt: 'unknown' }],
  ['no phase was played', { phases: [] }],
  ['a planned phase delivered nothing', { planned: ['2-load', '3-faults/redis', '7-recovery'] }],
  ['the run was interrupted', { problems: ['interrupted'] }],
  ['something else went wrong, too', { problems: ['generator', 'teardown-error'] }],
  ['nothing judged a gate', { unknownGate: 'exam-mode' }],
  ['a check is unknown that no generator measures', { check: 'restore' }],
  ['a recovery was not seen by a generator that was well', { check: 'recovery', there: true, because: 'not seen' }],
  ...PROVEN.map((unknownGate) => [`${unknownGate} is not proven`, { unknownGate }] as const),
])('a busy machine is no excuse where %s', (_, over) => {
  expect(isMachineTooBusy(runOf(over))).toBe(false)
})
