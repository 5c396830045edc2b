import { BLOCK_BYTES, type TextPool } from './text-pool.ts'
import type { TextTable } from './text-table.ts'

/** Types of events by their number. */
export const EVENT_TYPES = ['invoke', 'ok', 'fail', 'info'] as const
export const INVOKE = 0

/** In place of a number: the event does not have it, or says null. No number that is kept is as small. */
export const ABSENT = -2_147_483_648
export const NULL = -2_147_483_647

/** What one event says: texts by their number, `ABSENT` for what is not there. */
export interface ScannedEvent {
  type: number
  index: number
  timeUs: number
  intendedUs: number
  candidate: number
  connection: number
  f: number
  step: number
  /** In the pool of request ids. */
  requestId: number
  attempt: number
  session: number
  question: number
  version: number
  value: number
  nonce: number
  idempotencyKey: number
  invocation: number
  reason: number
  status: number
  errorCode: number
  worker: number
  /** Where what was told begins and ends in the bytes; both 0: nothing was. */
  toldFrom: number
  toldTo: number
}

/** What was asked, to compare with what was told. */
export type Asked = Pick<ScannedEvent, 'session' | 'question' | 'version' | 'value' | 'nonce'>

/** What was told, in the kinds that nearly all replies are of. */
export const TOLD = { nothing: 0, tokens: 1, echo: 2, paper: 3, review: 4, other: 5 } as const

/** The last reply that was scanned. */
export interface ScannedTold {
  /** One of `TOLD`. `echo`: an answer as it was asked; `other`: it must be parsed. */
  kind: number
  superseded: boolean
  echoesNonce: boolean
  marked: boolean | undefined
  session: number
  status: number
  remainingSeconds: number
  /** Four numbers an answer: question, version, value, nonce. */
  readonly answers: number[]
}

/** Reads lines of a history without making an object of each. */
export interface LineScanner {
  readonly event: ScannedEvent
  readonly told: ScannedTold
  /**
   * Read `bytes[from, to)` into `event`. False when the line is anything else than an event in the form in which the
   * journal writes nearly all; then it must be parsed. Never true for what JSON.parse refuses or reads otherwise, as long as
   * what was told comes last, as the journal writes it.
   */
  scan(bytes: Uint8Array, from: number, to: number): boolean
  /** Read what the last event told into `told`, compared with what was asked. */
  scanTold(asked: Asked): void
}

/** By number, the keys of an event behind its type. */
const KEYS = [
  'index',
  'timeUs',
  'intendedUs',
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
  'nonce',
  'idempotencyKey',
  'invocation',
  'reason',
  'status',
  'errorCode',
  'worker',
  'told',
] as const
const KEY_BYTES = KEYS.map((key) => Buffer.from(`"${key}":`))
const TYPE_BYTES = EVENT_TYPES.map((type) => Buffer.from(`{"type":"${type}",`))
const ANSWER_KEYS = ['question', 'version', 'value', 'nonce'] as const
const ANSWER_KEY_BYTES = ANSWER_KEYS.map((key) => Buffer.from(`"${key}":`))
const bytesOf = (text: string) => Buffer.from(text)
const TOKENS = bytesOf('{"kind":"tokens"}')
const ECHO = {
  session: bytesOf('{"kind":"answer","session":'),
  superseded: bytesOf(',"superseded":'),
  question: bytesOf(',"question":'),
  version: bytesOf(',"version":'),
  value: bytesOf(',"value":'),
  nonce: bytesOf(',"nonce":'),
  marked: bytesOf(',"marked":'),
}
const READ = {
  paper: bytesOf('{"kind":"paper","session":'),
  review: bytesOf('{"kind":"review","session":'),
  status: bytesOf(',"status":'),
  remainingSeconds: bytesOf(',"remainingSeconds":'),
  answers: bytesOf(',"answers":['),
}
const TRUE = bytesOf('true')
const FALSE = bytesOf('false')
const NOTHING = bytesOf('null')

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const END_OF_LIST = 0x5d
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
/** By byte: 1 where a plain text cannot go on, which is at its end, an escape, a control or what is not ASCII. */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte >= 0x80 || byte === 0x22 || byte === 0x5c ? 1 : 0,
)
/** Up to as many digits, a whole number is exact, and divided by a power of ten it is rounded as a reader would. */
const EXACT_DIGITS = 15
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)

/**
 * A scanner that numbers texts in `texts`, and request ids, which are all different, in `requestIds`.
 *
 * JSON.parse reads 150 MB a second here and leaves 2 KB of objects an operation; this reads it several times as fast
 * and leaves nothing. Where it is in doubt it says so, and the line is parsed.
 */
export function createLineScanner(texts: TextTable, requestIds: TextPool): LineScanner {
  const event: ScannedEvent = {
    ...{ type: INVOKE, index: 0, timeUs: Number.NaN, intendedUs: Number.NaN },
    ...{ candidate: ABSENT, connection: ABSENT, f: ABSENT, step: ABSENT, requestId: ABSENT, attempt: ABSENT },
    ...{ session: ABSENT, question: ABSENT, version: ABSENT, value: ABSENT, nonce: ABSENT, idempotencyKey: ABSENT },
    ...{ invocation: ABSENT, reason: ABSENT, status: ABSENT, errorCode: ABSENT, worker: ABSENT },
    ...{ toldFrom: 0, toldTo: 0 },
  }
  const told: ScannedTold = {
    ...{ kind: TOLD.nothing, superseded: false, echoesNonce: false, marked: undefined },
    ...{ session: ABSENT, status: ABSENT, remainingSeconds: Number.NaN, answers: [] },
  }
  let bytes: Uint8Array = new Uint8Array()
  let at = 0
  let end = 0
  let textFrom = 0
  let textTo = 0
  let number = 0
  /** Of the last event that had one: many have the same. */
  const last = { connection: ABSENT, f: ABSENT, step: ABSENT, reason: ABSENT, worker: ABSENT }

  /** Each of the following reads on from `at`, and leaves it behind what was read; false when it is not there. */
  function literal(wanted: Uint8Array): boolean {
    const { length } = wanted
    if (at + length > end) return false
    for (let offset = 0; offset < length; offset++) if (bytes[at + offset] !== wanted[offset]) return false
    at += length
    return true
  }

  /** A text of ASCII without escapes, to `textFrom` and `textTo`. */
  function text(): boolean {
    if (bytes[at] !== QUOTE) return false
    let to = at + 1
    while (to < end && STOPS[bytes[to] as number] === 0) to++
    if (to >= end || bytes[to] !== QUOTE || to - at > BLOCK_BYTES) return false
    textFrom = at + 1
    textTo = to
    at = to + 1
    return true
  }

  /** The number of a text; ABSENT when there is none. `likely`: a number that it may have, which is quicker to see. */
  function textId(likely: number): number {
    if (likely >= 0) {
      const to = at + 1 + texts.lengthOf(likely)
      if (to < end && bytes[to] === QUOTE && bytes[at] === QUOTE && texts.isAt(likely, bytes, at + 1)) {
        at = to + 1
        return likely
      }
    }
    return text() ? texts.idOf(bytes, textFrom, textTo) : ABSENT
  }

  /** A decimal number without exponent, to `number`. */
  function decimal(): boolean {
    const negative = bytes[at] === MINUS
    let to = negative ? at + 1 : at
    const first = to
    let digits = 0
    let decimals = 0
    for (; to < end; to++) {
      const byte = bytes[to] as number
      if (byte < ZERO || byte > NINE) break
      digits = digits * 10 + byte - ZERO
    }
    let count = to - first
    if (count === 0 || (count > 1 && bytes[first] === ZERO)) return false
    if (to < end && bytes[to] === POINT) {
      const point = to++
      for (; to < end; to++) {
        const byte = bytes[to] as number
        if (byte < ZERO || byte > NINE) break
        digits = digits * 10 + byte - ZERO
      }
      decimals = to - point - 1
      if (decimals === 0) return false
      count += decimals
    }
    if (count > EXACT_DIGITS) return false
    const value = decimals === 0 ? digits : digits / (POWERS_OF_TEN[decimals] as number)
    number = negative ? -value : value
    at = to
    return true
  }

  /** A whole number that is no less than 0 and fits 32 bits, or ABSENT. */
  function count(): number {
    return decimal() && Number.isInteger(number) && number >= 0 && number <= 0x7fff_ffff && !Object.is(number, -0)
      ? number
      : ABSENT
  }

  function countOrNull(): number {
    return literal(NOTHING) ? NULL : count()
  }

  function flag(): boolean | undefined {
    if (literal(TRUE)) return true
    return literal(FALSE) ? false : undefined
  }

  function keyFrom(expected: number, keys: readonly Uint8Array[]): number {
    for (let key = expected; key < keys.length; key++) if (literal(keys[key] as Uint8Array)) return key
    for (let key = 0; key < expected; key++) if (literal(keys[key] as Uint8Array)) return key
    return ABSENT
  }

  function forget(): void {
    event.index = event.invocation = event.timeUs = event.intendedUs = Number.NaN
    event.candidate = event.connection = event.f = event.step = event.requestId = event.attempt = ABSENT
    event.session = event.question = event.version = event.value = event.nonce = event.idempotencyKey = ABSENT
    event.reason = event.status = event.errorCode = event.worker = ABSENT
    event.toldFrom = event.toldTo = 0
  }

  /** Whether the value of key number `key` was read. */
  function field(key: number): boolean {
    switch (key) {
      case 0:
        if (!decimal()) return false
        event.index = number
        return true
      case 1:
        if (!decimal()) return false
        event.timeUs = number
        return true
      case 2:
        if (!decimal()) return false
        event.intendedUs = number
        return true
      case 3:
        event.candidate = textId(ABSENT)
        return event.candidate !== ABSENT
      case 4:
        event.connection = textId(last.connection)
        last.connection = event.connection
        return event.connection !== ABSENT
      case 5:
        event.f = textId(last.f)
        last.f = event.f
        return event.f !== ABSENT
      case 6:
        event.step = textId(last.step)
        last.step = event.step
        return event.step !== ABSENT
      case 7:
        if (!text()) return false
        event.requestId = requestIds.add(bytes, textFrom, textTo)
        return true
      case 8:
        event.attempt = count()
        return event.attempt !== ABSENT
      case 9:
        event.session = textId(ABSENT)
        return event.session !== ABSENT
      case 10:
        event.question = textId(ABSENT)
        return event.question !== ABSENT
      case 11:
        event.version = count()
        return event.version !== ABSENT
      case 12:
        event.value = countOrNull()
        return event.value !== ABSENT
      case 13:
        event.nonce = textId(ABSENT)
        return event.nonce !== ABSENT
      case 14:
        event.idempotencyKey = textId(event.nonce)
        return event.idempotencyKey !== ABSENT
      case 15:
        if (!decimal()) return false
        event.invocation = number
        return true
      case 16:
        event.reason = textId(last.reason)
        last.reason = event.reason
        return event.reason !== ABSENT
      case 17:
        event.status = count()
        return event.status !== ABSENT
      case 18:
        event.errorCode = textId(ABSENT)
        return event.errorCode !== ABSENT
      case 19:
        event.worker = textId(last.worker)
        last.worker = event.worker
        return event.worker !== ABSENT
      default:
        // Always the last: what it says is looked at when it is known what was asked.
        if (bytes[at] !== OPEN || bytes[end - 2] !== CLOSE) return false
        event.toldFrom = at
        event.toldTo = end - 1
        at = end - 1
        return true
    }
  }

  /** Whether everything that an event of its type must have was there, and nothing that it cannot have. */
  function isWhole(): boolean {
    if (Number.isNaN(event.index) || Number.isNaN(event.timeUs)) return false
    if (event.type === INVOKE) {
      return (
        Number.isNaN(event.invocation) &&
        !Number.isNaN(event.intendedUs) &&
        Math.min(event.candidate, event.connection, event.f, event.step, event.requestId, event.attempt) >= 0 &&
        Math.max(event.reason, event.status, event.errorCode, event.worker, event.toldFrom || ABSENT) === ABSENT
      )
    }
    return (
      !Number.isNaN(event.invocation) &&
      event.reason >= 0 &&
      Number.isNaN(event.intendedUs) &&
      Math.max(event.candidate, event.connection, event.f, event.step, event.requestId, event.attempt) === ABSENT &&
      Math.max(event.session, event.question, event.version, event.value, event.nonce, event.idempotencyKey) === ABSENT
    )
  }

  function typeFrom(): number {
    for (let type = 0; type < TYPE_BYTES.length; type++) if (literal(TYPE_BYTES[type] as Uint8Array)) return type
    return ABSENT
  }

  function scanEcho(asked: Asked): boolean {
    if (!literal(ECHO.session) || textId(asked.session) !== asked.session) return false
    const superseded = literal(ECHO.superseded) ? flag() : undefined
    if (superseded === undefined) return false
    if (!literal(ECHO.question) || textId(asked.question) !== asked.question) return false
    if (!literal(ECHO.version) || count() !== asked.version || asked.version === ABSENT) return false
    if (!literal(ECHO.value) || countOrNull() !== asked.value || asked.value === ABSENT) return false
    const echoesNonce = literal(ECHO.nonce)
    if (echoesNonce && textId(asked.nonce) !== asked.nonce) return false
    const hasMarked = literal(ECHO.marked)
    const marked = hasMarked ? flag() : undefined
    if (hasMarked && marked === undefined) return false
    told.kind = TOLD.echo
    told.superseded = superseded
    told.echoesNonce = echoesNonce
    told.marked = marked
    return bytes[at] === CLOSE && at + 1 === end
  }

  function scanRead(asked: Asked): boolean {
    told.kind = literal(READ.paper) ? TOLD.paper : literal(READ.review) ? TOLD.review : TOLD.other
    if (told.kind === TOLD.other) return false
    told.session = textId(asked.session)
    if (told.session === ABSENT) return false
    if (told.kind === TOLD.paper) {
      told.status = literal(READ.status) ? textId(ABSENT) : ABSENT
      if (told.status === ABSENT || !literal(READ.remainingSeconds) || !decimal()) return false
      told.remainingSeconds = number
    }
    if (!literal(READ.answers)) return false
    told.answers.length = 0
    if (bytes[at] === END_OF_LIST) at++
    else if (!scanAnswers()) return false
    return bytes[at] === CLOSE && at + 1 === end
  }

  /** To the end of the list, and past it. */
  function scanAnswers(): boolean {
    while (bytes[at] === OPEN) {
      at++
      if (!scanAnswer()) return false
      const next = bytes[at++]
      if (next === END_OF_LIST) return true
      if (next !== COMMA) return false
    }
    return false
  }

  function scanAnswer(): boolean {
    let question = ABSENT
    let version = ABSENT
    let value = ABSENT
    let nonce = ABSENT
    let key = -1
    do {
      key = keyFrom(key + 1, ANSWER_KEY_BYTES)
      // What was not read is refused at once: a second one of its name would hide it.
      if (key === 0) {
        question = textId(ABSENT)
        if (question === ABSENT) return false
      } else if (key === 1) {
        version = countOrNull()
        if (version === ABSENT) return false
      } else if (key === 2) {
        value = countOrNull()
        if (value === ABSENT) return false
      } else if (key === 3) {
        nonce = textId(ABSENT)
        if (nonce === ABSENT) return false
      } else return false
    } while (bytes[at++] === COMMA)
    if (question === ABSENT || version === ABSENT || value === ABSENT) return false
    told.answers.push(question, version, value, nonce)
    return bytes[at - 1] === CLOSE
  }

  return {
    event,
    told,
    scan(line, from, to) {
      bytes = line
      at = from
      end = to
      forget()
      const type = typeFrom()
      if (type === ABSENT) return false
      event.type = type
      let key = -1
      do {
        key = keyFrom(key + 1, KEY_BYTES)
        if (key === ABSENT || !field(key)) return false
      } while (bytes[at++] === COMMA)
      return bytes[at - 1] === CLOSE && at === end && isWhole()
    },
    scanTold(asked) {
      told.kind = TOLD.nothing
      if (event.toldFrom === 0) return
      at = event.toldFrom
      end = event.toldTo
      if (literal(TOKENS) && at === end) {
        told.kind = TOLD.tokens
        return
      }
      at = event.toldFrom
      if (scanEcho(asked)) return
      at = event.toldFrom
      if (scanRead(asked)) return
      told.kind = TOLD.other
    },
  }
}
