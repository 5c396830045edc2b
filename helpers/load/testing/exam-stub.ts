import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a test wants instead of the normal answer. `drop`: the socket is cut, before or after the work is done. */
export type Interference =
  | { readonly status: number; readonly errorCode: string; readonly retryAfterSeconds?: number }
  | { readonly body: string }
  | 'drop-before'
  | 'drop-after'
  | 'never-answer'

export interface StubRequest {
  readonly method: string
  readonly path: string
  readonly requestId: string
  /** 1 for the first request of this method and path shape. */
  readonly nth: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

export interface ExamStub extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly StubRequest[]
  readonly connections: number
  /** The stored answers of one session. */
  answersOf(session: string): ReadonlyMap<string, { readonly value: number | null; readonly version: number }>
}

interface Stored {
  value: number | null
  version: number
  nonce: string
}

interface Session {
  readonly id: string
  readonly email: string
  readonly paper: readonly string[]
  readonly answers: Map<string, Stored>
  readonly replies: Map<string, unknown>
  submission?: string
}

/**
 * An exam backend in memory that keeps the contract, for tests of the load side. It is no model of the reference
 * backend: it only has to answer candidates correctly, and to misbehave where a test says so.
 */
export async function startExamStub(options: {
  readonly questions: number
  /** How long each request takes; a function where it depends on the request. */
  readonly latencyMs?: number | ((request: StubRequest) => number)
  readonly interfere?: (request: StubRequest) => Interference | undefined
  /** A log-in wants the cookie and the token of a form (GET) that no other log-in has used. */
  readonly demandsForm?: boolean
}): Promise<ExamStub> {
  const sessions = new Map<string, Session>()
  const byEmail = new Map<string, Session>()
  const requests: StubRequest[] = []
  const counts = new Map<string, number>()
  let connections = 0

  /** Tokens of the forms that were given out and not yet used, by their cookie. */
  const forms = new Map<string, string>()

  const work = (
    request: StubRequest,
    email: string,
    key: string,
  ): { status: number; body: unknown; cookie?: string } => {
    const { method, path, body, headers } = request
    if (options.demandsForm === true && path === '/v1/auth/login') {
      if (method === 'GET') {
        const [cookie, csrf] = [`sid=${randomUUID()}`, randomUUID()]
        forms.set(cookie, csrf)
        return { status: 200, body: { csrf }, cookie: `${cookie}; Path=/; HttpOnly` }
      }
      const form = forms.get(String(headers.cookie))
      forms.delete(String(headers.cookie))
      if (form === undefined || headers['x-csrf-token'] !== form) return refuse(403, 'CSRF_FAILED')
    }
    if (path === '/v1/auth/login') return { status: 200, body: tokens(String(body.email)) }
    if (path === '/v1/auth/refresh')
      return { status: 200, body: tokens(String(body.refresh_token).slice('refresh-'.length)) }
    if (path === '/v1/auth/logout') return { status: 200, body: {} }
    if (path.startsWith('/v1/sessions/current')) {
      const session = byEmail.get(email)
      return session === undefined ? refuse(404, 'SESSION_NOT_FOUND') : { status: 200, body: summary(session) }
    }
    if (path === '/v1/sessions' && method === 'POST') {
      const existing = byEmail.get(email)
      if (existing !== undefined) return { status: 200, body: summary(existing) }
      const session: Session = {
        id: randomUUID(),
        email,
        paper: Array.from({ length: options.questions }, (_, index) => `${email}-q${index}`),
        answers: new Map(),
        replies: new Map(),
      }
      sessions.set(session.id, session)
      byEmail.set(email, session)
      return { status: 201, body: summary(session) }
    }
    const [, id = '', part = ''] = /^\/v1\/sessions\/([^/?]+)\/?(\w*)/.exec(path) ?? []
    const session = sessions.get(id)
    if (session === undefined) return refuse(404, 'SESSION_NOT_FOUND')
    if (part === '') return { status: 200, body: reading(session) }
    if (part === 'questions')
      return { status: 200, body: { questions: session.paper.map((question_id) => ({ question_id })) } }
    if (part === 'answer') return answer(session, body)
    if (part === 'review') return { status: 200, body: { session: { session_id: id }, questions: stored(session) } }
    session.submission ??= JSON.stringify({
      session_id: id,
      status: 'SUBMITTED',
      submitted_at: '2026-06-01T09:00:00.000Z',
      score_correct: 1,
      score_total: options.questions,
      key,
    })
    return { status: 200, body: JSON.parse(session.submission) }
  }

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const path = request.url ?? ''
    const shape = `${request.method} ${path.replace(/[0-9a-f-]{36}/, ':id').split('?')[0]}`
    const nth = (counts.get(shape) ?? 0) + 1
    counts.set(shape, nth)
    const seen: StubRequest = {
      method: request.method ?? '',
      path,
      requestId: String(request.headers['x-request-id']),
      headers: request.headers,
      nth,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    }
    requests.push(seen)
    const interference = options.interfere?.(seen)
    const { latencyMs } = options
    const takesMs = typeof latencyMs === 'function' ? latencyMs(seen) : latencyMs
    if (takesMs !== undefined) await new Promise((resolve) => setTimeout(resolve, takesMs))
    if (interference === 'never-answer') return
    if (interference === 'drop-before') {
      response.socket?.destroy()
      return
    }
    const headers = { 'content-type': 'application/json', 'x-worker': `worker-${(requests.length % 2) + 1}` }
    if (typeof interference === 'object' && 'status' in interference) {
      const { status, errorCode, retryAfterSeconds } = interference
      response.writeHead(status, {
        ...headers,
        ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      })
      response.end(JSON.stringify({ error_code: errorCode, message: '', details: [], request_id: seen.requestId }))
      return
    }
    const email = String(request.headers.authorization ?? '').replace('Bearer access-', '')
    const { status, body, cookie } = work(seen, email, String(request.headers['idempotency-key']))
    if (interference === 'drop-after') {
      response.socket?.destroy()
      return
    }
    response.writeHead(status, { ...headers, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) })
    response.end(interference === undefined ? JSON.stringify(body) : interference.body)
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections
    },
    answersOf: (session) => sessions.get(session)?.answers ?? new Map(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function tokens(email: string): unknown {
  return {
    user: { email },
    tokens: { access_token: `access-${email}`, refresh_token: `refresh-${email}`, token_type: 'Bearer' },
  }
}

function refuse(status: number, error_code: string): { status: number; body: unknown } {
  return { status, body: { error_code, message: '', details: [], request_id: '' } }
}

function summary(session: Session): Record<string, unknown> {
  return {
    session_id: session.id,
    status: session.submission === undefined ? 'ACTIVE' : 'SUBMITTED',
    total_questions: session.paper.length,
    expires_at: '2026-06-01T10:00:00.000Z',
  }
}

function stored(session: Session): readonly unknown[] {
  return session.paper.map((question_id, index) => {
    const kept = session.answers.get(question_id)
    return {
      position: index + 1,
      question_id,
      selected_index: kept?.value ?? null,
      client_seq: kept?.version ?? null,
      client_event_id: kept?.nonce ?? null,
    }
  })
}

function reading(session: Session): unknown {
  return { session: summary(session), questions: stored(session), remaining_seconds: 600 }
}

function answer(session: Session, body: StubRequest['body']): { status: number; body: unknown } {
  const question = String(body.question_id)
  const nonce = String(body.client_event_id)
  const version = Number(body.client_seq)
  const replay = session.replies.get(nonce)
  if (replay !== undefined) return { status: 200, body: replay }
  if (session.submission !== undefined) return refuse(409, 'SESSION_CLOSED')
  const kept = session.answers.get(question)
  const superseded = kept !== undefined && version <= kept.version
  if (!superseded) {
    const value = 'selected_index' in body ? (body.selected_index as number | null) : (kept?.value ?? null)
    session.answers.set(question, { value, version, nonce })
  }
  const now = session.answers.get(question) as Stored
  const reply = {
    answer: { question_id: question, selected_index: now.value, client_seq: now.version, client_event_id: now.nonce },
    ...(superseded ? { superseded: true } : {}),
  }
  if (!superseded) session.replies.set(nonce, reply)
  return { status: 200, body: reply }
}
