import type { Operation } from '../history/operation.ts'
import type { FaultWindow } from './checker.ts'

/**
 * One operation on one line, for a witness: when, what, what came of it, how long it took, and which fault was active.
 *
 *     +12.345s save-answer v3 value=2 attempt 2 [main] -> info (time-out) 5002 ms request=… during kill-postgres
 */
export function formatOperation(operation: Operation, faults: readonly FaultWindow[] = []): string {
  const { timeUs, completedUs, f, version, value, attempt, connection, outcome, reason, status } = operation
  return [
    `+${(timeUs / 1_000_000).toFixed(3)}s ${f}`,
    version === undefined ? '' : `v${version}`,
    value === undefined ? '' : `value=${value}`,
    `attempt ${attempt} [${connection}] -> ${outcome} (${reason})`,
    status === undefined ? '' : `HTTP ${status}`,
    operation.errorCode ?? '',
    completedUs === null ? 'never answered' : `${Math.round((completedUs - timeUs) / 1_000)} ms`,
    `request=${operation.requestId}`,
    operation.worker === undefined ? '' : `worker=${operation.worker}`,
    ...faults.filter((fault) => overlaps(operation, fault)).map((fault) => `during ${fault.name}`),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function overlaps(operation: Operation, fault: FaultWindow): boolean {
  const endsUs = operation.completedUs ?? Number.POSITIVE_INFINITY
  return endsUs >= fault.fromUs && operation.timeUs <= (fault.toUs ?? Number.POSITIVE_INFINITY)
}
