import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { latencyHistogram, recordUs, summarise } from '../helpers/load/histogram.ts'
import type { LatencySummary } from '../helpers/load/latency.ts'

/**
 * A program: the trivial exam backend that every tool talks to. It keeps nothing, echoes each answer, and counts.
 * Started with an IPC channel: it tells its port, for `count` what it has counted so far, and for `log` how long its
 * answers took by its own clock.
 *
 * node bench/load-server.ts <at-once|held>
 *
 * `held`: each answer is held for a while, as a backend that has something to do would.
 */

/** What the server has counted since it was started. */
export interface ServerCount {
  /** Answers that were echoed. */
  readonly answers: number
  /** Connections that have sent at least one answer. */
  readonly connections: number
  /** Requests that it did not understand. */
  readonly refused: number
}

/** How long answers took from their request to the end of the reply, by the server alone. */
export type ServerLog = LatencySummary

/**
 * How long answers are held: 5 ms and an exponential rest, half of them more than 12, one of a hundred more than 51 ms.
 * Smooth, because at a step between two durations the smallest share of late answers would move a percentile far.
 */
const HELD_MS = Array.from({ length: 1_000 }, (_, rank) => 5 - 10 * Math.log(1 - (rank + 0.5) / 1_000))
export const MEAN_HELD_MS = HELD_MS.reduce((sum, ms) => sum + ms, 0) / HELD_MS.length
/** Has no common part with the number of durations: short and long follow one another, and each comes equally often. */
const STRIDE = 619

/** As many as the paper that the candidates ask for. */
export const QUESTIONS = 12

export const SESSION = '5e55104e-0000-4000-8000-000000000001'

const ANSWER_PATH = `/v1/sessions/${SESSION}/answer`
const IDLE_MS = 120_000
const BACKLOG = 4_096

if (import.meta.main) serve()

function serve(): void {
  const answering = new WeakSet<Socket>()
  let answers = 0
  let connections = 0
  let refused = 0
  const isHeld = process.argv[2] === 'held'
  const log = latencyHistogram()

  const server = createServer((request, response) => {
    const startedMs = performance.now()
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      const body = request.url === ANSWER_PATH ? echoOf(text) : otherReply(request)
      if (request.url === ANSWER_PATH && body !== undefined) {
        answers += 1
        if (!answering.has(request.socket)) {
          answering.add(request.socket)
          connections += 1
        }
      }
      if (body === undefined) refused += 1
      const reply = (): void => {
        const payload = JSON.stringify(body ?? { error_code: 'NOT_UNDERSTOOD' })
        response.writeHead(body === undefined ? 400 : 200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(payload),
        })
        response.end(payload)
        if (isHeld && request.url === ANSWER_PATH) recordUs(log, (performance.now() - startedMs) * 1_000)
      }
      if (!isHeld || request.url !== ANSWER_PATH) reply()
      else setTimeout(reply, HELD_MS[(answers * STRIDE) % HELD_MS.length])
    })
  })
  server.keepAliveTimeout = IDLE_MS
  server.listen(0, '127.0.0.1', BACKLOG, () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.on('message', (what: 'count' | 'log') =>
    process.send?.(
      what === 'log'
        ? (summarise(log, refused) satisfies ServerLog)
        : ({ answers, connections, refused } satisfies ServerCount),
    ),
  )
  process.on('disconnect', () => process.exit(0))
}

/** What a backend says that has stored exactly this answer; nothing for what is no answer. */
function echoOf(text: string): unknown {
  try {
    const { question_id, selected_index, client_seq, client_event_id } = JSON.parse(text) as Record<string, unknown>
    if (question_id === undefined || client_event_id === undefined) return undefined
    return { answer: { question_id, selected_index, client_seq, client_event_id } }
  } catch {
    return undefined
  }
}

/** What a candidate asks for on its way in. */
function otherReply({ method, url }: IncomingMessage): unknown {
  const session = {
    session_id: SESSION,
    status: 'ACTIVE',
    total_questions: QUESTIONS,
    expires_at: '2099-01-01T00:00:00.000Z',
  }
  const questions = Array.from({ length: QUESTIONS }, (_, index) => ({
    position: index + 1,
    question_id: `question-${index}`,
    selected_index: null,
    client_seq: null,
  }))
  if (url === '/v1/auth/login') return { tokens: { access_token: 'access', refresh_token: 'refresh' } }
  if (url === '/v1/auth/logout') return {}
  if (url === '/v1/sessions' && method === 'POST') return session
  if (url === `/v1/sessions/${SESSION}`) return { session, questions, remaining_seconds: 3_600 }
  if (url?.startsWith(`/v1/sessions/${SESSION}/questions`)) return { questions }
  return undefined
}
