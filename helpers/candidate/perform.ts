import type { Clock } from '../clock.ts'
import type { Invocation, OperationName } from '../history/operation.ts'
import { isRetryable, type Outcome } from '../history/outcome.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Meter, StepName } from '../load/meter.ts'
import type { Scheduler } from '../load/scheduler.ts'
import type { Random } from '../random.ts'
import { completionOf } from './completion-of.ts'
import type { Connection } from './connection.ts'
import type { Call, Interpretation } from './exam-api.ts'
import { readingOf } from './reading-of.ts'
import { backoffMs, type RetryPolicy } from './retry.ts'
import type { Slowness } from './slowness.ts'

/** One device of a candidate with everything it needs to do something and have it written down. */
export interface Device {
  readonly candidate: string
  /** `main`, `double-submit`, ... */
  readonly name: string
  readonly connection: Connection
  readonly recorder: Recorder
  readonly meter: Meter
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly retries: RetryPolicy
  /** Of the candidate, whatever device it sits at. */
  readonly slowness: Slowness
  readonly timeoutMs: number
  /** Aborted: no further attempt. */
  readonly stop: AbortSignal
  /** Aborted: give up what is in flight. */
  readonly cut: AbortSignal
  nextRequestId(): string
  /** Fresh tokens after a 401, on this device, for a wish of that step; false: there are none. */
  renew(step: StepName): Promise<boolean>
  /** Told of every wish that has come to its end. */
  onPerformed(wish: Wish<unknown>, done: Performed<unknown>): void
}

/** Something a candidate wants, however many attempts it takes. */
export interface Wish<Reply>
  extends Pick<Invocation, 'session' | 'question' | 'version' | 'value' | 'nonce' | 'idempotencyKey'> {
  readonly f: OperationName
  readonly step: StepName
  /** When the plan wanted it, µs. */
  readonly intendedUs: number
  /** Number of the first attempt; above 1 when an earlier event is sent once more. */
  readonly firstAttempt?: number
  /**
   * A refusal that is right and no error of the backend: an answer after the submit must be refused. Where that depends on
   * what became of another wish, it is asked for each refusal when it has come.
   */
  readonly rightRefusal?: string | ((reason: string) => boolean)
  /** The call, built anew for each attempt because tokens change. */
  call(): Call<Reply>
  /** Called after a 401, with the step of the wish; true when there are fresh tokens and another try makes sense. */
  readonly renew?: (step: StepName) => Promise<boolean>
  /** Called before each further attempt; false: it cannot be made. */
  readonly beforeRetry?: () => Promise<boolean>
  /** Told when the first request leaves, µs. */
  readonly onSent?: (sentUs: number) => void
  /** Told what came of it before anybody else is: sooner, and cheaper, than whoever waits for it. */
  onDone?(done: Performed<Reply>): void
}

/** What came of a wish: the last attempt decides. */
export interface Performed<Reply> extends Interpretation<Reply> {
  /** Number of the last attempt. */
  readonly attempts: number
  readonly intendedUs: number
  /** First attempt: when it left and when its answer was there, µs. */
  readonly first: { readonly sentUs: number; readonly completedUs: number; readonly outcome: Outcome }
  readonly completedUs: number
  readonly worker?: string
  /** At least one attempt had no definite outcome: the effect may be there although the last attempt failed. */
  readonly hadInfo: boolean
  /** At least one attempt went wrong in a way that the candidate noticed; expired tokens are not among them. */
  readonly disturbed: boolean
  /** At least one attempt found no socket on our own side. */
  readonly starved: boolean
  /** It failed, or its first attempt did, and no want of time explains why (`slowness.ts`). */
  readonly refused: boolean
}

/** The same, while it is put together. */
type Draft<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] }

/** Refusals that are part of the game and no error of the backend. */
const EXPECTED_REASONS: ReadonlySet<string> = new Set(['success', 'superseded', 'exam-not-open'])

function isError({ rightRefusal }: Pick<Wish<unknown>, 'rightRefusal'>, reason: string): boolean {
  // Nearly always, and known without looking it up.
  if (reason === 'success') return false
  if (EXPECTED_REASONS.has(reason)) return false
  return typeof rightRefusal === 'function' ? !rightRefusal(reason) : reason !== rightRefusal
}

/** Tokens may run out more than once while an outage lasts; more often than this it is no expiry. */
const MAX_RENEWALS = 2

/**
 * Carry out a wish: attempt, and as long as a real client would, attempt again. Every attempt is an operation of its
 * own in the history, with its own request id and intended time, and shares key and nonce with the others.
 */
export async function perform<Reply>(device: Device, wish: Wish<Reply>): Promise<Performed<Reply>> {
  const { clock, meter, recorder, retries, slowness, stop } = device
  const firstAttempt = wish.firstAttempt ?? 1
  let intendedUs = wish.intendedUs
  let first: Performed<Reply>['first'] | undefined
  let renewals = 0
  let hadInfo = false
  let disturbed = false
  let starved = false
  let waitingSinceUs = wish.intendedUs
  let firstError: boolean | undefined
  let firstReason = 'success'
  let refused = false

  for (let tries = 1; ; tries += 1) {
    const attempt = firstAttempt + tries - 1
    const call = wish.call()
    const requestId = device.nextRequestId()
    const sentUs = clock.nowUs()
    if (first === undefined) wish.onSent?.(sentUs)
    const invocation = recorder.invoke(asked(device, wish, { sentUs, intendedUs, requestId, attempt }))
    const exchange = await device.connection.send(call, { requestId, timeoutMs: device.timeoutMs, signal: device.cut })
    const completedUs = clock.nowUs()
    const response = exchange.kind === 'response' ? exchange.response : undefined
    const reading = readingOf(call, exchange)
    const { outcome, reason } = reading
    const wrong = isError(wish, reason)
    // That a token has run out is nobody's error; where it cannot be renewed, that request and the wish are.
    const renew = reason === 'unauthorized' && renewals < MAX_RENEWALS && !stop.aborted ? wish.renew : undefined
    const worker = response?.headers['x-worker']
    recorder.complete(completionOf(invocation, completedUs, reading, response?.status, worker))
    meter.attempt({
      step: wish.step,
      f: wish.f,
      intendedUs,
      sentUs,
      completedUs,
      outcome,
      reason,
      error: wrong && renew === undefined,
      attempt,
    })

    first ??= { sentUs, completedUs, outcome }
    hadInfo ||= outcome === 'info'
    disturbed ||= wrong && reason !== 'unauthorized'
    const isOurs = reason === 'generator-exhausted'
    starved ||= isOurs

    let again = reason !== 'success' && isRetryable(reason)
    let renewed = false
    if (renew !== undefined) {
      renewals += 1
      renewed = await renew(wish.step)
      again = renewed
    }
    // Whoever stops does not renew any more: its 401 proves nothing.
    const isRefusal = wrong && !stop.aborted && !slowness.explains(reason, completedUs)
    if (!isOurs && !renewed && firstError === undefined) {
      firstError = wrong
      if (wrong) firstReason = reason
      refused = isRefusal
    }
    if (wrong && !isOurs) slowness.notice(reason)
    // Asking again with a fresh token is no retry of the candidate's: whoever clicks once and no more does that, too.
    if (again && (renewed || tries < retries.attempts)) {
      const backoffUs = backoffMs(retries, tries, device.random, reading.retryAfterSeconds) * 1_000
      intendedUs = reason === 'unauthorized' ? clock.nowUs() : completedUs + backoffUs
      if (
        (await device.scheduler.until(intendedUs, stop)) &&
        (wish.beforeRetry === undefined || (await wish.beforeRetry()))
      ) {
        // What it took to get ready is on record as what it was.
        if (wish.beforeRetry !== undefined) intendedUs = clock.nowUs()
        if (isOurs || reason === 'exam-not-open') waitingSinceUs = intendedUs
        continue
      }
    }

    // A door that never opened is an error in the end, although knocking at it was none.
    const error = wrong || reason === 'exam-not-open'
    meter.logical({
      step: wish.step,
      f: wish.f,
      intendedUs: wish.intendedUs,
      waitingSinceUs,
      completedUs,
      attempts: tries,
      error,
      firstError: firstError ?? error,
      exhausted: isOurs,
      reason: error ? reason : firstReason,
      refused: refused || isRefusal,
    })
    const done: Draft<Performed<Reply>> = {
      outcome,
      reason,
      attempts: attempt,
      intendedUs: wish.intendedUs,
      first,
      completedUs,
      hadInfo,
      disturbed,
      starved,
      refused: refused || isRefusal,
    }
    if (reading.errorCode !== undefined) done.errorCode = reading.errorCode
    if (reading.reply !== undefined) done.reply = reading.reply
    if (reading.told !== undefined) done.told = reading.told
    if (reading.retryAfterSeconds !== undefined) done.retryAfterSeconds = reading.retryAfterSeconds
    if (worker !== undefined) done.worker = worker
    device.onPerformed(wish, done)
    wish.onDone?.(done)
    return done
  }
}

/** Field by field here and below: spreading an object for each that may be absent cost more than writing the line. */
function asked(
  { candidate, name }: Device,
  { f, step, session, question, version, value, nonce, idempotencyKey }: Wish<unknown>,
  {
    sentUs,
    intendedUs,
    requestId,
    attempt,
  }: Pick<Invocation, 'intendedUs' | 'requestId' | 'attempt'> & {
    readonly sentUs: number
  },
): Omit<Invocation, 'type' | 'index'> {
  const invocation: Draft<Omit<Invocation, 'type' | 'index'>> = {
    timeUs: sentUs,
    intendedUs,
    candidate,
    connection: name,
    f,
    step,
    requestId,
    attempt,
  }
  if (session !== undefined) invocation.session = session
  if (question !== undefined) invocation.question = question
  if (version !== undefined) invocation.version = version
  if (value !== undefined) invocation.value = value
  if (nonce !== undefined) invocation.nonce = nonce
  if (idempotencyKey !== undefined) invocation.idempotencyKey = idempotencyKey
  return invocation
}
