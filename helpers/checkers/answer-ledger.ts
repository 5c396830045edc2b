import type { Operation } from '../history/operation.ts'
import { createAnswerTable } from './answer-table.ts'
import type { History } from './checker.ts'
import type { AnswerRow, Evidence } from './evidence-rows.ts'
import { oncePer } from './once-per.ts'

/** Everything that was tried with one version of one answer, over all its attempts. */
export interface VersionRecord {
  readonly version: number
  /** The one that it was first sent with; undefined: it never had one. Retries share it. */
  readonly nonce: string | undefined
  /** Further ones: normally none. */
  readonly otherNonces: readonly string[]
  /** The chosen option; null clears the answer; undefined keeps the choice that was there (a mark-only request). */
  readonly value: number | null | undefined
  /** Whether the candidate was told that it is marked for review; undefined when no reply said so. */
  readonly marked: boolean | undefined
  /** Attempts by outcome. */
  readonly ok: number
  readonly info: number
  readonly fail: number
  /** When the first attempt was sent that may have had an effect, or else the first, µs: only such a one can be replayed. */
  readonly firstPossibleUs: number
  readonly firstOkUs: number | null
}

/** Everything that was tried with the answer to one question of one session. */
export interface AnswerRecord {
  readonly candidate: string
  readonly session: string
  readonly question: string
  /** In order of first invocation, which is ascending for a well-behaved client. */
  readonly versions: readonly VersionRecord[]
  /**
   * The highest version that was acknowledged, `acked(s,q)`. Not the last acknowledgement: the replay of an old event
   * is answered with its original reply, and that reply promises nothing new.
   */
  readonly acked: VersionRecord | null
}

/** The answers of one session, by question; in the order in which they were first tried. */
export interface SessionAnswers {
  get(question: string): AnswerRecord | undefined
  values(): Iterable<AnswerRecord>
}

/**
 * By session, in the order in which they were first heard of. What it holds is read from a table when it is asked: look at
 * the fields of a record; a spread copies nothing.
 */
export interface AnswerLedger extends Iterable<readonly [session: string, answers: SessionAnswers]> {
  /** Sessions. */
  readonly size: number
  has(session: string): boolean
  get(session: string): SessionAnswers | undefined
}

/** An answer operation that says everything a ledger needs. `well-formed-history` reports those that do not. */
export interface SaveAnswer extends Operation {
  readonly f: 'save-answer'
  readonly session: string
  readonly question: string
  readonly version: number
}

/** Whether this operation is a save-answer that names session, question and version. */
export function isSaveAnswer(operation: Operation): operation is SaveAnswer {
  return (
    operation.f === 'save-answer' &&
    operation.session !== undefined &&
    operation.question !== undefined &&
    operation.version !== undefined
  )
}

/** Fold a history into what was tried and acknowledged, by session and question. One pass, once per history. */
export const foldAnswers = oncePer((history: History): AnswerLedger => {
  const table = createAnswerTable()
  for (const operation of history.operations()) if (isSaveAnswer(operation)) table.record(operation)
  return table
})

/** Whether an attempt with this version carried this nonce. */
export function wasSentAs(version: Pick<VersionRecord, 'nonce' | 'otherNonces'>, nonce: string): boolean {
  return version.nonce === nonce || version.otherNonces.includes(nonce)
}

/** The record of a version, if it was ever attempted. A handful of versions: a scan beats a map. */
export function findVersion(answer: AnswerRecord, version: number): VersionRecord | undefined {
  return answer.versions.findLast((record) => record.version === version)
}

/** All answers of a ledger, one after the other. */
export function* answersOf(ledger: AnswerLedger): Generator<AnswerRecord> {
  for (const [, answers] of ledger) yield* answers.values()
}

/** Where every attempt of a version certainly had no effect. */
export function allFailed(version: VersionRecord): boolean {
  return version.ok === 0 && version.info === 0
}

/**
 * The version that a row holds: its `client_seq`, or for a backend that stores none the version that the stored nonce
 * belongs to. Where it stores neither, the newest version that chose what is stored: what the candidate chose last is
 * there, or it is not, whichever attempt put it there. `null`: the row does not say, or nobody ever chose that.
 */
export function versionOfRow(row: AnswerRow, answer: AnswerRecord): number | null {
  if (row.client_seq !== null) return row.client_seq
  const nonce = row.client_event_id
  if (nonce === null) return newestChoosing(answer, row.selected_index)?.version ?? null
  return answer.versions.find((version) => wasSentAs(version, nonce))?.version ?? null
}

/** The newest version that chose this; one that was refused every time only where no other did. */
export function newestChoosing(answer: AnswerRecord, value: number | null): VersionRecord | undefined {
  const chose = answer.versions.filter((version) => version.value === value)
  return newest(chose.filter((version) => !allFailed(version))) ?? newest(chose)
}

function newest(versions: readonly VersionRecord[]): VersionRecord | undefined {
  return versions.reduce<VersionRecord | undefined>(
    (found, version) => (found === undefined || version.version > found.version ? version : found),
    undefined,
  )
}

/** A row that some backends make with the paper: it holds no choice, no nonce and no version, so no answer at all. */
export function isPlaceholder(row: AnswerRow): boolean {
  return (
    row.selected_index === null && row.client_event_id === null && (row.client_seq === null || row.client_seq === 0)
  )
}

/**
 * Whether a row is a placeholder that no version of its answer can have left: each of them chose something. Where one
 * cleared the answer, or only marked it, a backend that stores neither version nor nonce leaves the same.
 */
export function holdsNothing(row: AnswerRow, answer: AnswerRecord): boolean {
  return isPlaceholder(row) && answer.versions.every(({ value }) => typeof value === 'number')
}

type AnswerIndex = ReadonlyMap<string, ReadonlyMap<string, AnswerRow>>

/** Rows by session, then question. A duplicate is left out here; `one-row-per-answer` reports it. Once per list. */
export const indexAnswers = oncePer((rows: readonly AnswerRow[]): AnswerIndex => {
  const index = new Map<string, Map<string, AnswerRow>>()
  for (const row of rows) {
    let questions = index.get(row.session_id)
    if (questions === undefined) {
      questions = new Map()
      index.set(row.session_id, questions)
    }
    if (!questions.has(row.question_id)) questions.set(row.question_id, row)
  }
  return index
})

/**
 * What the row of an acknowledged answer says about the promise that was made.
 * - `held`: the acknowledged version, or a newer one.
 * - `missing`: there is no row, or one that holds no answer.
 * - `stale`: an older version stands in its place.
 * - `undecided`: the row carries neither version nor a known nonce.
 */
export type AnswerState = 'held' | 'missing' | 'stale' | 'undecided'

/** Compare an acknowledged answer with its row. `answer.acked` must not be null. */
export function stateOfAcknowledged(answer: AnswerRecord, row: AnswerRow | undefined): AnswerState {
  if (row === undefined || isEmptied(row, answer)) return 'missing'
  const found = versionOfRow(row, answer)
  if (found === null) return 'undecided'
  return found >= (answer.acked as VersionRecord).version ? 'held' : 'stale'
}

/**
 * Whether a row holds none of what was acknowledged: a placeholder, although no version from the acknowledged one on
 * can have cleared the answer. In a backend that stores neither version nor nonce a cleared answer looks the same.
 * `answer.acked` must not be null.
 */
export function isEmptied(row: AnswerRow, answer: AnswerRecord): boolean {
  if (!isPlaceholder(row)) return false
  if (row.client_seq !== null) return true
  const { version } = answer.acked as VersionRecord
  return !answer.versions.some(
    (record) => record.version >= version && record.ok + record.info > 0 && typeof record.value !== 'number',
  )
}

/** The local part of an e-mail: the candidate that a row belongs to. */
export function candidateOfEmail(email: string): string {
  const at = email.indexOf('@')
  return at === -1 ? email : email.slice(0, at)
}

/** Which candidate owns which session, by the e-mail in the database. Empty when the sessions could not be read. */
export function ownersOf(evidence: Evidence): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  if (evidence.sessions.known) {
    for (const session of evidence.sessions.rows) owners.set(session.id, candidateOfEmail(session.email))
  }
  return owners
}
