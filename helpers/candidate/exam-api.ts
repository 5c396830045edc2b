import type { Told } from '../history/operation.ts'
import type { Outcome } from '../history/outcome.ts'

/**
 * How candidates speak to an exam backend: a handful of pure functions that turn what a candidate wants into one HTTP
 * call, and the answer into an outcome. Nothing here sends anything, so an adapter for another backend is tested
 * without one.
 */
export interface ExamApi {
  readonly name: string
  /**
   * The first step of a log-in in two: the page or the call that gives what the log-in must bring along. Absent: one call is all.
   */
  openLogin?(): Call<LoginForm>
  /** @param form what `openLogin` has brought; always there where the adapter has that function, and never otherwise */
  login(credentials: Credentials, form?: LoginForm): Call<Tokens>
  refreshToken(refreshToken: string): Call<Tokens>
  logout(tokens: Tokens): Call<null>
  createSession(tokens: Tokens, request: SessionRequest): Call<ToldOf<'session'>>
  currentSession(tokens: Tokens, examId: string): Call<ToldOf<'session'>>
  readSession(tokens: Tokens, session: string): Call<ToldOf<'paper'>>
  readQuestions(tokens: Tokens, session: string, from: number, count: number): Call<ToldOf<'questions'>>
  saveAnswer(tokens: Tokens, answer: AnswerRequest): Call<ToldOf<'answer'>>
  submit(tokens: Tokens, session: string, idempotencyKey: string): Call<ToldOf<'submission'>>
  review(tokens: Tokens, session: string): Call<ToldOf<'review'>>
  /**
   * The headers by which the platform knows who asks: a cookie, say, and the header against forged requests. For what is asked
   * beside candidates: the freeze, the monitor, an unreadable token. Takes any text for a token, also one that nobody gave out.
   * Absent: `authorization: Bearer <access token>`.
   */
  authorise?(tokens: Tokens): Readonly<Record<string, string>>
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

/** What the log-in must bring along, by names that only the adapter reads: a cookie, say, and the token against forged requests. */
export type LoginForm = Readonly<Record<string, string>>

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface SessionRequest {
  readonly examId: string
  readonly idempotencyKey: string
  /** Everything else the backend wants to know; fixed per exam. */
  readonly paper: {
    readonly year: number
    readonly blocks: readonly string[]
    readonly count: number
    readonly durationSeconds: number
  }
}

export interface AnswerRequest {
  readonly session: string
  readonly question: string
  /** The chosen option, null to clear it; with `markOnly` the choice that the candidate believes is stored. */
  readonly value: number | null
  readonly version: number
  readonly nonce: string
  readonly markedForReview?: boolean
  /** Send no choice at all: the stored one must stay as it is. */
  readonly markOnly?: boolean
}

export type ToldOf<Kind extends Told['kind']> = Extract<Told, { kind: Kind }>

/** The methods that a backend may want its calls in. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export type Method = (typeof METHODS)[number]

/** One HTTP call, not yet sent, and how to read its answer. */
export interface Call<Reply> {
  readonly method: Method
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Pure. Must not throw: an unreadable body is `info`. */
  read(response: HttpResponse): Interpretation<Reply>
}

export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Interpretation<Reply> {
  readonly outcome: Outcome
  /** Row id of the outcome table. */
  readonly reason: string
  readonly errorCode?: string
  /** Present with outcome ok, and with a superseded answer (outcome fail). */
  readonly reply?: Reply
  /**
   * What the history keeps of it: the reply without secrets. Present exactly when `reply` is. Neither is there for a log-out,
   * nor for a submit that is answered without a result: nothing was told that could be compared. Of a log-in form nothing is told.
   */
  readonly told?: Told
  /** Seconds the backend asked to wait (`Retry-After`). */
  readonly retryAfterSeconds?: number
}
