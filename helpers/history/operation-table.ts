import type { Completion, HistoryEvent, Invocation, Operation, Told, ToldAnswer } from './operation.ts'
import { OPEN_AT_END } from './pair-operations.ts'

/** Operations of a history, paired while its events are added, with enough beside them to give the events back. */
export interface OperationTable {
  /** In the order of the file. */
  add(event: HistoryEvent): void
  /** Nothing more comes: forget what only adding needs, which is a tenth of it. */
  close(): void
  /** In order of invocation. */
  readonly operations: readonly Operation[]
  /** As they were added. */
  events(): Iterable<HistoryEvent>
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

const FIRST_CAPACITY = 16_384

/**
 * A table for a history that stays in memory, at about a third of what its events would take: an operation for two
 * events, every text once, and all operations of one shape, which is what makes a million of them fast to fold.
 */
export function createOperationTable(): OperationTable {
  const operations: Mutable<Operation>[] = []
  const inFlight = new Map<number, number>()
  /** Event by event: twice the position of its operation, plus 1 for its completion; -1: in `strays`. */
  let order = new Int32Array(FIRST_CAPACITY)
  let added = 0
  /** Index of the completion, by operation. */
  let completions = new Float64Array(FIRST_CAPACITY)
  /** Completions that end nothing, by event: only `events` gives them back. */
  const strays = new Map<number, Completion>()
  let once = intern()

  const note = (what: number): void => {
    if (added === order.length) order = grown(order, new Int32Array(order.length * 2))
    order[added++] = what
  }

  function invoke(event: Invocation): void {
    const at = operations.push(openOperation(event, once)) - 1
    inFlight.set(event.index, at)
    note(at * 2)
  }

  function complete(event: Completion): void {
    const at = inFlight.get(event.invocation)
    if (at === undefined) {
      strays.set(added, event)
      note(-1)
      return
    }
    inFlight.delete(event.invocation)
    const operation = operations[at] as Mutable<Operation>
    operation.outcome = event.type
    operation.completedUs = event.timeUs
    operation.reason = once(event.reason)
    setFields(operation, event, once)
    if (at >= completions.length)
      completions = grown(completions, new Float64Array(Math.max(at + 1, completions.length * 2)))
    completions[at] = event.index
    note(at * 2 + 1)
  }

  return {
    operations,
    close() {
      once = (text) => text
      inFlight.clear()
    },
    add: (event) => (event.type === 'invoke' ? invoke(event) : complete(event)),
    events: () => ({
      *[Symbol.iterator]() {
        for (let event = 0; event < added; event++) {
          const what = order[event] as number
          if (what === -1) yield strays.get(event) as Completion
          else {
            const operation = operations[what >> 1] as Operation
            yield (what & 1) === 0 ? invocationOf(operation) : completionOf(operation, completions[what >> 1] as number)
          }
        }
      },
    }),
  }
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}

/** Gives the same string for equal strings: what is compared a million times is then equal without being read. */
function intern(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    known.set(text, text)
    return text
  }
}

/** Every field is there in the same order, also where it is undefined: one shape, which is fast. */
function openOperation(event: Invocation, once: (text: string) => string): Operation {
  const { session, question, nonce, idempotencyKey } = event
  const sameOnce = (text: string | undefined) => (text === undefined ? undefined : once(text))
  const text = sameOnce(nonce)
  const shared = idempotencyKey === nonce ? text : sameOnce(idempotencyKey)
  const operation: Record<keyof Operation, unknown> = {
    index: event.index,
    timeUs: event.timeUs,
    intendedUs: event.intendedUs,
    candidate: once(event.candidate),
    connection: once(event.connection),
    f: once(event.f),
    step: once(event.step),
    requestId: event.requestId,
    attempt: event.attempt,
    session: sameOnce(session),
    question: sameOnce(question),
    version: event.version,
    value: event.value,
    nonce: text,
    idempotencyKey: shared,
    outcome: 'info',
    completedUs: null,
    reason: OPEN_AT_END,
    status: undefined,
    errorCode: undefined,
    worker: undefined,
    told: undefined,
  }
  return operation as unknown as Operation
}

function setFields(
  operation: Mutable<Operation>,
  { status, errorCode, worker, told }: Completion,
  once: (text: string) => string,
): void {
  if (status !== undefined) operation.status = status
  if (errorCode !== undefined) operation.errorCode = once(errorCode)
  if (worker !== undefined) operation.worker = once(worker)
  if (told !== undefined) operation.told = internTold(told, operation, once)
}

/**
 * In place: the event was just read, and nobody else has it. Most replies repeat what was asked; those texts need no
 * looking up, which is the dearest part of reading a history.
 */
function internTold(told: Told, asked: Operation, once: (text: string) => string): Told {
  const mutable = told as Mutable<Extract<Told, { session: string }>>
  if (typeof mutable.session === 'string') mutable.session = same(mutable.session, asked.session, once)
  if (told.kind === 'answer') internAnswer(told, asked, once)
  else if (told.kind === 'paper' || told.kind === 'review')
    for (const answer of told.answers) internAnswer(answer, asked, once)
  else if (told.kind === 'questions') {
    const questions = told.questions as string[]
    for (let at = 0; at < questions.length; at++) questions[at] = once(questions[at] as string)
  }
  return told
}

function internAnswer(answer: ToldAnswer, asked: Operation, once: (text: string) => string): void {
  const mutable = answer as Mutable<ToldAnswer>
  mutable.question = same(answer.question, asked.question, once)
  if (typeof answer.nonce === 'string') mutable.nonce = same(answer.nonce, asked.nonce, once)
}

function same(told: string, asked: string | undefined, once: (text: string) => string): string {
  return told === asked ? asked : once(told)
}

/** Field by field and in one shape, as above: leaving the others out by name takes five times as long. */
function invocationOf(operation: Operation): Invocation {
  const invocation: Record<keyof Invocation, unknown> = {
    type: 'invoke',
    index: operation.index,
    timeUs: operation.timeUs,
    intendedUs: operation.intendedUs,
    candidate: operation.candidate,
    connection: operation.connection,
    f: operation.f,
    step: operation.step,
    requestId: operation.requestId,
    attempt: operation.attempt,
    session: operation.session,
    question: operation.question,
    version: operation.version,
    value: operation.value,
    nonce: operation.nonce,
    idempotencyKey: operation.idempotencyKey,
  }
  return invocation as unknown as Invocation
}

function completionOf(operation: Operation, index: number): Completion {
  const { outcome, completedUs, reason, status, errorCode, worker, told } = operation
  return {
    type: outcome,
    index,
    timeUs: completedUs as number,
    invocation: operation.index,
    reason,
    ...(status === undefined ? {} : { status }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(worker === undefined ? {} : { worker }),
    ...(told === undefined ? {} : { told }),
  }
}
