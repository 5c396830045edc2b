import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ExamApi, Tokens } from '../../helpers/candidate/exam-api.ts'
import { replyReader, toldOk } from '../../helpers/candidate/read-reply.ts'
import { outcomeOf } from '../../helpers/history/outcome.ts'
import { definePlatform, type SeedRequest } from '../../helpers/platform/exam-platform.ts'

/*
 * How your backend is spoken to. Change paths, fields and status codes to yours, from top to bottom; the types say what
 * is still missing. Calls are pure: they build a request and read an answer, and never send anything.
 * examples/other-platform is the same for a backend that runs.
 */

// The bodies of your answers. A 2xx that is not like this proves nothing, and is counted so.
const LOGIN = z.object({ token: z.string().min(1) })
const SESSION = z.object({
  id: z.string().min(1),
  status: z.enum(['ACTIVE', 'SUBMITTED', 'EXPIRED']),
  expiresAt: z.string(),
  questionCount: z.int(),
})
const STORED = z.object({ questionId: z.string().min(1), choice: z.int().nullable() })
const PAPER = z.object({ session: SESSION, remainingSeconds: z.number(), answers: z.array(STORED) })
const QUESTIONS = z.object({ questions: z.array(z.object({ id: z.string().min(1) })) })
const RESULT = z.object({
  id: z.string().min(1),
  status: z.enum(['SUBMITTED', 'EXPIRED']),
  submittedAt: z.string(),
  correct: z.int(),
  total: z.int(),
})
const REVIEW = z.object({ id: z.string().min(1), answers: z.array(STORED) })

const { read, refusal } = replyReader({
  // Of an error body, the field with the code that programs act on; `error.code` where it lies within another object.
  codeField: 'code',
  // Only what your backend says with a status of its own. `session-closed` tells a candidate to stop; `exam-not-open` to
  // come back; a refusal that is certainly without effect is a fail, and whatever is not certain must stay `info`.
  classify(status, code) {
    if (status === 403 && code === 'EXAM_NOT_OPEN') return outcomeOf('exam-not-open')
    if (status === 409 && code === 'SESSION_CLOSED') return outcomeOf('session-closed')
    return undefined
  },
})

const json = { 'content-type': 'application/json' } as const
const bearer = ({ accessToken }: Tokens) => ({ authorization: `Bearer ${accessToken}` })
const sessionPath = (session: string) => `/api/sessions/${encodeURIComponent(session)}`

const api: ExamApi = {
  name: 'my-platform',

  // Cookies in place of a bearer token, or a log-in that needs a form first: `authorise` and `openLogin`, docs/adapter.md.
  login: ({ email, password }) => ({
    method: 'POST',
    path: '/api/login',
    headers: json,
    body: JSON.stringify({ email, password }),
    read: (response) =>
      read(response, LOGIN, ({ token }) => ({
        ...outcomeOf('success'),
        reply: { accessToken: token, refreshToken: token },
        told: { kind: 'tokens' },
      })),
  }),

  // Never asked for while the capabilities below say that there is none.
  refreshToken: () => ({ method: 'POST', path: '/api/refresh', headers: {}, read: refusal }),
  logout: () => ({ method: 'POST', path: '/api/logout', headers: {}, read: refusal }),

  createSession: (tokens, { examId, paper, idempotencyKey }) => ({
    method: 'POST',
    path: '/api/sessions',
    headers: { ...json, ...bearer(tokens), 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ examId }),
    read: (response) =>
      read(response, SESSION, (session) =>
        // Ok is only what is about exactly what was asked; anything else is an echo of something else.
        session.questionCount === paper.count
          ? toldOk(toldSession(session, response.status === 201))
          : outcomeOf('echo-mismatch'),
      ),
  }),

  currentSession: (tokens, examId) => ({
    method: 'GET',
    path: `/api/sessions/current?exam=${encodeURIComponent(examId)}`,
    headers: bearer(tokens),
    read: (response) => read(response, SESSION, (session) => toldOk(toldSession(session, false))),
  }),

  // `answers` lists every question of the paper, with `value: null` where nothing is chosen.
  readSession: (tokens, session) => ({
    method: 'GET',
    path: sessionPath(session),
    headers: bearer(tokens),
    read: (response) =>
      read(response, PAPER, (paper) =>
        paper.session.id === session
          ? toldOk({
              kind: 'paper',
              session,
              status: paper.session.status,
              remainingSeconds: paper.remainingSeconds,
              answers: paper.answers.map(toldAnswer),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  // Positions count from 1.
  readQuestions: (tokens, session, from, count) => ({
    method: 'GET',
    path: `${sessionPath(session)}/questions?from=${from}&count=${count}`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, QUESTIONS, ({ questions }) =>
        toldOk({ kind: 'questions', questions: questions.map(({ id }) => id) }),
      ),
  }),

  // `version` counts up for each question, `nonce` is of this one event: send them if your backend knows such things.
  saveAnswer: (tokens, { session, question, value }) => ({
    method: 'POST',
    path: `${sessionPath(session)}/answers`,
    headers: { ...json, ...bearer(tokens) },
    body: JSON.stringify({ questionId: question, choice: value }),
    read: (response) =>
      read(response, STORED, (stored) =>
        stored.questionId === question && stored.choice === value
          ? toldOk({ kind: 'answer', session, superseded: false, ...toldAnswer(stored) })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  submit: (tokens, session, idempotencyKey) => ({
    method: 'POST',
    path: `${sessionPath(session)}/submit`,
    headers: { ...bearer(tokens), 'idempotency-key': idempotencyKey },
    read: (response) =>
      read(response, RESULT, (result) =>
        result.id === session
          ? toldOk({
              kind: 'submission',
              session,
              status: result.status,
              submittedAt: result.submittedAt,
              scoreCorrect: result.correct,
              scoreTotal: result.total,
              // Every repeat must be answered with the same bytes.
              bodyHash: createHash('sha256').update(response.body).digest('hex'),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  review: (tokens, session) => ({
    method: 'GET',
    path: `${sessionPath(session)}/review`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, REVIEW, ({ id, answers }) =>
        id === session
          ? toldOk({ kind: 'review', session, answers: answers.map(toldAnswer) })
          : outcomeOf('echo-mismatch'),
      ),
  }),
}

function toldSession({ id, status, expiresAt, questionCount }: z.infer<typeof SESSION>, created: boolean) {
  return { kind: 'session', session: id, status, created, expiresAt, totalQuestions: questionCount } as const
}

/** `version: null`: the answer tells none. */
function toldAnswer({ questionId, choice }: z.infer<typeof STORED>) {
  return { question: questionId, version: null, value: choice }
}

const DENIED = { status: 401, code: 'UNAUTHENTICATED' } as const
const INVALID = { status: 422, code: 'INVALID' } as const
const NOT_FOUND = { status: 404, code: 'NOT_FOUND' } as const

export default definePlatform({
  name: 'my-platform',
  api,
  // The same addresses, as your backend counts and logs them.
  routes: {
    login: { method: 'POST', route: '/api/login', authenticated: false },
    'refresh-token': { method: 'POST', route: '/api/refresh', authenticated: false },
    logout: { method: 'POST', route: '/api/logout', authenticated: false },
    'create-session': { method: 'POST', route: '/api/sessions', authenticated: true },
    'current-session': { method: 'GET', route: '/api/sessions/current', authenticated: true },
    'read-session': { method: 'GET', route: '/api/sessions/:id', authenticated: true },
    'read-questions': { method: 'GET', route: '/api/sessions/:id/questions', authenticated: true },
    'save-answer': { method: 'POST', route: '/api/sessions/:id/answers', authenticated: true },
    submit: { method: 'POST', route: '/api/sessions/:id/submit', authenticated: true },
    review: { method: 'GET', route: '/api/sessions/:id/review', authenticated: true },
  },
  // 200 exactly when it can serve an exam; 200 as long as the process is there.
  health: { ready: '/ready', live: '/health' },
  // What candidates are told who ask for something wrong. Without a code only the status is compared.
  refusals: {
    envelope: { fields: ['code', 'message'], code: 'code', message: 'message' },
    to: {
      expiredToken: DENIED,
      reusedRefreshToken: DENIED,
      noToken: DENIED,
      unreadableToken: DENIED,
      wrongPassword: DENIED,
      malformedBody: INVALID,
      missingField: INVALID,
      largeBody: { status: 413 },
      unknownAddress: NOT_FOUND,
      unknownSession: NOT_FOUND,
      foreignSession: { status: 403 },
      reviewTooEarly: { status: 409 },
      keyConflict: { status: 409 },
      sessionClosed: { status: 409, code: 'SESSION_CLOSED' },
      tooManyLogIns: { status: 429 },
    },
  },
  // What it has. What it lacks is a named risk in every report, and is never taken for granted; so begin with nothing,
  // and turn on what the adapter above really uses.
  capabilities: {
    answerVersions: false,
    idempotentCreate: false,
    idempotentSubmit: false,
    // Needs `freeze`: which operations are refused while an exam is written, and how it is switched.
    runtimeFreezeToggle: false,
    // Needs `health.metrics`.
    metrics: false,
    requestLogs: false,
    tokenRefresh: false,
    logout: false,
    review: false,
    markForReview: false,
    // Two answers of one candidate at once are both saved, as when a page was offline for a moment. `false` where they are
    // refused because its client sends one after the other.
    overlappingAnswers: true,
    backgroundJobs: false,
    redis: true,
  },
  // One SELECT for each relation that the checks read, over your tables. Leave it out if they are the reference's.
  schema: './schema',
  seed,
})

/** Register the exam and its people in the freshly migrated database, as your backend keeps them. */
async function seed({ databaseUrl, exam, candidates }: SeedRequest): Promise<void> {
  throw new TypeError(
    `write seed() in platform.ts: exam ${exam.title} and ${candidates.length} people into ${new URL(databaseUrl).pathname}`,
  )
}
