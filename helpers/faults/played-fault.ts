import type { OutcomeReason } from '../history/outcome.ts'
import type { LoadWindow } from '../load/exam-day.ts'
import { isWithin } from '../load/thresholds.ts'
import type { FaultKind } from './fault.ts'
import type { Attempt } from './load-tap.ts'
import type { HealthLook } from './look-at-health.ts'
import type { PlayedFault as Played } from './nemesis.ts'
import type { RecoveryRule } from './recovery.ts'

/** A fault of the schedule and what became of it, as far as it is judged. Serialisable. */
export type PlayedFault = Omit<Played, 'kind' | 'looks'> & {
  /** Without a budget: nobody is owed anything while it lasts, or it was recorded before there were any. */
  readonly kind: Pick<FaultKind, 'name' | 'candidatesNotice' | 'momentary' | 'overBefore' | 'countsConnections'> &
    Partial<Pick<FaultKind, 'budget'>>
  readonly looks?: readonly HealthLook[]
}

/** Requests of one window that a share of failures needs (P21: fewer could not exclude a few per cent). */
export const MIN_ATTEMPTS = 50

/** Why a fault proves nothing; undefined when it does. */
export function whyNotTested({ injectedUs, bite, healedUs, troubles, notMended }: PlayedFault): string | undefined {
  if (injectedUs === null) return 'was not injected: the load was over before its time had come'
  if (troubles.length > 0) return `had trouble (${troubles.join('; ')})`
  if (bite?.felt !== true) return `was not felt (${bite?.proof ?? 'nobody looked'})`
  if (notMended !== undefined) return `was not put right by the platform (expected: ${notMended})`
  if (healedUs === null) return 'was not healed'
  return undefined
}

/** What a generator that is late, on a machine that is busy, can make of a request by itself. */
const EXPLAINED_BY_TROUBLE: ReadonlySet<string> = new Set<OutcomeReason>([
  'time-out',
  'connect-time-out',
  'open-at-end',
  'generator-exhausted',
])

/** More than half were answered with an error or refused: no generator that is some milliseconds late explains that. */
export function failsBeyondDoubt(attempts: readonly Attempt[]): boolean {
  const failed = attempts.filter((attempt) => attempt.failed && !EXPLAINED_BY_TROUBLE.has(attempt.reason))
  return attempts.length >= MIN_ATTEMPTS && failed.length > attempts.length / 2
}

/**
 * Where the time ends in which candidates could notice a fault, µs; null: it was never healed. Its consequences belong to
 * it, so not before the platform had recovered. A momentary one is over before anybody has asked: there the window that
 * showed the recovery belongs to it as well. Never into the next fault, whose consequences are its own.
 */
export function noticeableUntilUs(
  fault: PlayedFault,
  played: readonly PlayedFault[],
  rule: RecoveryRule,
): number | null {
  const { kind, injectedUs, healedUs, recovery } = fault
  if (injectedUs === null || healedUs === null) return null
  const recoveredUs = recovery?.kind === 'recovered' ? recovery.atUs : healedUs
  const untilUs = Math.max(healedUs, recoveredUs + (kind.momentary === undefined ? 0 : rule.windowMs * 1_000))
  const later = played.flatMap((other) =>
    other.injectedUs !== null && other.injectedUs > injectedUs ? [other.injectedUs] : [],
  )
  return Math.min(untilUs, ...later)
}

/**
 * No other fault was there while it lasted, nor the aftermath of an earlier one: what had not recovered from that is not
 * this one's doing. Its own aftermath ends where the next is injected, see {@link noticeableUntilUs}.
 */
export function cameAlone(fault: PlayedFault, played: readonly PlayedFault[]): boolean {
  const healed = ({ healedUs }: PlayedFault) => healedUs ?? Infinity
  const over = ({ recovery, healedUs }: PlayedFault) =>
    recovery?.kind === 'recovered' ? Math.max(recovery.atUs, healedUs ?? Infinity) : Infinity
  return !played.some(
    (other) =>
      other !== fault &&
      other.injectedUs !== null &&
      fault.injectedUs !== null &&
      other.injectedUs < healed(fault) &&
      fault.injectedUs < over(other),
  )
}

/** Measured by a generator in trouble from begin to end; what never ended is nobody's delay but the platform's. */
export function isSpoilt({ intendedUs, completedUs }: Attempt, invalid: readonly LoadWindow[]): boolean {
  return completedUs !== null && isWithin(invalid, intendedUs, completedUs)
}

/** `time-out 4, server-error 1` */
export function reasons(failed: readonly Attempt[]): string {
  const counts = new Map<string, number>()
  for (const { reason } of failed) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ')
}

/** Why what a fault is there for has not met it; undefined when it has, or it is there for no step of its own. */
export function whyNotInTime(
  { kind: { overBefore }, healedUs }: PlayedFault,
  attempts: readonly Attempt[],
): string | undefined {
  if (overBefore === undefined) return undefined
  const first = attempts.find(({ step }) => step === overBefore)
  if (first === undefined) return `was followed by no ${overBefore}`
  return healedUs === null || first.sentUs < healedUs ? `was not over when the ${overBefore} began` : undefined
}
