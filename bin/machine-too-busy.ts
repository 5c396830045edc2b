import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'

/** What a busy machine makes nobody doubt: the data, the logs and the evidence. */
const STILL_PROVEN = [
  'zero-data-loss',
  'no-corrupted-sessions',
  'no-silent-failures',
  'audit-logs',
  'evidence-complete',
]

/** Checks that rest on times, rates, or on load that came when it was due: a busy machine may make them unknown. */
const RESTS_ON_TIME: ReadonlySet<string> = new Set([
  ...['response-time', 'start-burst', 'fast-rejection', 'error-rate', 'allowed-work-not-slower', 'steady-state-after'],
  ...['plan-fidelity', 'generator-health', 'double-submits-overlapped', 'quirks-happened'],
  ...['recovery', 'unnoticed-faults', 'back-in-service', 'backlog-drained'],
])
/** One check a fault, `during-<its name>`. */
const BUDGET_OF_A_FAULT = /^during-/
/** As the checks themselves say it. */
const BUSY = /the generator was in trouble|the machine was crowded/

/**
 * Whether a run is INCONCLUSIVE only because its machine was too busy to measure response times: every planned phase ran to
 * its end, every fault was felt, everything about data, logs and evidence holds, the load generator was measured, and it, or
 * others on its machine, explain everything that is a problem or unknown.
 *
 * For the pipeline of this repository, which runs on machines that others share: such a run stays INCONCLUSIVE, and says
 * nothing against a change of the suite. A release gate never asks this.
 */
export function isMachineTooBusy({ verdict, generator, problems, coverage, phases, gates }: RunVerdict): boolean {
  const explained = new Set(phases.flatMap(unknownForTheMachine))
  return (
    verdict === 'INCONCLUSIVE' &&
    generator.valid !== 'unknown' &&
    explained.size > 0 &&
    problems.every(({ kind }) => kind === 'generator') &&
    phases.length > 0 &&
    coverage.planned.every((suite) => coverage.delivered.includes(suite) && phases.some(({ id }) => id === suite)) &&
    phases.every((phase) => phase.generator.valid !== 'unknown') &&
    phases.every(({ checks }) => checks.some(({ id, valid }) => id === 'phase-completed' && valid === true)) &&
    phases.every(({ checks }) => checks.every(({ id, valid }) => id !== 'faults-felt' || valid === true)) &&
    phases.every(({ id: suite, checks }) =>
      checks.every(({ id, valid }) => valid !== 'unknown' || explained.has(`${suite}/${id}`)),
    ) &&
    // Also where no check says why: a gate that nothing judged is no matter of a busy machine.
    gates.every(({ valid, checks }) => valid !== 'unknown' || checks.some((check) => explained.has(check))) &&
    STILL_PROVEN.every((id) => gates.some((gate) => gate.id === id && gate.valid === true))
  )
}

/** Checks of a phase, `<suite>/<check id>`, that are unknown because its generator, or its machine, was too busy. */
function unknownForTheMachine({ id: suite, generator, checks }: PhaseVerdict): readonly string[] {
  return checks
    .filter(({ id, valid }) => valid === 'unknown' && (RESTS_ON_TIME.has(id) || BUDGET_OF_A_FAULT.test(id)))
    .filter(({ reason = '' }) => generator.valid === false || BUSY.test(reason))
    .map(({ id }) => `${suite}/${id}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'reports/latest/verdict.json'
  process.exitCode = isMachineTooBusy(JSON.parse(await readFile(path, 'utf8'))) ? 0 : 1
}
