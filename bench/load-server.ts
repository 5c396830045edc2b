import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * A program: the trivial exam backend that every tool talks to. It keeps nothing, echoes each answer, and counts.
 * Started with an IPC channel: it tells its port, and for every message that it gets what it has counted so far.
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

  const server = createServer((request, response) => {
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
      const payload = JSON.stringify(body ?? { error_code: 'NOT_UNDERSTOOD' })
      response.writeHead(body === undefined ? 400 : 200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      })
      response.end(payload)
    })
  })
  server.keepAliveTimeout = IDLE_MS
  server.listen(0, '127.0.0.1', BACKLOG, () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.on('message', () => process.send?.({ answers, connections, refused } satisfies ServerCount))
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
