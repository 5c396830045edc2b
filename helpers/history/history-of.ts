import type { History } from '../checkers/checker.ts'
import type { HistoryEvent } from './operation.ts'
import { findOpenInvocations, pairOperations } from './pair-operations.ts'

/** A history in memory, of events in index order. `complete` is false when an index is missing. */
export function historyOf(events: readonly HistoryEvent[]): History {
  const operations = [...pairOperations(events, findOpenInvocations(events))]
  return {
    complete: events.every((event, position) => event.index === position),
    events: () => events,
    operations: () => operations,
  }
}
