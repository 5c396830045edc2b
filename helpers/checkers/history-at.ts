import type { Operation } from '../history/operation.ts'
import { copyOperation } from '../history/operation-columns.ts'
import type { History } from './checker.ts'

/** A moment between two readings of the history's clock, µs since the run's epoch. */
export interface Moment {
  readonly fromUs: number
  readonly toUs: number
}

/**
 * The history as it was at a moment, for rows that show that moment. What was answered by then is as it was. What was
 * under way may or may not have had its effect, unless it is known to have had none. What was sent later never happened.
 */
export function historyAt(history: History, { fromUs, toUs }: Moment): History {
  return {
    complete: history.complete,
    *events() {
      for (const event of history.events()) if (event.timeUs <= toUs) yield event
    },
    operations: () => ({
      *[Symbol.iterator]() {
        for (const operation of history.operations()) if (operation.timeUs <= toUs) yield asOf(operation, fromUs)
      },
    }),
  }
}

function asOf(operation: Operation, fromUs: number): Operation {
  if (operation.outcome !== 'ok' || (operation.completedUs !== null && operation.completedUs <= fromUs))
    return operation
  const { told: _, ...rest } = copyOperation(operation)
  return { ...rest, outcome: 'info', completedUs: null, reason: 'open-at-end' }
}
