import type { Completion, HistoryEvent, Invocation } from './operation.ts'

/** Lines that wait for the disk, as the bytes that the file will hold. */
export interface EventLines {
  /** Add one line: what `JSON.stringify` makes of the event, its fields in the order in which the types have them. */
  addInvocation(index: number, invocation: Omit<Invocation, 'type' | 'index'>): void
  addCompletion(index: number, completion: Omit<Completion, 'index'>): void
  /** Bytes that were added and not yet taken. */
  readonly bytes: number
  /** Everything that was added, in order, and nothing of it again. */
  take(): readonly Buffer[]
  /** Done with what was taken: its memory is used again. */
  giveBack(pages: readonly Buffer[]): void
}

/** Some 700 events: few writes for a busy second, and not much memory for an idle one. */
const PAGE_BYTES = 256 * 1_024
/** Pages that are kept for later: those of a busy turn. A disk that was late must not leave its whole backlog behind. */
const SPARE_PAGES = 16
/** A line of the fast way never needs more: twelve texts of this length, and what is between them. */
const ROOM_BYTES = 8_192
const MAX_TEXT = 500

const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const POINT = 0x2e
const ZERO = 0x30
/** It cannot be written this way; passed on from step to step. */
const NOT_PLAIN = -1

/**
 * A load generator writes two lines an operation. Made from objects by `JSON.stringify`, joined and encoded they cost it
 * 5.4 µs with the file, written byte by byte into pages that are used again 2.8 µs, and nothing is left for the
 * collector. What is rare, long or not plain ASCII goes through `JSON.stringify`.
 */
export function createEventLines(): EventLines {
  const spare: Buffer[] = []
  let full: Buffer[] = []
  let fullBytes = 0
  let page: Buffer = Buffer.allocUnsafeSlow(PAGE_BYTES)
  let used = 0

  const nextPage = (bytes: number): void => {
    if (used > 0) full.push(page.subarray(0, used))
    fullBytes += used
    const kept = bytes <= PAGE_BYTES ? spare.pop() : undefined
    page = kept ?? Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, bytes))
    used = 0
  }

  const makeRoom = (): void => {
    if (page.length - used < ROOM_BYTES) nextPage(PAGE_BYTES)
  }
  const endLine = (end: number): void => {
    page[end] = NEWLINE
    used = end + 1
  }
  const addAny = (event: HistoryEvent): void => {
    const line = `${JSON.stringify(event)}\n`
    const bytes = Buffer.byteLength(line)
    if (page.length - used < bytes) nextPage(bytes)
    used += page.write(line, used)
  }

  return {
    addInvocation(index, invocation) {
      makeRoom()
      const end = putInvocation(page, used, index, invocation)
      if (end === NOT_PLAIN) addAny({ type: 'invoke', index, ...invocation })
      else endLine(end)
    },
    addCompletion(index, completion) {
      makeRoom()
      const end = putCompletion(page, used, index, completion)
      if (end !== NOT_PLAIN) {
        endLine(end)
        return
      }
      const { type, ...rest } = completion
      addAny({ type, index, ...rest })
    },
    get bytes() {
      return fullBytes + used
    },
    take() {
      if (used > 0) nextPage(PAGE_BYTES)
      const taken = full
      full = []
      fullBytes = 0
      return taken
    },
    giveBack(pages) {
      for (const { buffer } of pages) {
        if (spare.length < SPARE_PAGES && buffer.byteLength === PAGE_BYTES) spare.push(Buffer.from(buffer))
      }
    },
  }
}

/** Every step takes where it begins and returns where it ends, or {@link NOT_PLAIN}; so does what it is given. */
function putInvocation(page: Buffer, from: number, index: number, event: Omit<Invocation, 'type' | 'index'>): number {
  const { session, question, version, value, nonce, idempotencyKey } = event
  let at = putConstant(page, from, INVOKE)
  at = putNumber(page, at, index)
  at = putNumber(page, putConstant(page, at, TIME_US), event.timeUs)
  at = putNumber(page, putConstant(page, at, INTENDED_US), event.intendedUs)
  at = putText(page, putConstant(page, at, CANDIDATE), event.candidate)
  at = putText(page, putConstant(page, at, CONNECTION), event.connection)
  at = putText(page, putConstant(page, at, F), event.f)
  at = putText(page, putConstant(page, at, STEP), event.step)
  at = putText(page, putConstant(page, at, REQUEST_ID), event.requestId)
  at = putNumber(page, putConstant(page, at, ATTEMPT), event.attempt)
  if (session !== undefined) at = putText(page, putConstant(page, at, SESSION), session)
  if (question !== undefined) at = putText(page, putConstant(page, at, QUESTION), question)
  if (version !== undefined) at = putNumber(page, putConstant(page, at, VERSION), version)
  if (value !== undefined) at = putNullable(page, putConstant(page, at, VALUE), value)
  if (nonce !== undefined) at = putText(page, putConstant(page, at, NONCE), nonce)
  if (idempotencyKey !== undefined) at = putText(page, putConstant(page, at, IDEMPOTENCY_KEY), idempotencyKey)
  return putConstant(page, at, END)
}

function putCompletion(page: Buffer, from: number, index: number, event: Omit<Completion, 'index'>): number {
  const { status, errorCode, retryAfterSeconds, worker, told } = event
  let at = putText(page, putConstant(page, from, TYPE), event.type)
  at = putNumber(page, putConstant(page, at, INDEX), index)
  at = putNumber(page, putConstant(page, at, TIME_US), event.timeUs)
  at = putNumber(page, putConstant(page, at, INVOCATION), event.invocation)
  at = putText(page, putConstant(page, at, REASON), event.reason)
  if (status !== undefined) at = putNumber(page, putConstant(page, at, STATUS), status)
  if (errorCode !== undefined) at = putText(page, putConstant(page, at, ERROR_CODE), errorCode)
  if (retryAfterSeconds !== undefined) at = putNumber(page, putConstant(page, at, RETRY_AFTER), retryAfterSeconds)
  if (worker !== undefined) at = putText(page, putConstant(page, at, WORKER), worker)
  if (told !== undefined) {
    // Nearly everything that is told is an answer; the rest comes once or twice a candidate.
    if (told.kind !== 'answer') return NOT_PLAIN
    at = putText(page, putConstant(page, at, TOLD_ANSWER), told.session)
    at = putConstant(page, at, told.superseded ? SUPERSEDED : NOT_SUPERSEDED)
    at = putText(page, putConstant(page, at, QUESTION), told.question)
    at = putNullable(page, putConstant(page, at, VERSION), told.version)
    at = putNullable(page, putConstant(page, at, VALUE), told.value)
    if (told.nonce !== undefined) at = putText(page, putConstant(page, at, NONCE), told.nonce)
    if (told.marked !== undefined) at = putConstant(page, at, told.marked ? MARKED : NOT_MARKED)
    at = putConstant(page, at, END)
  }
  return putConstant(page, at, END)
}

const constant = (text: string): Uint8Array => Buffer.from(text)

const INVOKE = constant('{"type":"invoke","index":')
const TYPE = constant('{"type":')
const INDEX = constant(',"index":')
const TIME_US = constant(',"timeUs":')
const INTENDED_US = constant(',"intendedUs":')
const CANDIDATE = constant(',"candidate":')
const CONNECTION = constant(',"connection":')
const F = constant(',"f":')
const STEP = constant(',"step":')
const REQUEST_ID = constant(',"requestId":')
const ATTEMPT = constant(',"attempt":')
const SESSION = constant(',"session":')
const QUESTION = constant(',"question":')
const VERSION = constant(',"version":')
const VALUE = constant(',"value":')
const NONCE = constant(',"nonce":')
const IDEMPOTENCY_KEY = constant(',"idempotencyKey":')
const INVOCATION = constant(',"invocation":')
const REASON = constant(',"reason":')
const STATUS = constant(',"status":')
const ERROR_CODE = constant(',"errorCode":')
const RETRY_AFTER = constant(',"retryAfterSeconds":')
const WORKER = constant(',"worker":')
const TOLD_ANSWER = constant(',"told":{"kind":"answer","session":')
const SUPERSEDED = constant(',"superseded":true')
const NOT_SUPERSEDED = constant(',"superseded":false')
const MARKED = constant(',"marked":true')
const NOT_MARKED = constant(',"marked":false')
const NULL = constant('null')
const END = constant('}')

function putConstant(page: Buffer, from: number, bytes: Uint8Array): number {
  if (from === NOT_PLAIN) return NOT_PLAIN
  // A loop, because `set` costs more than so few bytes.
  for (let index = 0; index < bytes.length; index += 1) page[from + index] = bytes[index] as number
  return from + bytes.length
}

function putText(page: Buffer, from: number, text: string): number {
  const { length } = text
  if (from === NOT_PLAIN || length > MAX_TEXT) return NOT_PLAIN
  page[from] = QUOTE
  const first = from + 1
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return NOT_PLAIN
    page[first + index] = code
  }
  page[first + length] = QUOTE
  return first + length + 1
}

function putNullable(page: Buffer, from: number, value: number | null): number {
  return value === null ? putConstant(page, from, NULL) : putNumber(page, from, value)
}

/** Whole numbers, and those with up to three decimals, as times of a clock are: µs in steps of a nanosecond. */
function putNumber(page: Buffer, from: number, value: number): number {
  if (from === NOT_PLAIN) return NOT_PLAIN
  const whole = Math.floor(value)
  const thousandths = Math.round((value - whole) * 1_000)
  // Only what those digits say exactly.
  if (!(whole >= 0 && whole < 1e12) || (whole * 1_000 + thousandths) / 1_000 !== value)
    return putAnyNumber(page, from, value)
  const at = putWhole(page, from, whole)
  if (thousandths === 0) return at
  page[at] = POINT
  page[at + 1] = ZERO + Math.floor(thousandths / 100)
  if (thousandths % 100 === 0) return at + 2
  page[at + 2] = ZERO + (Math.floor(thousandths / 10) % 10)
  if (thousandths % 10 === 0) return at + 3
  page[at + 3] = ZERO + (thousandths % 10)
  return at + 4
}

function putAnyNumber(page: Buffer, from: number, value: number): number {
  const text = JSON.stringify(value)
  for (let index = 0; index < text.length; index += 1) page[from + index] = text.charCodeAt(index)
  return from + text.length
}

/** @param value whole, 0 to 1e12 */
function putWhole(page: Buffer, from: number, value: number): number {
  // In two halves, so that all arithmetic is on small integers.
  const millions = Math.floor(value / 1e6)
  if (millions === 0) return putDigits(page, from, value, digitsOf(value))
  const at = putDigits(page, from, millions, digitsOf(millions))
  return putDigits(page, at, value - millions * 1e6, 6)
}

function putDigits(page: Buffer, from: number, value: number, digits: number): number {
  let rest = value | 0
  for (let at = from + digits - 1; at >= from; at -= 1) {
    const tenth = (rest / 10) | 0
    page[at] = ZERO + (rest - tenth * 10)
    rest = tenth
  }
  return from + digits
}

/** @param value whole, 0 to 999 999 */
function digitsOf(value: number): number {
  if (value < 10) return 1
  if (value < 100) return 2
  if (value < 1_000) return 3
  if (value < 10_000) return 4
  return value < 100_000 ? 5 : 6
}
