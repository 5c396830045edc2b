import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { RunVerdict } from '../helpers/run-verdict.ts'

/** What a busy machine makes nobody doubt: the data, the logs and the evidence. */
const STILL_PROVEN = [
  'zero-data-loss',
  'no-corrupted-sessions',
  'no-silent-failures',
  'audit-logs',
  'evidence-complete',
]

/**
 * Whether a run is INCONCLUSIVE only because its machine was too busy to measure response times: every phase ran to its end,
 * every fault was felt, everything about data, logs and evidence holds, and the load generator was measured and found in
 * trouble.
 *
 * For the pipeline of this repository, which runs on machines that others share: such a run stays INCONCLUSIVE, and says
 * nothing against a change of the suite. A release gate never asks this.
 */
export function isMachineTooBusy({ verdict, generator, phases, gates }: RunVerdict): boolean {
  return (
    verdict === 'INCONCLUSIVE' &&
    generator.valid === false &&
    phases.length > 0 &&
    phases.every(({ checks }) => checks.some(({ id, valid }) => id === 'phase-completed' && valid === true)) &&
    phases.every(({ checks }) => checks.every(({ id, valid }) => id !== 'faults-felt' || valid === true)) &&
    STILL_PROVEN.every((id) => gates.some((gate) => gate.id === id && gate.valid === true))
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'reports/latest/verdict.json'
  process.exitCode = isMachineTooBusy(JSON.parse(await readFile(path, 'utf8'))) ? 0 : 1
}
