import type { Completion, HistoryEvent, Invocation, Operation } from './operation.ts'
import { copyOperation, createOperationColumns } from './operation-columns.ts'
import { OPEN_AT_END } from './pair-operations.ts'
import { doubled } from './text-pool.ts'

/** Operations of a history, paired while its events are added, with enough beside them to give the events back. */
export interface OperationTable {
  /**
   * The event that stands in `bytes[from, to)`, in the order of the file. False, and nothing is added, when it must be
   * parsed: then `add` takes it.
   */
  addLine(bytes: Buffer, from: number, to: number): boolean
  /** In the order of the file. */
  add(event: HistoryEvent): void
  /** Index of the event that was added last. */
  readonly lastIndex: number
  /** Nothing more comes: forget what only adding needs. */
  close(): void
  /**
   * In order of invocation. They are read from columns when they are asked: look at their fields, and copy one with
   * `copyOperation`; a spread copies nothing.
   */
  readonly operations: Iterable<Operation>
  /** As they were added; read like the operations, and copied with `copyEvent`. */
  events(): Iterable<HistoryEvent>
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

const FIRST_CAPACITY = 16_384
/** In place of an operation, where an event belongs to none. */
const NOTHING = -1

/**
 * A table for a history that stays in memory, in a tenth of what its events would take as objects: numbers in columns,
 * and every text once. What a column cannot hold is kept as the object it was parsed to.
 */
export function createOperationTable(): OperationTable {
  const columns = createOperationColumns()
  /** Operations that the columns cannot hold, by position. */
  const parsed = new Map<number, Mutable<Operation>>()
  const inFlight = new Map<number, number>()
  /** Event by event: twice the position of its operation, plus 1 for its completion. */
  let order = new Int32Array(FIRST_CAPACITY)
  let added = 0
  let lastIndex = -1
  /** Index of the completion, by operation. */
  let completions = new Float64Array(FIRST_CAPACITY)
  /** Events that were parsed, by their number: also completions that end nothing, which nothing else gives back. */
  const parsedEvents = new Map<number, HistoryEvent>()

  function note(what: number, index: number): void {
    if (added === order.length) order = doubled(order, Int32Array)
    order[added++] = what
    lastIndex = index
  }

  function invoked(at: number, index: number): void {
    inFlight.set(index, at)
    note(at * 2, index)
  }

  function completed(at: number, index: number, invocation: number): void {
    inFlight.delete(invocation)
    while (at >= completions.length) completions = doubled(completions, Float64Array)
    completions[at] = index
    note(at * 2 + 1, index)
  }

  function complete(event: Completion): void {
    const at = inFlight.get(event.invocation)
    if (at === undefined) {
      note(NOTHING, event.index)
      return
    }
    const operation = parsed.get(at) ?? copyOperation(columns.read(at))
    parsed.set(at, operation)
    operation.outcome = event.type
    operation.completedUs = event.timeUs
    operation.reason = event.reason
    if (event.status !== undefined) operation.status = event.status
    if (event.errorCode !== undefined) operation.errorCode = event.errorCode
    if (event.retryAfterSeconds !== undefined) operation.retryAfterSeconds = event.retryAfterSeconds
    if (event.worker !== undefined) operation.worker = event.worker
    if (event.told !== undefined) operation.told = event.told
    completed(at, event.index, event.invocation)
  }

  function operationAt(at: number): Operation {
    return (parsed.size === 0 ? undefined : parsed.get(at)) ?? columns.read(at)
  }

  return {
    get lastIndex() {
      return lastIndex
    },
    operations: {
      [Symbol.iterator]() {
        let at = 0
        return {
          next: () =>
            at < columns.length ? { done: false, value: operationAt(at++) } : { done: true, value: undefined },
        }
      },
    },
    close() {
      columns.close()
      inFlight.clear()
    },
    addLine(bytes, from, to) {
      const found = columns.scan(bytes, from, to)
      if (found === null) return false
      if (found.isInvocation) {
        invoked(columns.push(), found.index)
        return true
      }
      const at = inFlight.get(found.invocation)
      if (at === undefined || parsed.has(at) || !columns.complete(at)) return false
      completed(at, found.index, found.invocation)
      return true
    },
    add(event) {
      parsedEvents.set(added, event)
      if (event.type !== 'invoke') {
        complete(event)
        return
      }
      const at = columns.pushNothing()
      parsed.set(at, openOperation(event))
      invoked(at, event.index)
    },
    events: () => ({
      *[Symbol.iterator]() {
        for (let event = 0; event < added; event++) {
          const what = order[event] as number
          const parsedEvent = parsedEvents.size === 0 ? undefined : parsedEvents.get(event)
          if (parsedEvent !== undefined) yield parsedEvent
          else {
            const at = what >> 1
            yield (what & 1) === 0 ? columns.invocation(at) : columns.completion(at, completions[at] as number)
          }
        }
      },
    }),
  }
}

function openOperation({ type: _, ...asked }: Invocation): Mutable<Operation> {
  return { ...asked, outcome: 'info', completedUs: null, reason: OPEN_AT_END }
}
