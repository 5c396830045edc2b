import type { Operation, ToldAnswer } from '../history/operation.ts'
import { isSaveAnswer, type SaveAnswer, type SessionAnswers } from './answer-ledger.ts'
import { type AnswerTable, createAnswerTable } from './answer-table.ts'
import type { History } from './checker.ts'
import { toldBesideAnswers } from './told-beside-answers.ts'

/** One successful read of a session's answers, with what it had to show. */
export interface SessionRead {
  readonly operation: Operation
  readonly session: string
  readonly answers: readonly ToldAnswer[]
  /** By question, the highest version that was acknowledged before the read was sent: it must show at least that. */
  readonly floor: ReadonlyMap<string, number>
  /**
   * By question, what had been chosen with that version, where none is told: with the acknowledgement, or in any reply of this
   * kind. Then what is shown is compared by it.
   */
  readonly chosen: ReadonlyMap<string, number | null>
}

/** A read, with what it could have had to show at most. */
export interface SessionReadWithTried extends SessionRead {
  /** By question, everything that was sent before the read was answered: it can show nothing else. */
  readonly tried: Pick<SessionAnswers, 'get'>
}

interface Acknowledgement {
  readonly question: string
  readonly version: number
  readonly completedUs: number
  /** undefined: it kept the choice that was there. */
  readonly value: number | null | undefined
  /** Whether it told its version. */
  readonly isVersioned: boolean
}

interface Choice {
  readonly value: number | null
  readonly isVersioned: boolean
}

/** The replies that show answers. */
type ReadKind = 'paper' | 'review'

/** Room for the answers of one session. */
const ANSWERS_AT_A_TIME = 64

interface SessionState {
  readonly floor: Map<string, number>
  readonly chosen: Map<string, Choice>
  /** Acknowledged, but perhaps not yet when the next read is sent. */
  acknowledgements: Acknowledgement[]
  /** Reads that operations still to come may overlap. */
  reads: { readonly read: SessionReadWithTried; readonly completedUs: number }[]
}

/** Visit every successful read of answers (`read-session`, `review`), session by session. It holds no ledger. */
export function visitReads(history: History, visit: (read: SessionRead) => void): void {
  const { stories, versioned } = operationsBySession(history)
  for (const story of stories) visitSession(story, versioned, null, visit)
}

/**
 * The same, with everything that was tried until the read was answered: it is visited when nothing that overlaps it can
 * follow any more, so that `tried` is complete. A ledger of its own, because the one of the whole history knows too
 * much; and of one session at a time, because those of all sessions take as much as the history.
 */
export function visitReadsWithTried(history: History, visit: (read: SessionReadWithTried) => void): void {
  const { stories, versioned } = operationsBySession(history)
  for (const story of stories) visitSession(story, versioned, createAnswerTable(ANSWERS_AT_A_TIME), visit)
}

interface SessionStory {
  readonly session: string
  /** In the order of the history. */
  readonly operations: Operation[]
}

/**
 * By the session that was asked about, or for a read the one that was told. `versioned` are the kinds of replies of which
 * any has told a version: in those, an answer without one is none.
 */
function operationsBySession(history: History): {
  readonly stories: Iterable<SessionStory>
  readonly versioned: ReadonlySet<ReadKind>
} {
  const stories = new Map<string, SessionStory>()
  const versioned = new Set<ReadKind>()
  for (const operation of history.operations()) {
    const read = readOf(operation)
    if (read !== undefined && !versioned.has(read.kind) && read.answers.some(({ version }) => version !== null)) {
      versioned.add(read.kind)
    }
    const session = read?.session ?? operation.session
    if (session === undefined) continue
    const story = stories.get(session)
    if (story === undefined) stories.set(session, { session, operations: [operation] })
    else story.operations.push(operation)
  }
  return { stories: stories.values(), versioned }
}

function visitSession(
  { session, operations }: SessionStory,
  versioned: ReadonlySet<ReadKind>,
  table: AnswerTable | null,
  visit: (read: SessionReadWithTried) => void,
): void {
  // Asked when it is complete, and not before.
  const tried: SessionReadWithTried['tried'] = { get: (question) => table?.get(session)?.get(question) }
  const state: SessionState = { floor: new Map(), chosen: new Map(), acknowledgements: [], reads: [] }
  for (const operation of operations) {
    const read = readOf(operation)
    state.reads = visitSettled(state.reads, operation.timeUs, visit)
    if (isSaveAnswer(operation)) recordAnswer(table, state, operation)
    if (read !== undefined && operation.completedUs !== null) {
      raiseFloor(state, operation.timeUs)
      const floor = new Map(state.floor)
      const chosen = comparedByChoice(state.chosen, versioned.has(read.kind))
      const { completedUs } = operation
      const { answers } = read
      state.reads.push({ read: { operation, session, answers, floor, chosen, tried }, completedUs })
    }
  }
  visitSettled(state.reads, Number.POSITIVE_INFINITY, visit)
}

function comparedByChoice(
  chosen: ReadonlyMap<string, Choice>,
  isVersioned: boolean,
): ReadonlyMap<string, number | null> {
  const compared = new Map<string, number | null>()
  for (const [question, choice] of chosen) {
    if (!isVersioned || !choice.isVersioned) compared.set(question, choice.value)
  }
  return compared
}

function readOf(operation: Operation): { kind: ReadKind; session: string; answers: readonly ToldAnswer[] } | undefined {
  if (operation.outcome !== 'ok') return undefined
  const told = toldBesideAnswers(operation)
  if (told?.kind !== 'paper' && told?.kind !== 'review') return undefined
  return { kind: told.kind, session: told.session, answers: told.answers }
}

function recordAnswer(table: AnswerTable | null, state: SessionState, operation: SaveAnswer): void {
  table?.record(operation)
  const { outcome, completedUs, question, version, value, told } = operation
  if (outcome !== 'ok' || completedUs === null) return
  const isVersioned = told?.kind !== 'answer' || told.version !== null
  state.acknowledgements.push({ question, version, completedUs, value, isVersioned })
}

function raiseFloor(state: SessionState, beforeUs: number): void {
  const later: SessionState['acknowledgements'] = []
  for (const acknowledgement of state.acknowledgements) {
    const { question, version, completedUs, value, isVersioned } = acknowledgement
    if (completedUs >= beforeUs) later.push(acknowledgement)
    else if (version > (state.floor.get(question) ?? Number.NEGATIVE_INFINITY)) {
      state.floor.set(question, version)
      const kept = state.chosen.get(question)?.value ?? null
      state.chosen.set(question, { value: value === undefined ? kept : value, isVersioned })
    }
  }
  state.acknowledgements = later
}

function visitSettled(
  reads: SessionState['reads'],
  beforeUs: number,
  visit: (read: SessionReadWithTried) => void,
): SessionState['reads'] {
  if (reads.length === 0) return reads
  return reads.filter(({ read, completedUs }) => {
    if (completedUs >= beforeUs) return true
    visit(read)
    return false
  })
}
