import type { Checker } from '../checkers/checker.ts'
import { INTEGRITY_CHECKERS, type IntegrityCheckerId } from '../checkers/integrity-checkers.ts'
import { seenAgain } from '../checkers/seen-again.ts'
import { toldTheSame } from '../checkers/told-the-same.ts'
import { notJudged } from '../platform/not-judged.ts'
import type { Verdict } from '../verdict.ts'

/** What can be seen of a platform that is rehearsed from outside. */
export interface OutsideView {
  /** Whether its rows may be read. */
  readonly database: boolean
}

const NO_STAGE = 'rehearsed from outside: processes, samples, settings and logs of the platform are not seen'
const NO_DATABASE = 'rehearsed from outside without its database: only what candidates were told is seen'

/** What the history alone decides. */
const FROM_HISTORY: ReadonlySet<string> = new Set<IntegrityCheckerId>([
  'well-formed-history',
  'non-vacuity',
  'read-your-writes',
  'monotonic-reads',
])
/** What needs the stage, although it is asked for with the rows. */
const FROM_STAGE: ReadonlySet<string> = new Set<IntegrityCheckerId>(['durability-settings'])

/** Checkers for who has no rows to compare with. */
export const BLIND_CHECKERS: readonly Checker[] = [seenAgain, toldTheSame]

/** The checkers of a phase as they are, and those that take the place of rows where nobody may read any. */
export function checkersFor(checkers: readonly Checker[], view: OutsideView | undefined): readonly Checker[] {
  return view === undefined || view.database ? checkers : [...checkers, ...BLIND_CHECKERS]
}

/** What is judged from samples and logs, which nobody has of a platform outside. */
export function withoutStage(verdicts: readonly Verdict[], view: OutsideView | undefined): readonly Verdict[] {
  return view === undefined ? verdicts : verdicts.map((verdict) => notJudged(verdict, NO_STAGE))
}

/** What is judged from rows and history, less what cannot be seen. A violation that was seen stays one. */
export function withoutRows(verdicts: readonly Verdict[], view: OutsideView | undefined): readonly Verdict[] {
  if (view === undefined) return verdicts
  return verdicts.map((verdict) => {
    if (FROM_STAGE.has(verdict.id)) return notJudged(verdict, NO_STAGE)
    const isRows = Object.hasOwn(INTEGRITY_CHECKERS, verdict.id) && !FROM_HISTORY.has(verdict.id)
    return view.database || !isRows || verdict.valid === false ? verdict : notJudged(verdict, NO_DATABASE)
  })
}
