import type { Completion, HistoryEvent, Invocation, Operation, OperationName, Told, ToldAnswer } from './operation.ts'
import { OPEN_AT_END } from './pair-operations.ts'
import { ABSENT, createLineScanner, EVENT_TYPES, INVOKE, NULL, type ScannedEvent, TOLD } from './scan-line.ts'
import { createTextPool, doubled, type TextPool } from './text-pool.ts'
import { createTextTable, type TextTable } from './text-table.ts'

/** A line that was scanned and not yet added. */
export interface FoundLine {
  readonly isInvocation: boolean
  readonly index: number
  /** Index of the invocation that it ends; NaN for an invocation. */
  readonly invocation: number
}

/** Operations, a column of numbers for each of their fields. */
export interface OperationColumns {
  readonly length: number
  /** Look at a line. null when it must be parsed; else `push` or `complete` adds what was found. */
  scan(bytes: Buffer, from: number, to: number): FoundLine | null
  /** Add the invocation that was found. @returns its position. */
  push(): number
  /** A position for an operation that is kept elsewhere. */
  pushNothing(): number
  /** End the operation at `at` as was found. False, and nothing is changed, when the line must be parsed for it. */
  complete(at: number): boolean
  read(at: number): Operation
  invocation(at: number): Invocation
  /** @param index of the completion. */
  completion(at: number, index: number): Completion
  /** Nothing more is added: forget what only adding needs. */
  close(): void
}

const FIRST_CAPACITY = 16_384
const OUTCOMES = EVENT_TYPES.slice(1) as readonly Operation['outcome'][]
const OPEN = EVENT_TYPES.indexOf('info')
/** Bits beside an echo. */
const [SUPERSEDED, ECHOES_NONCE, TELLS_MARK, MARKED] = [1, 2, 4, 8]
/** Numbers that an answer takes in a read of answers. */
const ANSWER_WIDTH = 4

const NUMBERS = ['index', 'timeUs', 'intendedUs', 'completedUs'] as const
const CODES = [
  ...([
    'candidate',
    'connection',
    'f',
    'step',
    'requestId',
    'attempt',
    'session',
    'question',
    'version',
    'value',
  ] as const),
  ...(['nonce', 'idempotencyKey', 'reason', 'status', 'errorCode', 'worker', 'told', 'toldKind'] as const),
]
const ASKED = CODES.slice(0, CODES.indexOf('reason')) as readonly (keyof ScannedEvent & (typeof CODES)[number])[]

type Draft<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] }

type Columns = Record<(typeof NUMBERS)[number], Float64Array<ArrayBuffer>> &
  Record<(typeof CODES)[number], Int32Array<ArrayBuffer>> & { outcome: Uint8Array<ArrayBuffer> }

/** What the columns refer to. */
interface Store {
  readonly columns: Columns
  readonly texts: TextTable
  readonly requestIds: TextPool
  /** Answers that were read: session, status, remaining seconds, first answer, number of answers; then the answers. */
  readonly reads: GrowingNumbers
  /** All of 32 bits. */
  readonly answers: GrowingNumbers
  /** Replies of all other kinds, as parsed. */
  readonly others: Told[]
}

/** Empty columns. */
export function createOperationColumns(): OperationColumns {
  const store: Store = {
    columns: firstColumns(),
    texts: createTextTable(),
    requestIds: createTextPool(),
    reads: createGrowingNumbers(Float64Array),
    answers: createGrowingNumbers(Int32Array),
    others: [],
  }
  const { columns, texts } = store
  const scanner = createLineScanner(texts, store.requestIds)
  const { event, told } = scanner
  const found = { isInvocation: false, index: 0, invocation: Number.NaN }
  const asked = { session: ABSENT, question: ABSENT, version: ABSENT, value: ABSENT, nonce: ABSENT }
  let line: { bytes: Buffer; from: number; to: number } = { bytes: Buffer.alloc(0), from: 0, to: 0 }
  let length = 0

  function room(): number {
    if (length === columns.index.length) {
      for (const name of NUMBERS) columns[name] = doubled(columns[name], Float64Array)
      for (const name of CODES) columns[name] = doubled(columns[name], Int32Array)
      columns.outcome = doubled(columns.outcome, Uint8Array)
    }
    return length++
  }

  /** What was told, as a kind and a number; null when the line must be parsed for it. */
  function keepTold(at: number): { readonly kind: number; readonly told: number } | null {
    asked.session = columns.session[at] as number
    asked.question = columns.question[at] as number
    asked.version = columns.version[at] as number
    asked.value = columns.value[at] as number
    asked.nonce = columns.nonce[at] as number
    scanner.scanTold(asked)
    const { kind } = told
    if (kind === TOLD.echo) {
      const { superseded, echoesNonce, marked } = told
      const bits = (superseded ? SUPERSEDED : 0) | (echoesNonce ? ECHOES_NONCE : 0)
      return { kind, told: bits | (marked === undefined ? 0 : TELLS_MARK) | (marked ? MARKED : 0) }
    }
    if (kind === TOLD.paper || kind === TOLD.review) {
      const first = store.answers.length
      for (const number of told.answers) store.answers.push(number)
      const read = store.reads.length
      for (const number of [told.session, told.status, told.remainingSeconds, first, told.answers.length])
        store.reads.push(number)
      return { kind, told: read }
    }
    if (kind !== TOLD.other) return { kind, told: ABSENT }
    try {
      const { bytes, from, to } = line
      return {
        kind,
        told: store.others.push((JSON.parse(bytes.toString('utf8', from, to)) as { told: Told }).told) - 1,
      }
    } catch {
      // Whoever parses it will say what is wrong with the line.
      return null
    }
  }

  return {
    get length() {
      return length
    },
    scan(bytes, from, to) {
      if (!scanner.scan(bytes, from, to)) return null
      line.bytes = bytes
      line.from = from
      line.to = to
      found.isInvocation = event.type === INVOKE
      found.index = event.index
      found.invocation = event.invocation
      return found
    },
    push() {
      const at = room()
      columns.index[at] = event.index
      columns.timeUs[at] = event.timeUs
      columns.intendedUs[at] = event.intendedUs
      columns.completedUs[at] = Number.NaN
      columns.outcome[at] = OPEN
      for (const name of ASKED) columns[name][at] = event[name]
      columns.reason[at] = columns.status[at] = columns.errorCode[at] = columns.worker[at] = ABSENT
      columns.toldKind[at] = TOLD.nothing
      return at
    },
    pushNothing: room,
    complete(at) {
      const kept = keepTold(at)
      if (kept === null) return false
      columns.completedUs[at] = event.timeUs
      columns.outcome[at] = event.type
      columns.reason[at] = event.reason
      columns.status[at] = event.status
      columns.errorCode[at] = event.errorCode
      columns.worker[at] = event.worker
      columns.toldKind[at] = kept.kind
      columns.told[at] = kept.told
      return true
    },
    read: (at) => new StoredOperation(store, at) as unknown as Operation,
    invocation: (at) => new StoredInvocation(store, at) as unknown as Invocation,
    completion: (at, index) =>
      new StoredCompletion(new StoredOperation(store, at) as unknown as Operation, index) as unknown as Completion,
    close() {
      texts.close()
      line = { bytes: Buffer.alloc(0), from: 0, to: 0 }
    },
  }
}

/** The same for an event. */
export function copyEvent(event: HistoryEvent): HistoryEvent {
  if (!(event instanceof StoredInvocation) && !(event instanceof StoredCompletion)) return { ...event }
  if (event.type === 'invoke') {
    const { type, index, timeUs, intendedUs, candidate, connection, f, step, requestId, attempt } = event
    const { session, question, version, value, nonce, idempotencyKey } = event
    return {
      ...{ type, index, timeUs, intendedUs, candidate, connection, f, step, requestId, attempt },
      ...(session === undefined ? {} : { session }),
      ...(question === undefined ? {} : { question }),
      ...(version === undefined ? {} : { version }),
      ...(value === undefined ? {} : { value }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }
  }
  const { type, index, timeUs, invocation, reason, status, errorCode, worker, told } = event
  return {
    ...{ type, index, timeUs, invocation, reason },
    ...(status === undefined ? {} : { status }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(worker === undefined ? {} : { worker }),
    ...(told === undefined ? {} : { told }),
  }
}

/** A copy with its fields in itself: of an operation that reads them from columns, a spread copies nothing. */
export function copyOperation(operation: Operation): { -readonly [Key in keyof Operation]: Operation[Key] } {
  if (!(operation instanceof StoredOperation)) return { ...operation }
  const { session, question, version, value, nonce, idempotencyKey, status, errorCode, worker, told } = operation
  const { index, timeUs, intendedUs, candidate, connection, f, step, requestId, attempt } = operation
  const { outcome, completedUs, reason } = operation
  return {
    ...{ index, timeUs, intendedUs, candidate, connection, f, step, requestId, attempt },
    ...(session === undefined ? {} : { session }),
    ...(question === undefined ? {} : { question }),
    ...(version === undefined ? {} : { version }),
    ...(value === undefined ? {} : { value }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...{ outcome, completedUs, reason },
    ...(status === undefined ? {} : { status }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(worker === undefined ? {} : { worker }),
    ...(told === undefined ? {} : { told }),
  }
}

/**
 * An operation that is read from the columns field by field. A class, and no object of its fields, because checkers
 * pass a million of them twenty times, and each pass looks at a few fields.
 */
class StoredOperation {
  readonly #store: Store
  readonly #at: number

  constructor(store: Store, at: number) {
    this.#store = store
    this.#at = at
  }

  get index(): number {
    return this.#store.columns.index[this.#at] as number
  }
  get timeUs(): number {
    return this.#store.columns.timeUs[this.#at] as number
  }
  get intendedUs(): number {
    return this.#store.columns.intendedUs[this.#at] as number
  }
  get candidate(): string {
    return this.#store.texts.read(this.#store.columns.candidate[this.#at] as number)
  }
  get connection(): string {
    return this.#store.texts.read(this.#store.columns.connection[this.#at] as number)
  }
  get f(): OperationName {
    return this.#store.texts.read(this.#store.columns.f[this.#at] as number) as OperationName
  }
  get step(): string {
    return this.#store.texts.read(this.#store.columns.step[this.#at] as number)
  }
  get requestId(): string {
    return this.#store.requestIds.read(this.#store.columns.requestId[this.#at] as number)
  }
  get attempt(): number {
    return this.#store.columns.attempt[this.#at] as number
  }
  get session(): string | undefined {
    return textOf(this.#store, this.#store.columns.session[this.#at] as number)
  }
  get question(): string | undefined {
    return textOf(this.#store, this.#store.columns.question[this.#at] as number)
  }
  get version(): number | undefined {
    const version = this.#store.columns.version[this.#at] as number
    return version === ABSENT ? undefined : version
  }
  get value(): number | null | undefined {
    const value = this.#store.columns.value[this.#at] as number
    return value === ABSENT ? undefined : value === NULL ? null : value
  }
  get nonce(): string | undefined {
    return textOf(this.#store, this.#store.columns.nonce[this.#at] as number)
  }
  get idempotencyKey(): string | undefined {
    return textOf(this.#store, this.#store.columns.idempotencyKey[this.#at] as number)
  }
  get outcome(): Operation['outcome'] {
    return OUTCOMES[(this.#store.columns.outcome[this.#at] as number) - 1] as Operation['outcome']
  }
  get completedUs(): number | null {
    const completedUs = this.#store.columns.completedUs[this.#at] as number
    return Number.isNaN(completedUs) ? null : completedUs
  }
  get reason(): string {
    return textOf(this.#store, this.#store.columns.reason[this.#at] as number) ?? OPEN_AT_END
  }
  get status(): number | undefined {
    const status = this.#store.columns.status[this.#at] as number
    return status === ABSENT ? undefined : status
  }
  get errorCode(): string | undefined {
    return textOf(this.#store, this.#store.columns.errorCode[this.#at] as number)
  }
  get worker(): string | undefined {
    return textOf(this.#store, this.#store.columns.worker[this.#at] as number)
  }
  /** Made anew each time. */
  get told(): Told | undefined {
    const kind = this.#store.columns.toldKind[this.#at] as number
    if (kind === TOLD.nothing) return undefined
    const told = this.#store.columns.told[this.#at] as number
    if (kind === TOLD.echo) return echoOf(this as unknown as Operation, told)
    if (kind === TOLD.paper || kind === TOLD.review) return readOf(this.#store, kind, told)
    return kind === TOLD.tokens ? { kind: 'tokens' } : this.#store.others[told]
  }
}

/** The beginning of an operation, as it was recorded. */
class StoredInvocation extends StoredOperation {
  get type(): 'invoke' {
    return 'invoke'
  }
}

/** The end of an operation, as it was recorded. */
class StoredCompletion {
  readonly #operation: Operation
  readonly index: number

  constructor(operation: Operation, index: number) {
    this.#operation = operation
    this.index = index
  }

  get type(): Completion['type'] {
    return this.#operation.outcome
  }
  get timeUs(): number {
    return this.#operation.completedUs as number
  }
  get invocation(): number {
    return this.#operation.index
  }
  get reason(): string {
    return this.#operation.reason
  }
  get status(): number | undefined {
    return this.#operation.status
  }
  get errorCode(): string | undefined {
    return this.#operation.errorCode
  }
  get worker(): string | undefined {
    return this.#operation.worker
  }
  get told(): Told | undefined {
    return this.#operation.told
  }
}

function textOf({ texts }: Store, id: number): string | undefined {
  return id === ABSENT ? undefined : texts.read(id)
}

/** Field by field: spreading an object for each that may be absent cost more than all the rest. */
function echoOf(operation: Operation, bits: number): Told {
  const { session, question, version, value } = operation
  const told: Draft<Extract<Told, { kind: 'answer' }>> = {
    kind: 'answer',
    session: session as string,
    superseded: (bits & SUPERSEDED) !== 0,
    question: question as string,
    version: version as number,
    value: value as number | null,
  }
  if ((bits & ECHOES_NONCE) !== 0) {
    const { nonce } = operation
    if (nonce !== undefined) told.nonce = nonce
  }
  if ((bits & TELLS_MARK) !== 0) told.marked = (bits & MARKED) !== 0
  return told
}

function readOf(store: Store, kind: number, read: number): Told {
  const { texts, reads } = store
  const session = texts.read(reads.at(read))
  const first = reads.at(read + 3)
  const answers: ToldAnswer[] = []
  for (let at = first; at < first + reads.at(read + 4); at += ANSWER_WIDTH) answers.push(answerOf(store, at))
  if (kind === TOLD.review) return { kind: 'review', session, answers }
  const status = texts.read(reads.at(read + 1))
  return { kind: 'paper', session, status, remainingSeconds: reads.at(read + 2), answers }
}

function answerOf({ texts, answers }: Store, at: number): ToldAnswer {
  const question = texts.read(answers.at(at))
  const version = numberOrNull(answers.at(at + 1))
  const value = numberOrNull(answers.at(at + 2))
  const nonce = answers.at(at + 3)
  return nonce === ABSENT ? { question, version, value } : { question, version, value, nonce: texts.read(nonce) }
}

function numberOrNull(number: number): number | null {
  return number === NULL ? null : number
}

function firstColumns(): Columns {
  return {
    ...(Object.fromEntries(NUMBERS.map((name) => [name, new Float64Array(FIRST_CAPACITY)])) as Pick<
      Columns,
      (typeof NUMBERS)[number]
    >),
    ...(Object.fromEntries(CODES.map((name) => [name, new Int32Array(FIRST_CAPACITY)])) as Pick<
      Columns,
      (typeof CODES)[number]
    >),
    outcome: new Uint8Array(FIRST_CAPACITY),
  }
}

interface GrowingNumbers {
  readonly length: number
  push(number: number): void
  at(position: number): number
}

function createGrowingNumbers<Numbers extends Float64Array | Int32Array>(
  Kind: new (length: number) => Numbers,
): GrowingNumbers {
  let numbers = new Kind(FIRST_CAPACITY)
  let length = 0
  return {
    get length() {
      return length
    },
    push(number) {
      if (length === numbers.length) numbers = doubled(numbers, Kind)
      numbers[length++] = number
    },
    at: (position) => numbers[position] as number,
  }
}
