import type { Checker } from './checker.ts'
import { cleanState } from './clean-state.ts'
import { conservation } from './conservation.ts'
import { constraintsPresent } from './constraints-present.ts'
import { deadline } from './deadline.ts'
import { durabilitySettings } from './durability-settings.ts'
import { exactlyOnceSubmit } from './exactly-once-submit.ts'
import { failedHasNoEffect } from './failed-has-no-effect.ts'
import { isolation } from './isolation.ts'
import { lastAcknowledgedWins } from './last-acknowledged-wins.ts'
import { monotonicReads } from './monotonic-reads.ts'
import { noLostAnswer } from './no-lost-answer.ts'
import { noPhantomAnswer } from './no-phantom-answer.ts'
import { nonVacuity } from './non-vacuity.ts'
import { oneRowPerAnswer } from './one-row-per-answer.ts'
import { oneSessionPerCandidate } from './one-session-per-candidate.ts'
import { readYourWrites } from './read-your-writes.ts'
import { recoveredInfo } from './recovered-info.ts'
import { resumeEquivalence } from './resume-equivalence.ts'
import { score } from './score.ts'
import { sqlInvariants } from './sql-invariants.ts'
import { submitIncludesAcknowledged } from './submit-includes-acknowledged.ts'
import { sweptInTime } from './swept-in-time.ts'
import { toldTime } from './told-time.ts'
import { wellFormedHistory } from './well-formed-history.ts'

/**
 * Every checker of a history and the rows behind it, by id. A phase picks those that its scenario gives something to
 * judge: `[INTEGRITY_CHECKERS['no-lost-answer'], ...]`, or `Object.values(INTEGRITY_CHECKERS)` for all.
 */
export const INTEGRITY_CHECKERS = {
  'well-formed-history': wellFormedHistory,
  'non-vacuity': nonVacuity,
  'no-lost-answer': noLostAnswer,
  'no-phantom-answer': noPhantomAnswer,
  'last-acknowledged-wins': lastAcknowledgedWins,
  'failed-has-no-effect': failedHasNoEffect,
  'one-row-per-answer': oneRowPerAnswer,
  'exactly-once-submit': exactlyOnceSubmit,
  'submit-includes-acknowledged': submitIncludesAcknowledged,
  deadline: deadline,
  'told-time': toldTime,
  'swept-in-time': sweptInTime,
  'read-your-writes': readYourWrites,
  'monotonic-reads': monotonicReads,
  'resume-equivalence': resumeEquivalence,
  'one-session-per-candidate': oneSessionPerCandidate,
  isolation: isolation,
  conservation: conservation,
  'recovered-info': recoveredInfo,
  score: score,
  'clean-state': cleanState,
  'durability-settings': durabilitySettings,
  'sql-invariants': sqlInvariants,
  'constraints-present': constraintsPresent,
} as const satisfies Readonly<Record<string, Checker>>

export type IntegrityCheckerId = keyof typeof INTEGRITY_CHECKERS
