import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ExamApi, Tokens } from '../../helpers/candidate/exam-api.ts'
import { replyReader, toldOk } from '../../helpers/candidate/read-reply.ts'
import type { ToldAnswer } from '../../helpers/history/operation.ts'
import { outcomeOf } from '../../helpers/history/outcome.ts'

const JSON_BODY = { 'content-type': 'application/json' } as const

/** Aula's words for the states of an attempt, and those of the rehearsal. */
const STATUS = { open: 'ACTIVE', finished: 'SUBMITTED', timed_out: 'EXPIRED' } as const
const STATE = z.enum(['open', 'finished', 'timed_out'])

const LOGIN = z.object({ token: z.string().min(1) })
const ATTEMPT = z.object({
  id: z.string().min(1),
  exam: z.string(),
  state: STATE,
  deadline: z.string(),
  questions: z.int(),
})
const BEGUN = z.object({ attempt: ATTEMPT })
const LINES = z.array(z.object({ line: z.int(), question: z.string().min(1), choice: z.int().nullable() }))
const SHOWN = z.object({ attempt: ATTEMPT, secondsLeft: z.number(), lines: LINES })
const SHEET = z.object({ sheet: z.array(z.object({ id: z.string().min(1) })) })
const SAVED = z.object({ question: z.string().min(1), choice: z.int().nullable() })
const FINISHED = z.object({
  attempt: z.string().min(1),
  state: STATE,
  ended: z.string(),
  points: z.int(),
  maxPoints: z.int(),
})
const RESULT = z.object({ attempt: z.string().min(1), lines: LINES })

const { read, refusal } = replyReader({
  codeField: 'error',
  // What Aula says with a status of its own choice; each is documented as without effect.
  classify(status, error) {
    if (status === 425 && error === 'exam_not_open') return outcomeOf('exam-not-open')
    if (status === 410) return outcomeOf(error === 'attempt_closed' ? 'session-closed' : 'conflict')
    return status === 423 ? outcomeOf('forbidden') : undefined
  },
})

/**
 * How candidates speak to Aula: five to ten small functions, each one HTTP call and how to read its answer. It knows no
 * version of an answer, no idempotency key and no mark for review, so what the candidate has of these is not sent; the
 * capabilities in `platform.ts` say so, and the report names what therefore could not be judged.
 */
export const aulaApi: ExamApi = {
  name: 'aula',

  login: ({ email, password }) => ({
    method: 'POST',
    path: '/api/login',
    headers: JSON_BODY,
    body: JSON.stringify({ login: email, password }),
    read: (response) =>
      read(response, LOGIN, ({ token }) => ({
        ...outcomeOf('success'),
        // One token for the whole day: there is no second one to renew it with.
        reply: { accessToken: token, refreshToken: token },
        told: { kind: 'tokens' },
      })),
  }),

  // A log-in lasts the whole day: nobody asks for these, and Aula has no such addresses.
  refreshToken: () => ({ method: 'POST', path: '/api/login/renew', headers: {}, read: refusal }),
  logout: () => ({ method: 'POST', path: '/api/logout', headers: {}, read: refusal }),

  createSession: (tokens, { examId, paper }) => ({
    method: 'POST',
    path: `/api/exam/${encodeURIComponent(examId)}/attempts`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, BEGUN, ({ attempt }) =>
        attempt.exam === examId && attempt.questions === paper.count
          ? toldOk(toldSession(attempt, response.status === 201))
          : outcomeOf('echo-mismatch'),
      ),
  }),

  currentSession: (tokens, examId) => ({
    method: 'GET',
    path: `/api/exam/${encodeURIComponent(examId)}/attempts/mine`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, BEGUN, ({ attempt }) =>
        attempt.exam === examId ? toldOk(toldSession(attempt, false)) : outcomeOf('echo-mismatch'),
      ),
  }),

  readSession: (tokens, session) => ({
    method: 'GET',
    path: attemptPath(session),
    headers: bearer(tokens),
    read: (response) =>
      read(response, SHOWN, ({ attempt, secondsLeft, lines }) =>
        attempt.id === session
          ? toldOk({
              kind: 'paper',
              session,
              status: STATUS[attempt.state],
              remainingSeconds: secondsLeft,
              answers: lines.map(toldAnswer),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  readQuestions: (tokens, session, from, count) => ({
    method: 'GET',
    // Positions count from 1, Aula's offset from 0.
    path: `${attemptPath(session)}/sheet?offset=${from - 1}&limit=${count}`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, SHEET, ({ sheet }) => toldOk({ kind: 'questions', questions: sheet.map(({ id }) => id) })),
  }),

  saveAnswer: (tokens, { session, question, value }) => ({
    method: 'POST',
    path: `${attemptPath(session)}/answers`,
    headers: { ...JSON_BODY, ...bearer(tokens) },
    body: JSON.stringify({ question, choice: value }),
    read: (response) =>
      read(response, SAVED, (saved) =>
        saved.question === question && saved.choice === value
          ? toldOk({ kind: 'answer', session, superseded: false, ...toldAnswer(saved) })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  submit: (tokens, session) => ({
    method: 'POST',
    path: `${attemptPath(session)}/finish`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, FINISHED, (body) =>
        body.attempt === session && body.state !== 'open'
          ? toldOk({
              kind: 'submission',
              session,
              status: STATUS[body.state],
              submittedAt: body.ended,
              scoreCorrect: body.points,
              scoreTotal: body.maxPoints,
              bodyHash: createHash('sha256').update(response.body).digest('hex'),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  review: (tokens, session) => ({
    method: 'GET',
    path: `${attemptPath(session)}/result`,
    headers: bearer(tokens),
    read: (response) =>
      read(response, RESULT, ({ attempt, lines }) =>
        attempt === session
          ? toldOk({ kind: 'review', session, answers: lines.map(toldAnswer) })
          : outcomeOf('echo-mismatch'),
      ),
  }),
}

function attemptPath(session: string): string {
  return `/api/exam/attempts/${encodeURIComponent(session)}`
}

function bearer({ accessToken }: Tokens): { readonly authorization: string } {
  return { authorization: `Bearer ${accessToken}` }
}

function toldSession(attempt: z.infer<typeof ATTEMPT>, created: boolean) {
  return {
    kind: 'session',
    session: attempt.id,
    status: STATUS[attempt.state],
    created,
    expiresAt: attempt.deadline,
    totalQuestions: attempt.questions,
  } as const
}

/** Aula tells no version. */
function toldAnswer({ question, choice }: { question: string; choice: number | null }): ToldAnswer {
  return { question, version: null, value: choice }
}
