import type { Cohort } from './behaviours.ts'
import type { ThinkTime } from './think-time.ts'

/** Everything that shapes a rehearsal, in one place and with units. `profiles.ts` holds the named ones. */
export interface Profile {
  readonly name: ProfileName
  /** Registered candidates of one exam day. */
  readonly candidates: number
  readonly questions: number
  /** The first `candidates` log in and out again before the doors open; reported, never judged (P6). */
  readonly warmUp: { readonly candidates: number; readonly ms: number }
  /** Log-ins arrive spread over this time (open model). */
  readonly arrivalsMs: number
  /**
   * Share of candidates that log in early and wait for the barrier, 0..1. The others arrive after it and start at
   * once: 0.25 of 400 is "100 at the start, ramping to 400".
   */
  readonly startsAtBarrier: number
  /**
   * How log-ins are spread. `drawn` (if absent): each at a time of its own, so that they clump as people do; `constant`:
   * one every so often; `ramping`: more and more of them, from none at the begin.
   */
  readonly arrivalRate?: ArrivalRate
  /** Pause between the last early log-in and the barrier, so that the burst meets candidates who are logged in. */
  readonly barrierAfterMs: number
  /** After the barrier, 100 % of candidates must hold their session and have their paper within this time. */
  readonly startWithinMs: number
  /** From the barrier on, candidates answer for this long (closed model with think time). */
  readonly steadyMs: number
  readonly thinkTime: ThinkTime
  /** Submits spread over this time before the deadline. */
  readonly submitSpreadMs: number
  /** Share of answers that change an earlier one, 0..1. When all questions are answered every further one does. */
  readonly revisedAnswers: number
  /** Share of revisions that clear the answer, 0..1. */
  readonly clearedAnswers: number
  /**
   * Share of first answers that leave together with the next one, 0..1: who is quicker than the platform, or was offline
   * for a moment. A platform that keeps the answers of a session in one document may write one over the other.
   */
  readonly answersTogether: number
  /** Share of actions that only mark an answered question for review and must leave its answer alone, 0..1. */
  readonly marks: number
  /** Share of candidates that reload and resume during the exam, 0..1. */
  readonly resumeReads: number
  /** Share of candidates whose submit is sent twice at the same moment, 0..1. */
  readonly doubleSubmits: number
  /**
   * Share of candidates whose start is sent twice at the same moment, half of them with another key, 0..1: an impatient
   * click, or a second tab. It is one session.
   */
  readonly doubleStarts: number
  /**
   * Share of candidates whose last answer leaves together with their submit, 0..1, among those who submit once and with
   * one click. It counts or is refused; what was acknowledged and is not in the score has slipped in between.
   */
  readonly answersBesideSubmit: number
  /** Share of candidates that never submit and are closed by the sweeper, 0..1. */
  readonly vanish: number
  /** Share of candidates whose client re-sends an older answer event after a newer one was acknowledged (a late retry from an outbox), 0..1. */
  readonly lateRetries: number
  /** Share of submitting candidates with a tab left open that saves one more answer after the submit; it must be refused, 0..1. */
  readonly answersAfterSubmit: number
  /** Share of candidates that look at their review after the submit and log out, 0..1. */
  readonly reviews: number
  /** Who behaves differently from the others, and how; absent: nobody. */
  readonly cohorts?: readonly Cohort[]
  /** From the deadline of the last planned submit to the earliest expiry: room for retries of a submit. */
  readonly expiryMarginMs: number
  /** After the last planned submit candidates get this long to come to their end. */
  readonly drainMs: number
  readonly clientTimeoutMs: number
  readonly retries: { readonly attempts: number; readonly firstBackoffMs: number; readonly maxBackoffMs: number }
  readonly thresholds: Thresholds
  /**
   * Threads that play candidates, at most as many as there are processors; absent: one for each 10 000 candidates that are
   * begun. 1 plays everybody in the thread that also writes the history.
   */
  readonly generatorThreads?: number
  /** Caps on the stack so that the generator keeps its share; absent: uncapped. */
  readonly stackCpus?: number
}

/** From the one that asks least of a platform to the one that asks most. */
export const PROFILE_NAMES = [
  'smoke',
  'proof',
  'dev',
  'long-faults',
  'sessions-400',
  'answers-300',
  'submits-400',
  'nightly',
  'release',
] as const

export type ProfileName = (typeof PROFILE_NAMES)[number]

/** Profiles in whose every phase everything gets its full time. */
export const LONG_DAYS: ReadonlySet<ProfileName> = new Set<ProfileName>(['sessions-400', 'answers-300', 'submits-400'])

/** Profiles whose whole day is played in phase 2, and only there: see `besideTheLoad`. */
export const NIGHTS: ReadonlySet<ProfileName> = new Set<ProfileName>(['nightly', 'release'])

/** One load of the original platform each; played as phase 2 where nobody says otherwise. */
export const LOAD_SHAPES: ReadonlySet<ProfileName> = new Set<ProfileName>([
  'sessions-400',
  'answers-300',
  'submits-400',
])

export const ARRIVAL_RATES = ['drawn', 'constant', 'ramping'] as const

export type ArrivalRate = (typeof ARRIVAL_RATES)[number]

export interface Thresholds {
  readonly p95Ms: number
  /** 0..1, logical operations that failed or stayed unresolved ÷ attempted. */
  readonly errorRate: number
  /** 0..1 */
  readonly databasePool: number
  /** Barrier: errors among the first attempts, 0..1. */
  readonly startBurstErrorRate: number
}
