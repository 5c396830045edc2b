import type { Outcome } from './outcome.ts'

/** Everything a candidate can do. Named after what it is to the candidate, not after a URL. */
export const OPERATION_NAMES = [
  'login',
  'refresh-token',
  'logout',
  'create-session',
  'current-session',
  'read-session',
  'read-questions',
  'save-answer',
  'submit',
  'review',
  // Last, because stored measurements name an operation by its place. Only on platforms whose log-in has two steps.
  'open-login',
] as const

export type OperationName = (typeof OPERATION_NAMES)[number]

/** Operations that store something for a candidate; nothing but the database can acknowledge one. */
export const WRITES: ReadonlySet<OperationName> = new Set(['create-session', 'save-answer', 'submit'])

/** Step under which the operations of somebody beside the load are written down. */
export const GUEST_STEP = 'guest'

/**
 * The start of one attempt. Every attempt is an operation of its own; retries share `idempotencyKey` and `nonce` and
 * count up `attempt`.
 */
export interface Invocation {
  readonly type: 'invoke'
  /** Position in the history; unique, dense, increasing. */
  readonly index: number
  /** When it was actually sent, µs since the run's epoch. */
  readonly timeUs: number
  /** When the plan wanted it sent. Latency counts from here, so that a stalled generator cannot hide a stall (P2). */
  readonly intendedUs: number
  /** Stable id of the simulated person, for example `c-0042`. */
  readonly candidate: string
  /** Which of the candidate's devices or concurrent requests: `main`, `double-submit`, `second-device`, ... (P11). */
  readonly connection: string
  readonly f: OperationName
  /** Step of the phase: `arrivals`, `start-burst`, `steady`, `submit-spike`, `drain`, ... */
  readonly step: string
  readonly requestId: string
  /** 1 for the first try. */
  readonly attempt: number
  readonly session?: string
  readonly question?: string
  /** `client_seq`: strictly increasing per (session, question), chosen by the client. */
  readonly version?: number
  /** The chosen option; null clears the answer. */
  readonly value?: number | null
  /** `client_event_id`: bound to candidate, question and version; stored and echoed (C4, C15). */
  readonly nonce?: string
  readonly idempotencyKey?: string
}

/** The end of one attempt. An invocation without one is still open and counts as `info`. */
export interface Completion {
  readonly type: Outcome
  readonly index: number
  readonly timeUs: number
  /** `index` of the invocation that this ends. */
  readonly invocation: number
  /** Why this outcome: a row id of the outcome table, for example `success`, `superseded`, `time-out`. */
  readonly reason: string
  /** HTTP status, where one was received. */
  readonly status?: number
  /** The backend's own error code, where the envelope had one. */
  readonly errorCode?: string
  /** When a refusal says to come back, seconds (`Retry-After`). */
  readonly retryAfterSeconds?: number
  /** Worker that answered (`X-Worker`). */
  readonly worker?: string
  /** What the candidate was told, by operation. Only with outcome ok or a superseded answer. */
  readonly told?: Told
}

export type HistoryEvent = Invocation | Completion

/** What a candidate was told about one answer. */
export interface ToldAnswer {
  readonly question: string
  readonly version: number | null
  readonly value: number | null
  /** Echoed nonce, where the reply carries one. */
  readonly nonce?: string
  /** Whether it is marked for review, where the reply to a save says so. */
  readonly marked?: boolean
}

/** What a candidate was told by a successful reply. */
export type Told =
  | { readonly kind: 'tokens' }
  | {
      readonly kind: 'session'
      readonly session: string
      readonly status: string
      /** True for 201, false for 200 "you already have one". */
      readonly created: boolean
      readonly expiresAt: string
      readonly totalQuestions: number
    }
  | {
      readonly kind: 'paper'
      readonly session: string
      readonly status: string
      readonly remainingSeconds: number
      readonly answers: readonly ToldAnswer[]
    }
  | { readonly kind: 'questions'; readonly questions: readonly string[] }
  | ({ readonly kind: 'answer'; readonly session: string; readonly superseded: boolean } & ToldAnswer)
  | {
      readonly kind: 'submission'
      readonly session: string
      readonly status: string
      readonly submittedAt: string
      readonly scoreCorrect: number
      readonly scoreTotal: number
      /** SHA-256 of the raw body: repeats must be byte-identical (C8). */
      readonly bodyHash: string
    }
  | { readonly kind: 'review'; readonly session: string; readonly answers: readonly ToldAnswer[] }

/** One attempt, paired: what was asked and what came of it. The unit every checker folds over. */
export interface Operation extends Omit<Invocation, 'type'> {
  readonly outcome: Outcome
  /** `null` while open at the end of the history. */
  readonly completedUs: number | null
  readonly reason: string
  readonly status?: number
  readonly errorCode?: string
  readonly retryAfterSeconds?: number
  readonly worker?: string
  readonly told?: Told
}
