import type { Observation, RunFacts } from '../compose-verdict.ts'
import { PROFILES } from '../load/profiles.ts'
import type { PhaseResult } from '../phase-result.ts'
import { PHASES } from '../phases.ts'
import type { Run } from '../run.ts'
import { GATE_TITLES, type GateId } from '../verdict.ts'
import { checkOf, phaseOf } from './phase-of.ts'

/** A run that is as it should be. */
export function runOf(overrides: Partial<Run> = {}): Run {
  return {
    id: '20260302T080000000Z-dev-4711',
    dir: '/nowhere/20260302T080000000Z-dev-4711',
    epoch: { monotonicNs: '0', wall: '2026-03-02T08:00:00.000Z' },
    profile: PROFILES.dev,
    seed: 4711,
    host: 'containers',
    hostReason: 'a container engine answers (auto)',
    keep: false,
    bail: false,
    ...overrides,
  }
}

/** Delivered results, suite by suite. */
export function delivered(results: Readonly<Record<string, PhaseResult>>): Observation['delivered'] {
  return Object.entries(results).map(([suite, result]) => ({ suite, result }))
}

/** Facts of a finished run of one phase in which everything holds, unless told otherwise. */
export function factsOf(
  overrides: Partial<RunFacts> & { readonly results?: Record<string, PhaseResult> } = {},
): RunFacts {
  const { results = { '2-load': phaseOf() }, ...facts } = overrides
  return {
    run: runOf(),
    finishedAt: '2026-03-02T08:04:10.000Z',
    command: 'node bin/rehearse.ts run --profile dev --seed 4711',
    source: { sha: '2f36058', dirty: false },
    machine: { node: '24.1.0', cpus: 2, memoryBytes: 8_589_934_592, processor: 'Test Processor, x64' },
    atOnce: 1,
    planned: Object.keys(results),
    observation: { delivered: delivered(results), problems: [] },
    problems: [],
    ...facts,
  }
}

/** A result of every part of all seven phases, with a check for every gate. */
export function allPhases(overrides: Partial<PhaseResult> = {}): Record<string, PhaseResult> {
  const checks = (Object.keys(GATE_TITLES) as GateId[]).map((gate) => checkOf({ id: `check-of-${gate}`, gate }))
  return Object.fromEntries(
    PHASES.flatMap(({ parts }) => parts.map((part) => [part, phaseOf({ checks, ...overrides })])),
  )
}
