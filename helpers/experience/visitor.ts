import { completionOf } from '../candidate/completion-of.ts'
import { openConnection } from '../candidate/connection.ts'
import type { Call, HttpResponse, Interpretation } from '../candidate/exam-api.ts'
import { readingOf } from '../candidate/reading-of.ts'
import type { Clock } from '../clock.ts'
import { GUEST_STEP, type Invocation, type OperationName } from '../history/operation.ts'
import type { Recorder } from '../history/recorder.ts'

/** A registered candidate who follows a script instead of the plan of the load, on one device. */
export interface VisitorOptions {
  readonly candidate: string
  /** `main`, `second-device`, ... */
  readonly device: string
  /** Asked for each new connection. */
  readonly baseUrl: () => string
  readonly recorder: Recorder
  readonly clock: Clock
  readonly timeoutMs: number
  /** Added to every request; asked each time. */
  readonly headers?: () => Readonly<Record<string, string>>
  /** Aborted: what is in flight is given up. */
  readonly signal: AbortSignal
}

/** One request of a script. */
export interface VisitorWish<Reply>
  extends Pick<Invocation, 'session' | 'question' | 'version' | 'value' | 'nonce' | 'idempotencyKey'> {
  readonly f: OperationName
  readonly call: Call<Reply>
  readonly attempt?: number
}

/** How it was answered. Times are µs since the run's epoch. */
export interface Answered<Reply> extends Interpretation<Reply> {
  readonly requestId: string
  readonly sentUs: number
  readonly completedUs: number
  /** Absent: no answer came. */
  readonly response?: HttpResponse
}

/** One device in the hands of somebody with a script. Does one thing at a time. */
export interface Visitor extends AsyncDisposable {
  /** Of the device. */
  readonly name: string
  /** One attempt, written into the history like those of every candidate. Never rejects. */
  ask<Reply>(wish: VisitorWish<Reply>): Promise<Answered<Reply>>
  /** One request that no candidate's client would send, so that it is not in the history. Never rejects. */
  send(
    call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>,
  ): Promise<Omit<Answered<null>, keyof Interpretation<null>>>
}

/** @returns a device whose connection opens when it is first used */
export function openVisitor(options: VisitorOptions): Visitor {
  const { candidate, device, recorder, clock, timeoutMs, signal } = options
  const connection = openConnection({ baseUrl: options.baseUrl })
  let requests = 0

  const exchange = async (call: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>, requestId: string) =>
    connection.send({ ...call, headers: { ...call.headers, ...options.headers?.() } }, { requestId, timeoutMs, signal })
  const nextRequestId = (): string => {
    requests += 1
    return `guest-${candidate}-${device}-${requests}`
  }

  return {
    name: device,

    async ask({ f, call, attempt = 1, ...about }) {
      const requestId = nextRequestId()
      const sentUs = clock.nowUs()
      const invocation = recorder.invoke({
        timeUs: sentUs,
        intendedUs: sentUs,
        candidate,
        connection: device,
        f,
        step: GUEST_STEP,
        requestId,
        attempt,
        ...about,
      })
      const exchanged = await exchange(call, requestId)
      const completedUs = clock.nowUs()
      const response = exchanged.kind === 'response' ? exchanged.response : undefined
      const reading = readingOf(call, exchanged)
      const worker = response?.headers['x-worker']
      recorder.complete(completionOf(invocation, completedUs, reading, response?.status, worker))
      return { ...reading, requestId, sentUs, completedUs, ...(response === undefined ? {} : { response }) }
    },

    async send(call) {
      const requestId = nextRequestId()
      const sentUs = clock.nowUs()
      const exchanged = await exchange(call, requestId)
      const completedUs = clock.nowUs()
      return {
        requestId,
        sentUs,
        completedUs,
        ...(exchanged.kind === 'response' ? { response: exchanged.response } : {}),
      }
    },

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
