import type { ProfileName } from '../load/profile.ts'
import type { Attempt } from './load-tap.ts'

/** What counts as recovered, and how long it may take (C24, P6). */
export interface RecoveryRule {
  /** From the begin of the heal, milliseconds. */
  readonly rtoMs: number
  /** So long everything must be well in a row, milliseconds... */
  readonly windowMs: number
  /** ...over at least so many operations: what nobody asks for has not recovered. The baseline needs as many. */
  readonly minOperations: number
}

const SHORT: RecoveryRule = { rtoMs: 30_000, windowMs: 5_000, minOperations: 100 }
const LONG: RecoveryRule = { rtoMs: 60_000, windowMs: 60_000, minOperations: 1_000 }

/** The recovery rule of each profile. */
export const RECOVERY_RULES: Readonly<Record<ProfileName, RecoveryRule>> = {
  smoke: SHORT,
  proof: SHORT,
  dev: { rtoMs: 30_000, windowMs: 10_000, minOperations: 500 },
  // The baseline of a short day, before the first fault, is as short as in `dev`; so are the days with faults at night.
  'long-faults': { ...LONG, minOperations: 500 },
  'sessions-400': LONG,
  'answers-300': LONG,
  'submits-400': LONG,
  nightly: { ...LONG, minOperations: 500 },
  release: { ...LONG, minOperations: 500 },
}

/** Failures that a window may have: one, or one in a thousand. */
const MAX_FAILURES = 1
const MAX_FAILURE_SHARE = 0.001

/** p95 that a window may have, from that of the baseline: half as much again, or 50 ms more. */
const SLOWER = { factor: 1.5, addMs: 50 } as const

/**
 * Or this share of what the SLO allows. On two cores p95 goes up and down between 20 and 400 ms from second to second while
 * another phase opens its doors beside this one; a limit of 70 ms then waits for a quiet moment and not for the platform.
 */
const OF_THE_SLO = 0.5

/** A p95 at which nobody would speak of an outage, ms, whatever it was before. `sloP95Ms`: limit of the profile. */
export function calmP95Ms(sloP95Ms: number): number {
  return sloP95Ms * OF_THE_SLO
}

/** The begin of the window moves on by this. */
const SLIDE_US = 100_000

/** µs since the run's epoch. */
export interface Span {
  readonly fromUs: number
  readonly toUs: number
}

export type Recovery =
  /** From `atUs` on a whole window was well. */
  | { readonly kind: 'recovered'; readonly atUs: number; readonly p95Ms: number; readonly limitMs: number }
  /** No window that began within the RTO was well; `why` and `lastWindow` are of the last. null: none was looked at. */
  | { readonly kind: 'not-recovered'; readonly why: string; readonly lastWindow: Span | null }
  /** The window that begins at `fromUs` is not over yet; `why` is of the last that was. */
  | { readonly kind: 'pending'; readonly fromUs: number; readonly why: string }

export interface RecoveryQuestion {
  /** In the order they were sent. */
  readonly attempts: readonly Attempt[]
  /** Begin of the heal, µs since the run's epoch: the limit counts from here. */
  readonly healUs: number
  /** When a look was green again. Before that nothing has recovered, even if nobody happened to ask. */
  readonly healedUs: number
  readonly nowUs: number
  readonly baselineP95Ms: number
  /** A window with at most this p95 is well whatever the baseline, ms: {@link calmP95Ms}. */
  readonly calmP95Ms: number
  readonly rule: RecoveryRule
  /** An earlier answer: the search goes on where it had come to. */
  readonly earlier?: Recovery | null
}

/**
 * Has the platform recovered, under load (P15) and without help? There must be a moment at most the RTO after the begin
 * of the heal from which on a whole window is well: at most one failure, or one in a thousand, and a p95 near that of
 * the baseline, or half of what the SLO allows. An attempt belongs to the window in which it was sent; its latency counts
 * from its intended time.
 */
export function findRecovery(question: RecoveryQuestion): Recovery {
  const { attempts, healUs, healedUs, nowUs, baselineP95Ms, calmP95Ms, rule } = question
  const pending = question.earlier?.kind === 'pending' ? question.earlier : undefined
  const limitMs = Math.max(baselineP95Ms * SLOWER.factor, baselineP95Ms + SLOWER.addMs, calmP95Ms)
  let why = pending?.why ?? 'no window is over yet'
  let lastWindow: Span | null = null
  for (let beginUs = pending?.fromUs ?? healedUs; beginUs <= healUs + rule.rtoMs * 1_000; beginUs += SLIDE_US) {
    const first = firstSentFrom(attempts, beginUs)
    const endUs = Math.max(
      beginUs + rule.windowMs * 1_000,
      attempts[first + rule.minOperations - 1]?.sentUs ?? Infinity,
    )
    if (nowUs < endUs) return { kind: 'pending', fromUs: beginUs, why }
    const window = attempts.slice(first, firstSentFrom(attempts, endUs + 1))
    if (window.some(({ completedUs }) => completedUs === null)) return { kind: 'pending', fromUs: beginUs, why }
    const failures = window.filter(({ failed }) => failed).length
    const p95Ms = p95OfMs(window)
    if (failures <= Math.max(MAX_FAILURES, window.length * MAX_FAILURE_SHARE) && p95Ms <= limitMs) {
      return { kind: 'recovered', atUs: beginUs, p95Ms, limitMs }
    }
    lastWindow = { fromUs: beginUs, toUs: endUs }
    why = `${failures} of ${window.length} operations failed, p95 ${p95Ms.toFixed(0)} ms, allowed ${limitMs.toFixed(0)} ms`
  }
  return { kind: 'not-recovered', why, lastWindow }
}

/**
 * p95 before the first fault, ms, over the answers and reads of the steady step; null when there were too few of them
 * to compare anything with.
 */
export function baselineP95Ms(attempts: readonly Attempt[], beforeUs: number, rule: RecoveryRule): number | null {
  const before = attempts.filter(
    ({ step, completedUs }) => step === 'steady' && completedUs !== null && completedUs < beforeUs,
  )
  return before.length < rule.minOperations ? null : p95OfMs(before)
}

/** Exact, by nearest rank: windows are small enough to sort. */
function p95OfMs(attempts: readonly Attempt[]): number {
  const latenciesUs = attempts
    .map(({ intendedUs, completedUs }) => (completedUs ?? Infinity) - intendedUs)
    .sort((one, other) => one - other)
  return (latenciesUs[Math.ceil(latenciesUs.length * 0.95) - 1] ?? Infinity) / 1_000
}

/** Index of the first attempt that was sent at `fromUs` or later. */
function firstSentFrom(attempts: readonly Attempt[], fromUs: number): number {
  let low = 0
  let high = attempts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((attempts[middle] as Attempt).sentUs < fromUs) low = middle + 1
    else high = middle
  }
  return low
}
