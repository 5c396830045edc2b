import type { AnswerLedger, AnswerRecord, SaveAnswer, SessionAnswers, VersionRecord } from './answer-ledger.ts'

/**
 * A ledger of answers under construction: who tried what is stored here, and judged nowhere in this file. What an answer or
 * a version means, and every question about it, is in `answer-ledger.ts`.
 */
export interface AnswerTable extends AnswerLedger {
  /** Add one attempt. */
  record(operation: SaveAnswer): void
}

/** Rows at a time: a table that grows never has to be copied. */
const ROWS_AT_A_TIME = 8_192
/** Numbers of a row; a version fills one line of a processor's cache, an answer half of one. */
const WIDTH = 8
const FIRST_SLOTS = 256
const NONE = -1

/** By column, the numbers of an answer: names by their number, versions by their row; `next` of the same session. */
const ANSWER = { session: 0, question: 1, candidate: 2, first: 3, last: 4, acked: 5, next: 6 } as const
/** By column, the numbers of a version; `marked` is a place in {@link MARKS}. */
const VERSION = { version: 0, value: 1, marked: 2, ok: 3, info: 4, fail: 5, possibleUs: 6, okUs: 7 } as const
const MARKS = [undefined, false, true] as const
/** What no JSON holds, in place of a choice that is null, and of one that there is not. */
const CLEARED = Number.POSITIVE_INFINITY
const KEPT = Number.NEGATIVE_INFINITY

/** What the views read. */
interface Store {
  readonly sessions: Names
  readonly questions: Names
  readonly candidates: Names
  readonly answers: Rows
  readonly versions: Rows
  /** By version, the one that was first tried after it. */
  readonly nextVersion: number[]
  readonly nonces: (string | undefined)[]
  /** By version; normally there are none. */
  readonly otherNonces: Map<number, readonly string[]>
}

/**
 * An empty table. A million attempts as objects that point at each other are 290 MB, which the collector goes through
 * again and again; as numbers they are a third of it, and no work for it. What is read are views, made when they are asked
 * for and forgotten.
 *
 * @param rowsAtATime so much room is made at once; a power of two
 */
export function createAnswerTable(rowsAtATime = ROWS_AT_A_TIME): AnswerTable {
  const store: Store = {
    sessions: createNames(),
    questions: createNames(),
    candidates: createNames(),
    answers: createRows(Int32Array, rowsAtATime),
    versions: createRows(Float64Array, rowsAtATime),
    nextVersion: [],
    nonces: [],
    otherNonces: new Map(),
  }
  const { sessions, questions, candidates, answers, versions, nextVersion, nonces, otherNonces } = store
  /** By session, its first and its last answer. */
  const firstAnswer: number[] = []
  const lastAnswer: number[] = []
  /** Answers by session and question; never more than half full, so that a look-up meets few others. */
  let slots = new Int32Array(FIRST_SLOTS).fill(NONE)

  /** The slot of an answer, or the free one where it belongs. */
  function slotOf(session: number, question: number): number {
    let slot = (Math.imul(session, 0x9e37_79b1) ^ Math.imul(question, 0x85eb_ca6b)) >>> 7
    for (slot &= slots.length - 1; ; slot = (slot + 1) & (slots.length - 1)) {
      const answer = slots[slot] as number
      if (answer === NONE) return slot
      if (answers.get(answer, ANSWER.session) === session && answers.get(answer, ANSWER.question) === question)
        return slot
    }
  }

  function grow(): void {
    slots = new Int32Array(slots.length * 2).fill(NONE)
    for (let answer = 0; answer < answers.length; answer++) {
      slots[slotOf(answers.get(answer, ANSWER.session), answers.get(answer, ANSWER.question))] = answer
    }
  }

  function answerOf({ session, question, candidate }: SaveAnswer): number {
    const ofSession = sessions.numberOf(session)
    const ofQuestion = questions.numberOf(question)
    const slot = slotOf(ofSession, ofQuestion)
    const found = slots[slot] as number
    if (found !== NONE) return found
    const answer = answers.add()
    slots[slot] = answer
    answers.set(answer, ANSWER.session, ofSession)
    answers.set(answer, ANSWER.question, ofQuestion)
    answers.set(answer, ANSWER.candidate, candidates.numberOf(candidate))
    answers.set(answer, ANSWER.first, NONE)
    answers.set(answer, ANSWER.acked, NONE)
    answers.set(answer, ANSWER.next, NONE)
    const before = lastAnswer[ofSession]
    if (before === undefined) firstAnswer[ofSession] = answer
    else answers.set(before, ANSWER.next, answer)
    lastAnswer[ofSession] = answer
    if (answers.length * 2 > slots.length) grow()
    return answer
  }

  function versionOf(answer: number, { version, nonce, value, timeUs }: SaveAnswer): number {
    const first = answers.get(answer, ANSWER.first)
    for (let row = first; row !== NONE; row = nextVersion[row] as number) {
      if (versions.get(row, VERSION.version) !== version) continue
      if (nonce !== undefined) noteNonce(row, nonce)
      return row
    }
    const row = versions.add()
    versions.set(row, VERSION.version, version)
    versions.set(row, VERSION.value, value === undefined ? KEPT : (value ?? CLEARED))
    versions.set(row, VERSION.possibleUs, timeUs)
    versions.set(row, VERSION.okUs, Number.NaN)
    nextVersion.push(NONE)
    nonces.push(nonce)
    if (first === NONE) answers.set(answer, ANSWER.first, row)
    else nextVersion[answers.get(answer, ANSWER.last)] = row
    answers.set(answer, ANSWER.last, row)
    return row
  }

  function noteNonce(row: number, nonce: string): void {
    const known = nonces[row]
    if (known === nonce) return
    if (known === undefined) {
      nonces[row] = nonce
      return
    }
    const others = otherNonces.get(row) ?? NO_NONCES
    if (!others.includes(nonce)) otherNonces.set(row, [...others, nonce])
  }

  function acknowledge(answer: number, row: number, { completedUs, told }: SaveAnswer): void {
    // Not `>=`: nothing is before the first, which is NaN.
    if (completedUs !== null && !(completedUs >= versions.get(row, VERSION.okUs))) {
      versions.set(row, VERSION.okUs, completedUs)
    }
    const version = versions.get(row, VERSION.version)
    // A reply that names no version is about the one that was asked.
    if (told?.kind === 'answer' && (told.version ?? version) === version && versions.get(row, VERSION.marked) === 0) {
      versions.set(row, VERSION.marked, MARKS.indexOf(told.marked))
    }
    const acked = answers.get(answer, ANSWER.acked)
    if (acked === NONE || version > versions.get(acked, VERSION.version)) answers.set(answer, ANSWER.acked, row)
  }

  function answersOfSession(session: number): SessionAnswers {
    return {
      get(question) {
        const known = questions.find(question)
        const answer = known === undefined ? NONE : (slots[slotOf(session, known)] as number)
        return answer === NONE ? undefined : new StoredAnswer(store, answer)
      },
      *values() {
        for (let answer = firstAnswer[session] as number; answer !== NONE; answer = answers.get(answer, ANSWER.next)) {
          yield new StoredAnswer(store, answer)
        }
      },
    }
  }

  return {
    record(operation) {
      const answer = answerOf(operation)
      const row = versionOf(answer, operation)
      const outcome = VERSION[operation.outcome]
      // Until one may have had an effect.
      if (operation.outcome !== 'fail' && versions.get(row, VERSION.ok) + versions.get(row, VERSION.info) === 0) {
        versions.set(row, VERSION.possibleUs, operation.timeUs)
      }
      versions.set(row, outcome, versions.get(row, outcome) + 1)
      if (operation.outcome === 'ok') acknowledge(answer, row, operation)
    },
    get size() {
      return sessions.count
    },
    has: (session) => sessions.find(session) !== undefined,
    get(session) {
      const known = sessions.find(session)
      return known === undefined ? undefined : answersOfSession(known)
    },
    *[Symbol.iterator]() {
      for (let session = 0; session < sessions.count; session++) {
        yield [sessions.nameOf(session), answersOfSession(session)]
      }
    },
  }
}

const NO_NONCES: readonly string[] = []

/** A version as it is read. */
class StoredVersion implements VersionRecord {
  readonly #store: Store
  readonly #row: number

  constructor(store: Store, row: number) {
    this.#store = store
    this.#row = row
  }

  get version(): number {
    return this.#store.versions.get(this.#row, VERSION.version)
  }
  get nonce(): string | undefined {
    return this.#store.nonces[this.#row]
  }
  get otherNonces(): readonly string[] {
    return this.#store.otherNonces.get(this.#row) ?? NO_NONCES
  }
  get value(): number | null | undefined {
    const value = this.#store.versions.get(this.#row, VERSION.value)
    return value === KEPT ? undefined : value === CLEARED ? null : value
  }
  get marked(): boolean | undefined {
    return MARKS[this.#store.versions.get(this.#row, VERSION.marked)]
  }
  get ok(): number {
    return this.#store.versions.get(this.#row, VERSION.ok)
  }
  get info(): number {
    return this.#store.versions.get(this.#row, VERSION.info)
  }
  get fail(): number {
    return this.#store.versions.get(this.#row, VERSION.fail)
  }
  get firstPossibleUs(): number {
    return this.#store.versions.get(this.#row, VERSION.possibleUs)
  }
  get firstOkUs(): number | null {
    const okUs = this.#store.versions.get(this.#row, VERSION.okUs)
    return Number.isNaN(okUs) ? null : okUs
  }
}

/** An answer as it is read. */
class StoredAnswer implements AnswerRecord {
  readonly #store: Store
  readonly #row: number
  /** Made once: who looks at one version looks at several. */
  #versions: readonly VersionRecord[] | undefined

  constructor(store: Store, row: number) {
    this.#store = store
    this.#row = row
  }

  get candidate(): string {
    return this.#store.candidates.nameOf(this.#store.answers.get(this.#row, ANSWER.candidate))
  }
  get session(): string {
    return this.#store.sessions.nameOf(this.#store.answers.get(this.#row, ANSWER.session))
  }
  get question(): string {
    return this.#store.questions.nameOf(this.#store.answers.get(this.#row, ANSWER.question))
  }
  get versions(): readonly VersionRecord[] {
    if (this.#versions !== undefined) return this.#versions
    const { answers, nextVersion } = this.#store
    const found: VersionRecord[] = []
    for (let row = answers.get(this.#row, ANSWER.first); row !== NONE; row = nextVersion[row] as number) {
      found.push(new StoredVersion(this.#store, row))
    }
    this.#versions = found
    return found
  }
  get acked(): VersionRecord | null {
    const acked = this.#store.answers.get(this.#row, ANSWER.acked)
    return acked === NONE ? null : new StoredVersion(this.#store, acked)
  }
}

interface Names {
  readonly count: number
  find(name: string): number | undefined
  /** Also of a name that is new. */
  numberOf(name: string): number
  nameOf(number: number): string
}

/** Names by number, in the order in which they came. */
function createNames(): Names {
  const numbers = new Map<string, number>()
  const names: string[] = []
  return {
    get count() {
      return names.length
    },
    find: (name) => numbers.get(name),
    numberOf(name) {
      const known = numbers.get(name)
      if (known !== undefined) return known
      numbers.set(name, names.length)
      return names.push(name) - 1
    },
    nameOf: (number) => names[number] as string,
  }
}

interface Rows {
  readonly length: number
  /** @returns the new row, all 0 */
  add(): number
  get(row: number, column: number): number
  set(row: number, column: number, value: number): void
}

/** Rows of {@link WIDTH} numbers. */
function createRows<Numbers extends Int32Array | Float64Array>(
  Kind: new (length: number) => Numbers,
  rowsAtATime: number,
): Rows {
  const parts: Numbers[] = []
  const bits = Math.log2(rowsAtATime)
  const mask = rowsAtATime - 1
  let length = 0
  return {
    get length() {
      return length
    },
    add() {
      if ((length & mask) === 0) parts.push(new Kind(rowsAtATime * WIDTH))
      return length++
    },
    get: (row, column) => (parts[row >> bits] as Numbers)[(row & mask) * WIDTH + column] as number,
    set(row, column, value) {
      const part = parts[row >> bits] as Numbers
      part[(row & mask) * WIDTH + column] = value
    },
  }
}
