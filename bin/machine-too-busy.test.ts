import { expect, test } from 'vitest'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { isMachineTooBusy } from './machine-too-busy.ts'

const PROVEN = ['zero-data-loss', 'no-corrupted-sessions', 'no-silent-failures', 'audit-logs', 'evidence-complete']

/** A run on a machine that was too busy, but for what a test says. */
function runOf(
  over: {
    verdict?: string
    generator?: boolean | 'unknown'
    completed?: boolean | 'unknown'
    felt?: boolean | 'unknown'
    phases?: readonly unknown[]
    unknownGate?: string
  } = {},
): RunVerdict {
  const { verdict = 'INCONCLUSIVE', generator = false, completed = true, felt = true, unknownGate } = over
  const gates = PROVEN.map((id) => ({ id, valid: id === unknownGate ? 'unknown' : true }))
  return {
    verdict,
    generator: { valid: generator },
    phases: over.phases ?? [
      {
        checks: [
          { id: 'phase-completed', valid: completed },
          { id: 'faults-felt', valid: felt },
        ],
      },
    ],
    gates: [...gates, { id: 'response-time', valid: 'unknown' }],
  } as unknown as RunVerdict
}

test('a run in which only the generator was in trouble says nothing against the suite', () => {
  expect(isMachineTooBusy(runOf())).toBe(true)
})

test.each([
  ['something is false', { verdict: 'NO-GO' }],
  ['everything holds', { verdict: 'GO' }],
  ['the generator was well', { generator: true }],
  ['nobody watched the generator', { generator: 'unknown' }],
  ['a phase did not run to its end', { completed: 'unknown' }],
  ['a fault was not felt', { felt: 'unknown' }],
  ['no phase was played', { phases: [] }],
  ...PROVEN.map((unknownGate) => [`${unknownGate} is not proven`, { unknownGate }] as const),
] as const)('a busy machine is no excuse where %s', (_, over) => {
  expect(isMachineTooBusy(runOf(over))).toBe(false)
})
