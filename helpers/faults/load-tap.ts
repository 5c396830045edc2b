import type { History } from '../checkers/checker.ts'
import { type Completion, GUEST_STEP, type Invocation, type OperationName } from '../history/operation.ts'
import type { Recorder } from '../history/recorder.ts'
import { startsAtOnce } from '../history/starts-at-once.ts'

/** One attempt of a candidate, as far as recovery is judged by it. Times are µs since the run's epoch. */
export interface Attempt {
  readonly f: OperationName
  readonly step: string
  readonly intendedUs: number
  readonly sentUs: number
  /** null: still under way. */
  completedUs: number | null
  /** Neither acknowledged nor an expected refusal. */
  failed: boolean
  /** Row of the outcome table. */
  reason: string
  /** A 503 that does not say when to come back. */
  isUntold: boolean
}

/** HTTP: it cannot serve now, and should say when it can. */
const SERVICE_UNAVAILABLE = 503

/** Counts what is recorded while it happens, so that a fault can wait for the state of the exam and see what follows. */
export interface LoadTap {
  /** A recorder that passes everything on to `recorder`, and listens. */
  onto(recorder: Recorder): Recorder
  /** Acknowledged operations of this name so far. */
  acknowledged(f: OperationName): number
  /** All attempts so far, in the order they were sent. */
  readonly attempts: readonly Attempt[]
}

/**
 * Refusals that only a platform gives that is up and knows what it holds. Whether they were right is for the checkers.
 */
const EXPECTED_REASONS: ReadonlySet<string> = new Set(['success', 'superseded', 'session-closed'])

/** The doors are closed: to who has not been in yet, and to nobody who knocks after the first was let in. */
const EXAM_NOT_OPEN = 'exam-not-open'

/** Who has no session yet looks for one, as a reload does before the doors open: that there is none is right. */
const NOT_FOUND = 'not-found'

/** An access token has run its time: the client renews it and asks again, on the best of days. But it must help. */
const TOKEN_EXPIRED = 'TOKEN_EXPIRED'

/** Operations that need no access token, so that their success does not show that a new one is good. */
const WITHOUT_TOKEN: ReadonlySet<OperationName> = new Set(['open-login', 'login', 'refresh-token', 'logout'])

export function tapLoad(): LoadTap {
  const attempts: Attempt[] = []
  const open = new Map<number, { readonly attempt: Attempt; readonly candidate: string; readonly device: string }>()
  /** Who has been let into the exam, and when first, µs: whoever knocks twice at once may hear of closed doors after that. */
  const enteredUs = new Map<string, number>()
  /** When the first was let in, µs. The warm-up's sessions are of nobody's exam. */
  let doorsOpenUs = Number.POSITIVE_INFINITY
  /** When a device was first told that its token is too old, µs, since something was last accepted from it. */
  const expiredUs = new Map<string, number>()
  const acknowledged = new Map<OperationName, number>()
  const starts = startsAtOnce()

  const invoked = (index: number, invocation: Omit<Invocation, 'type' | 'index'>): void => {
    const { candidate, connection, f, step, intendedUs, timeUs } = invocation
    starts.sent(index, invocation)
    const attempt: Attempt = {
      f,
      step,
      intendedUs,
      sentUs: timeUs,
      completedUs: null,
      failed: false,
      reason: 'open-at-end',
      isUntold: false,
    }
    attempts.push(attempt)
    open.set(index, { attempt, candidate, device: `${candidate} ${connection}` })
  }
  const completed = (completion: Omit<Completion, 'index'>): void => {
    const { invocation, type, reason, status, errorCode, retryAfterSeconds, timeUs } = completion
    const isSentAway = starts.ended(completion)
    const started = open.get(invocation)
    open.delete(invocation)
    if (started === undefined) return
    const { attempt, candidate, device } = started
    attempt.completedUs = timeUs
    attempt.reason = reason
    attempt.isUntold = status === SERVICE_UNAVAILABLE && retryAfterSeconds === undefined
    const expected =
      EXPECTED_REASONS.has(reason) ||
      isSentAway ||
      (reason === EXAM_NOT_OPEN && attempt.sentUs <= Math.min(doorsOpenUs, enteredUs.get(candidate) ?? Infinity)) ||
      (reason === NOT_FOUND && attempt.f === 'current-session' && !enteredUs.has(candidate)) ||
      // Sent before the refusal was known: the client could not have renewed its token yet.
      (errorCode === TOKEN_EXPIRED && attempt.sentUs <= (expiredUs.get(device) ?? Infinity))
    attempt.failed = type !== 'ok' && !expected
    // The first counts: with each refusal a later one, a token that never gets good would be excused again and again.
    if (errorCode === TOKEN_EXPIRED && !expiredUs.has(device)) expiredUs.set(device, timeUs)
    if (type === 'ok' && attempt.f === 'create-session') {
      if (!enteredUs.has(candidate)) enteredUs.set(candidate, timeUs)
      if (attempt.step !== 'warm-up') doorsOpenUs = Math.min(doorsOpenUs, timeUs)
    }
    if (type === 'ok' && !WITHOUT_TOKEN.has(attempt.f)) expiredUs.delete(device)
    if (type === 'ok') acknowledged.set(attempt.f, (acknowledged.get(attempt.f) ?? 0) + 1)
  }

  return {
    attempts,
    acknowledged: (f) => acknowledged.get(f) ?? 0,
    onto: (recorder) => ({
      invoke(invocation) {
        const index = recorder.invoke(invocation)
        invoked(index, invocation)
        return index
      },
      complete(completion) {
        recorder.complete(completion)
        completed(completion)
      },
    }),
  }
}

/**
 * The attempts of a history that was recorded, as the tap that listened to it had them: without those of guests, who are
 * refused on purpose.
 */
export function attemptsOf(history: History): readonly Attempt[] {
  let next = 0
  const tap = tapLoad()
  const recorder = tap.onto({ invoke: () => next, complete: () => undefined })
  for (const event of history.events()) {
    if (event.type === 'invoke') {
      // Its completion then belongs to nothing that was heard.
      if (event.step === GUEST_STEP) continue
      next = event.index
      recorder.invoke(event)
    } else recorder.complete(event)
  }
  return tap.attempts
}
