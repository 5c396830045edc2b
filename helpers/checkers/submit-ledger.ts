import type { Operation } from '../history/operation.ts'
import type { History } from './checker.ts'
import { oncePer } from './once-per.ts'

/** Everything that was tried to submit one session, and what the candidate was told. */
export interface SubmitRecord {
  readonly candidate: string
  readonly session: string
  ok: number
  info: number
  fail: number
  /** The submit may have happened from here on: when its first attempt that did not certainly fail was sent, µs. */
  firstPossibleUs: number | null
  /** From here on the candidate knows that the session is closed, µs. */
  firstOkUs: number | null
  /** The first reply, and every later one that says something else. */
  readonly told: ToldSubmission[]
}

export interface ToldSubmission {
  readonly session: string
  readonly status: string
  readonly submittedAt: string
  readonly scoreCorrect: number
  readonly scoreTotal: number
  readonly bodyHash: string
}

/** Fold a history into what was tried and told about submitting, by session. One pass, once per history. */
export const foldSubmits = oncePer((history: History): ReadonlyMap<string, SubmitRecord> => {
  const submits = new Map<string, SubmitRecord>()
  for (const operation of history.operations()) {
    if (operation.f !== 'submit' || operation.session === undefined) continue
    const record = recordOf(submits, operation, operation.session)
    record[operation.outcome]++
    if (operation.outcome !== 'fail') record.firstPossibleUs ??= operation.timeUs
    if (operation.outcome !== 'ok') continue
    const { completedUs, told } = operation
    if (completedUs !== null && (record.firstOkUs === null || completedUs < record.firstOkUs)) {
      record.firstOkUs = completedUs
    }
    if (told?.kind === 'submission' && record.told.every((earlier) => !isSame(earlier, told))) record.told.push(told)
  }
  return submits
})

function recordOf(submits: Map<string, SubmitRecord>, { candidate }: Operation, session: string): SubmitRecord {
  let record = submits.get(session)
  if (record === undefined) {
    record = { candidate, session, ok: 0, info: 0, fail: 0, firstPossibleUs: null, firstOkUs: null, told: [] }
    submits.set(session, record)
  }
  return record
}

/** The raw body decides; the parsed fields are compared too, in case an adapter cannot see the raw one. */
function isSame(a: ToldSubmission, b: ToldSubmission): boolean {
  return (
    a.bodyHash === b.bodyHash &&
    a.session === b.session &&
    a.status === b.status &&
    a.submittedAt === b.submittedAt &&
    a.scoreCorrect === b.scoreCorrect &&
    a.scoreTotal === b.scoreTotal
  )
}
