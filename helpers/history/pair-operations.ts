import type { Completion, HistoryEvent, Invocation, Operation } from './operation.ts'
import type { OutcomeReason } from './outcome.ts'

/** Reason of an operation that had no completion when the history ended. */
export const OPEN_AT_END: OutcomeReason = 'open-at-end'

/**
 * Pair invocations with their completions, in order of invocation. An invocation without a completion is `info`: the
 * request may have had its effect.
 *
 * Streams: it holds only what is in flight. That needs `neverCompleted` (the invocation indexes without a completion),
 * because one request that stays open would otherwise hold back everything behind it.
 *
 * @param events in index order. Completions without an invocation and second completions are left out here;
 *   `well-formed-history` reports them.
 */
export function* pairOperations(
  events: Iterable<HistoryEvent>,
  neverCompleted: ReadonlySet<number>,
): Generator<Operation> {
  const waiting = new Map<number, { readonly invocation: Invocation; operation: Operation | null }>()
  for (const event of events) {
    if (event.type === 'invoke') {
      const operation = neverCompleted.has(event.index) ? openOperation(event) : null
      waiting.set(event.index, { invocation: event, operation })
    } else {
      const entry = waiting.get(event.invocation)
      if (entry === undefined || entry.operation !== null) continue
      entry.operation = pair(entry.invocation, event)
    }
    // A Map keeps insertion order, so its head is the oldest invocation.
    for (const [index, { operation }] of waiting) {
      if (operation === null) break
      waiting.delete(index)
      yield operation
    }
  }
  for (const { invocation, operation } of waiting.values()) yield operation ?? openOperation(invocation)
}

/** The invocations among `events` that no completion refers to. */
export function findOpenInvocations(events: Iterable<HistoryEvent>): Set<number> {
  const open = new Set<number>()
  for (const event of events) {
    if (event.type === 'invoke') open.add(event.index)
    else open.delete(event.invocation)
  }
  return open
}

function pair(invocation: Invocation, completion: Completion): Operation {
  const { type: _, ...asked } = invocation
  return {
    ...asked,
    outcome: completion.type,
    completedUs: completion.timeUs,
    reason: completion.reason,
    ...(completion.status === undefined ? {} : { status: completion.status }),
    ...(completion.errorCode === undefined ? {} : { errorCode: completion.errorCode }),
    ...(completion.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: completion.retryAfterSeconds }),
    ...(completion.worker === undefined ? {} : { worker: completion.worker }),
    ...(completion.told === undefined ? {} : { told: completion.told }),
  }
}

function openOperation(invocation: Invocation): Operation {
  const { type: _, ...asked } = invocation
  return { ...asked, outcome: 'info', completedUs: null, reason: OPEN_AT_END }
}
