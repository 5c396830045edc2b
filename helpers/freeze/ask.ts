import { randomUUID } from 'node:crypto'
import { openConnection } from '../candidate/connection.ts'
import type { Method } from '../candidate/exam-api.ts'
import type { Clock } from '../clock.ts'

const TIMEOUT_MS = 2_500

/** One request and what came of it. */
export interface Answer {
  readonly requestId: string
  readonly invokeUs: number
  readonly completeUs: number
  readonly status: number | null
  readonly worker: string | null
  /** The body, parsed; null: there is none, or it is no JSON. */
  readonly json: unknown
  readonly problem?: string
}

export interface Question {
  readonly method: Method
  readonly path: string
  /** By which the platform knows who asks; absent: nobody does. */
  readonly authorisation?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/**
 * Ask once, over a new connection, so that any worker may get it. Never rejects: no answer is an answer, too. The end of
 * the day does not cut it short: a probe without an answer would be missing evidence, and it is over in 2.5 s at most.
 */
export async function askOnce(baseUrl: () => string, clock: Clock, question: Question): Promise<Answer> {
  const requestId = `freeze-${randomUUID()}`
  await using connection = openConnection({ baseUrl })
  const invokeUs = clock.nowUs()
  const exchange = await connection.send(
    {
      method: question.method,
      path: question.path,
      headers: {
        ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...question.authorisation,
      },
      ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
    },
    { requestId, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal },
  )
  const completeUs = clock.nowUs()
  if (exchange.kind === 'error') {
    const { message, name } = exchange.error
    return { requestId, invokeUs, completeUs, status: null, worker: null, json: null, problem: message || name }
  }
  const { status, headers, body } = exchange.response
  return { requestId, invokeUs, completeUs, status, worker: headers['x-worker'] ?? null, json: parse(body) }
}

/** A field of a JSON object; undefined where there is none. */
export function fieldOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>)[name] : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON is a finding of whoever expected some.
    return null
  }
}
