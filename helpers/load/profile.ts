/** Everything that shapes a rehearsal, in one place and with units. `profiles.ts` holds the named ones. */
export interface Profile {
  readonly name: 'smoke' | 'proof' | 'dev' | 'nightly' | 'release'
  /** Registered candidates of one exam day. */
  readonly candidates: number
  readonly questions: number
  /** Log-ins arrive spread over this time (open model). */
  readonly arrivalsMs: number
  /** After the barrier, 100 % of candidates must hold their session within this time. */
  readonly startWithinMs: number
  /** Candidates answer for this long (closed model with think time). */
  readonly steadyMs: number
  readonly thinkTime: { readonly minMs: number; readonly maxMs: number }
  /** Submits spread over this time before the deadline. */
  readonly submitSpreadMs: number
  /** Share of answers that are changed later, 0..1. */
  readonly revisedAnswers: number
  /** Share of candidates that reload and resume during the exam, 0..1. */
  readonly resumeReads: number
  /** Share of candidates whose submit is sent twice at the same moment, 0..1. */
  readonly doubleSubmits: number
  /** Share of candidates that never submit and are closed by the sweeper, 0..1. */
  readonly vanish: number
  /** Share of candidates whose client re-sends an older answer event after a newer one was acknowledged (a late retry from an outbox), 0..1. */
  readonly lateRetries: number
  readonly clientTimeoutMs: number
  readonly retries: { readonly attempts: number; readonly firstBackoffMs: number; readonly maxBackoffMs: number }
  readonly thresholds: Thresholds
  /** Caps on the stack so that the generator keeps its share; absent: uncapped. */
  readonly stackCpus?: number
}

export interface Thresholds {
  readonly p95Ms: number
  /** 0..1, logical operations that failed or stayed unresolved ÷ attempted. */
  readonly errorRate: number
  /** 0..1 */
  readonly databasePool: number
  /** Barrier: errors among the first attempts, 0..1. */
  readonly startBurstErrorRate: number
}
