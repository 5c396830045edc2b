import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Recorder } from '../history/recorder.ts'
import { completionOf } from './completion-of.ts'
import { openConnection } from './connection.ts'
import type { Credentials, ExamApi, Interpretation, Tokens } from './exam-api.ts'
import { logInWith } from './log-in.ts'
import { readingOf } from './reading-of.ts'

const TIMEOUT_MS = 5_000

/** Somebody who is at work beside the candidates: an administrator, an invigilator. */
export interface Official {
  /** In the history. */
  readonly name: string
  readonly credentials: Credentials
  readonly api: Pick<ExamApi, 'login' | 'openLogin'>
  readonly baseUrl: () => string
  /** What its request ids begin with, before a dash. */
  readonly requestIdPrefix: string
  readonly clock: Clock
  readonly recorder: Recorder
  /** Aborted: what is in flight is given up. */
  readonly signal: AbortSignal
}

/**
 * Log in once, over a connection of its own, and write that down among what candidates did: the backend counts and logs it
 * like theirs. Nothing else that an official asks for is something that candidates ask for. Never rejects.
 */
export async function logInOnRecord(official: Official): Promise<Interpretation<Tokens>> {
  const { name, credentials, api, baseUrl, requestIdPrefix, clock, recorder, signal } = official
  await using connection = openConnection({ baseUrl })
  return await logInWith(api, credentials, async (f, make) => {
    const call = make()
    const requestId = `${requestIdPrefix}-${randomUUID()}`
    const timeUs = clock.nowUs()
    const invocation = recorder.invoke({
      timeUs,
      intendedUs: timeUs,
      candidate: name,
      connection: 'main',
      f,
      step: 'warm-up',
      requestId,
      attempt: 1,
    })
    const exchange = await connection.send(call, { requestId, timeoutMs: TIMEOUT_MS, signal })
    const completedUs = clock.nowUs()
    const response = exchange.kind === 'response' ? exchange.response : undefined
    const reading = readingOf(call, exchange)
    recorder.complete(completionOf(invocation, completedUs, reading, response?.status, response?.headers['x-worker']))
    return reading
  })
}
