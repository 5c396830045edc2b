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
  /** By question, what that version chose, where the backend tells no versions: then what is shown is compared by it. */
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
  /** Present where the acknowledgement told no version. */
  readonly chosen?: number | null
}

/** Room for the answers of one session. */
const ANSWERS_AT_A_TIME = 64

interface SessionState {
  readonly floor: Map<string, number>
  readonly chosen: Map<string, number | null>
  /** Acknowledged, but perhaps not yet when the next read is sent. */
  acknowledgements: Acknowledgement[]
  /** Reads that operations still to come may overlap. */
  reads: { readonly read: SessionReadWithTried; readonly completedUs: number }[]
}

/** Visit every successful read of answers (`read-session`, `review`), session by session. It holds no ledger. */
export function visitReads(history: History, visit: (read: SessionRead) => void): void {
  for (const session of operationsBySession(history)) visitSession(session, null, visit)
}

/**
 * The same, with everything that was tried until the read was answered: it is visited when nothing that overlaps it can
 * follow any more, so that `tried` is complete. A ledger of its own, because the one of the whole history knows too
 * much; and of one session at a time, because those of all sessions take as much as the history.
 */
export function visitReadsWithTried(history: History, visit: (read: SessionReadWithTried) => void): void {
  for (const session of operationsBySession(history)) visitSession(session, createAnswerTable(ANSWERS_AT_A_TIME), visit)
}

interface SessionStory {
  readonly session: string
  /** In the order of the history. */
  readonly operations: Operation[]
}

/** By the session that was asked about, or for a read the one that was told. */
function operationsBySession(history: History): Iterable<SessionStory> {
  const stories = new Map<string, SessionStory>()
  for (const operation of history.operations()) {
    const session = readOf(operation)?.session ?? operation.session
    if (session === undefined) continue
    const story = stories.get(session)
    if (story === undefined) stories.set(session, { session, operations: [operation] })
    else story.operations.push(operation)
  }
  return stories.values()
}

function visitSession(
  { session, operations }: SessionStory,
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
      const chosen = new Map(state.chosen)
      const { completedUs } = operation
      state.reads.push({ read: { operation, ...read, floor, chosen, tried }, completedUs })
    }
  }
  visitSettled(state.reads, Number.POSITIVE_INFINITY, visit)
}

function readOf(operation: Operation): { session: string; answers: readonly ToldAnswer[] } | undefined {
  if (operation.outcome !== 'ok') return undefined
  const told = toldBesideAnswers(operation)
  if (told?.kind !== 'paper' && told?.kind !== 'review') return undefined
  return { session: told.session, answers: told.answers }
}

function recordAnswer(table: AnswerTable | null, state: SessionState, operation: SaveAnswer): void {
  table?.record(operation)
  const { outcome, completedUs, question, version, value, told } = operation
  if (outcome !== 'ok' || completedUs === null) return
  const blind = told?.kind === 'answer' && told.version === null && value !== undefined
  state.acknowledgements.push({ question, version, completedUs, ...(blind ? { chosen: value } : {}) })
}

function raiseFloor(state: SessionState, beforeUs: number): void {
  const later: SessionState['acknowledgements'] = []
  for (const acknowledgement of state.acknowledgements) {
    const { question, version, completedUs } = acknowledgement
    if (completedUs >= beforeUs) later.push(acknowledgement)
    else if (version > (state.floor.get(question) ?? Number.NEGATIVE_INFINITY)) {
      state.floor.set(question, version)
      if (acknowledgement.chosen !== undefined) state.chosen.set(question, acknowledgement.chosen)
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
