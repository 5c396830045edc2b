import { completeEvidence } from '../complete-evidence.ts'
import { WRITES } from '../history/operation.ts'
import { mergeValidity, type Verdict } from '../verdict.ts'
import { checkAll } from './check-all.ts'
import type { Checker, Expectations, History } from './checker.ts'
import { constraintsPresent } from './constraints-present.ts'
import type { Evidence } from './evidence-rows.ts'
import { exactlyOnceSubmit } from './exactly-once-submit.ts'
import { failedHasNoEffect } from './failed-has-no-effect.ts'
import { historyAt, type Moment } from './history-at.ts'
import { isolation } from './isolation.ts'
import { lastAcknowledgedWins } from './last-acknowledged-wins.ts'
import { noLostAnswer } from './no-lost-answer.ts'
import { noPhantomAnswer } from './no-phantom-answer.ts'
import { oneRowPerAnswer } from './one-row-per-answer.ts'
import { sqlInvariants } from './sql-invariants.ts'
import { submitIncludesAcknowledged } from './submit-includes-acknowledged.ts'
import { unknownVerdict } from './violations.ts'

/** C3 to C9, and what the database says of itself. */
const CHECKERS: readonly Checker[] = [
  noLostAnswer,
  noPhantomAnswer,
  lastAcknowledgedWins,
  failedHasNoEffect,
  oneRowPerAnswer,
  exactlyOnceSubmit,
  submitIncludesAcknowledged,
  isolation,
  sqlInvariants,
  constraintsPresent,
]
/** About the server and the present, not about what is stored: nobody sweeps a database that was just restored. */
const INVARIANTS_OF_NOW: ReadonlySet<string> = new Set(['active-past-expiry', 'idle-in-transaction'])
const MOST_EXAMPLES = 3

const RESTORE = {
  id: 'restore',
  title: 'A backup taken under load, restored into a fresh database, holds what was acknowledged when it was taken',
  gate: 'recovery-tested',
} as const

/** What came of backing up and restoring. */
export type RestoreRecord =
  | {
      readonly kind: 'restored'
      readonly point: Moment
      readonly bytes: number
      readonly dumpMs: number
      readonly restoreMs: number
      readonly evidence: Evidence
      /** Ids of invariants of one's own: they are promised of the end of the day, and this is its middle. */
      readonly ownInvariants?: readonly string[]
    }
  /** Why there is nothing to compare. */
  | { readonly kind: 'not-restored'; readonly why: string }

/**
 * C26: compare a restored backup with what candidates had been told at its consistent point. Acknowledged writes that
 * came later are counted: they are what would be lost with nothing but this backup (its RPO).
 */
export function judgeRestore(record: RestoreRecord, history: History, expectations: Expectations): Verdict {
  if (record.kind === 'not-restored') return unknownVerdict(RESTORE, record.why)
  const { point, ownInvariants = [] } = record
  const evidence = completeEvidence(record.evidence)
  const invariants = evidence.invariants.filter(({ id }) => !INVARIANTS_OF_NOW.has(id) && !ownInvariants.includes(id))
  const judged = checkAll(CHECKERS, historyAt(history, point), { ...evidence, invariants }, expectations)
  const wrong = judged.filter(({ valid }) => valid !== true)
  const valid = mergeValidity(judged.map((verdict) => verdict.valid))
  const affected = [...new Set(judged.flatMap((verdict) => verdict.affected ?? []))].sort()
  const shown = wrong.filter((verdict) => verdict.valid === valid)
  return {
    ...RESTORE,
    valid,
    counts: {
      ...countWrites(history, point),
      backupBytes: record.bytes,
      dumpMs: Math.round(record.dumpMs),
      restoreMs: Math.round(record.restoreMs),
    },
    violations: judged.reduce((sum, { violations }) => sum + violations, 0),
    examples: wrong.flatMap(({ examples }) => examples).slice(0, MOST_EXAMPLES),
    ...(affected.length === 0 ? {} : { affected }),
    ...(valid === true ? {} : { reason: shown.map(({ id, reason }) => `${id}: ${reason}`).join('; ') }),
  }
}

/** What was acknowledged later would be gone if the backup were all that is left. */
function countWrites(history: History, { fromUs }: Moment) {
  const counts = { acknowledgedBefore: 0, acknowledgedLater: 0 }
  for (const { f, outcome, completedUs } of history.operations()) {
    if (outcome !== 'ok' || !WRITES.has(f)) continue
    if (completedUs !== null && completedUs <= fromUs) counts.acknowledgedBefore++
    else counts.acknowledgedLater++
  }
  return counts
}
