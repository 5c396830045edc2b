import type { ToldAnswer } from '../history/operation.ts'

/** What a guest was refused, as it arrived: everything that a candidate, or who helps one, could read. */
export interface Refusal {
  readonly status: number
  readonly contentType: string | null
  /** The `X-Request-ID` of the answer. */
  readonly requestId: string | null
  readonly retryAfter: string | null
  readonly body: string
}

interface MomentBase {
  readonly candidate: string
  /** µs since the run's epoch. */
  readonly sentUs: number
  readonly completedUs: number
  /** The `X-Request-ID` that was sent. */
  readonly requestId: string
}

/** The stories that guests play. */
export const STORIES = ['resume', 'tokens', 'log-out', 'clocks', 'errors', 'any'] as const

/** One step of a script: what was done, and whether the answer is the one that was promised. */
export interface StepMoment extends MomentBase {
  readonly kind: 'step'
  readonly story: (typeof STORIES)[number]
  /** What the guest did, in words; the judge of the story knows them. */
  readonly what: string
  /** null: any answer will do, this one is only looked at if it is a refusal. A status of 2xx stands for every success. */
  readonly expected: { readonly status: number; readonly code?: string } | null
  /** null: no answer came, or it came too late to mean anything. */
  readonly status: number | null
  readonly code: string | null
  readonly refusal: Refusal | null
  /** Answered as a success that does not say what was asked for: the row of the outcome table; absent: it does. */
  readonly unreadable?: string
  /** Answered by a redirect that the adapter reads as a success, as log-ins by a form are; absent: by none. */
  readonly accepted?: true
}

/** A guest could not go on with its script. */
export interface StuckMoment extends MomentBase {
  readonly kind: 'stuck'
  /** What the guest could not get done, in words. */
  readonly what: string
  /**
   * `no-answer`: it gave up after its tries; `answer`: with this answer nobody could go on; `load-over`: it was still
   * trying when the load ended.
   */
  readonly cause: 'no-answer' | 'answer' | 'load-over'
  readonly tries: number
  /** When it was tried for the first time, µs since the run's epoch; `sentUs` is the last time. */
  readonly sinceUs: number
  /** The last answer; null: there was none. */
  readonly status: number | null
  /** What was seen last, in words. */
  readonly seen: string
}

/** Why a guest looked at the session. */
export type Occasion = 'started' | 'glance' | 'reload' | 'second-device' | 'log-out' | 'restart'

/** A guest looked at the session. */
export interface LookMoment extends MomentBase {
  readonly kind: 'look'
  readonly occasion: Occasion
  /** By how much the guest's own clock is wrong, ms. */
  readonly clockOffMs: number
  /** What was found. */
  readonly session: string
  readonly status: string
  readonly remainingSeconds: number
  readonly answers: readonly ToldAnswer[]
  /** What the guest knows to have been acknowledged. */
  readonly known: {
    readonly session: string
    readonly paper: readonly string[]
    /** The session lists no more than what was answered; absent: the whole paper. */
    readonly listsAnswered?: true
    readonly answers: readonly ToldAnswer[]
  }
}

/** Something that a guest was told; one line of `experience.ndjson`. */
export type Moment = StepMoment | LookMoment | StuckMoment
