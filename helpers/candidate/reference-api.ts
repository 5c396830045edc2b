import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Told, ToldAnswer } from '../history/operation.ts'
import { outcomeOf } from '../history/outcome.ts'
import { spellingsOfExam } from '../spellings-of-exam.ts'
import type { Call, ExamApi, HttpResponse, Interpretation, Tokens, ToldOf } from './exam-api.ts'
import { replyReader } from './read-reply.ts'

const { read: readAs, refusal } = replyReader({ codeField: 'error_code' })

const JSON_BODY = { 'content-type': 'application/json' } as const

const TOKENS = z.object({ tokens: z.object({ access_token: z.string().min(1), refresh_token: z.string().min(1) }) })

const SESSION = z.object({
  session_id: z.string().min(1),
  exam_id: z.string().nullish(),
  status: z.string(),
  total_questions: z.int(),
  expires_at: z.string(),
})

const STORED_ANSWER = z.object({
  question_id: z.string().min(1),
  selected_index: z.int().nullable(),
  client_seq: z.int().nullable(),
  client_event_id: z.string().nullish(),
})

const PAPER = z.object({
  session: z.object({ session_id: z.string().min(1), status: z.string() }),
  questions: z.array(STORED_ANSWER.extend({ position: z.int() })),
  remaining_seconds: z.number(),
})

const QUESTIONS = z.object({ questions: z.array(z.object({ question_id: z.string().min(1) })) })

const ANSWER = z.object({
  answer: STORED_ANSWER.extend({ marked_for_review: z.boolean().optional() }),
  superseded: z.boolean().optional(),
})

const SUBMISSION = z.object({
  session_id: z.string().min(1),
  status: z.string(),
  submitted_at: z.string(),
  score_correct: z.int(),
  score_total: z.int(),
})

const REVIEW = z.object({ session: z.object({ session_id: z.string().min(1) }), questions: z.array(STORED_ANSWER) })

/**
 * How candidates speak to the reference backend, and to every backend with the same API. Pure: builds calls and reads
 * answers. An answer is only ok when it is about exactly what was sent; a 200 that echoes another question, version,
 * value, nonce or session is `echo-mismatch`.
 */
export const referenceApi: ExamApi = {
  name: 'reference',

  login: ({ email, password }) => ({
    method: 'POST',
    path: '/v1/auth/login',
    headers: JSON_BODY,
    body: JSON.stringify({ email, password }),
    read: readTokens,
  }),

  refreshToken: (refreshToken) => ({
    method: 'POST',
    path: '/v1/auth/refresh',
    headers: JSON_BODY,
    body: JSON.stringify({ refresh_token: refreshToken }),
    read: readTokens,
  }),

  logout: (tokens) => ({
    method: 'POST',
    path: '/v1/auth/logout',
    headers: { ...JSON_BODY, ...bearer(tokens) },
    body: JSON.stringify({ refresh_token: tokens.refreshToken }),
    read: (response) => (isSuccess(response) ? { ...outcomeOf('success'), reply: null } : refusal<null>(response)),
  }),

  createSession: (tokens, { examId, idempotencyKey, paper }) => ({
    method: 'POST',
    path: '/v1/sessions',
    headers: { ...JSON_BODY, ...bearer(tokens), 'idempotency-key': idempotencyKey },
    body: JSON.stringify({
      mode: 'EXAM',
      year: paper.year,
      blocks: paper.blocks,
      count: paper.count,
      duration_seconds: paper.durationSeconds,
      exam_id: examId,
    }),
    read: (response) =>
      readAs(response, SESSION, (body) =>
        isAbout(body.exam_id, examId) && body.total_questions === paper.count
          ? success(toldSession(body, response.status === 201))
          : outcomeOf('echo-mismatch'),
      ),
  }),

  currentSession: (tokens, examId) => ({
    method: 'GET',
    path: `/v1/sessions/current?exam_id=${encodeURIComponent(examId)}`,
    headers: bearer(tokens),
    read: (response) =>
      readAs(response, SESSION, (body) =>
        isAbout(body.exam_id, examId) ? success(toldSession(body, false)) : outcomeOf('echo-mismatch'),
      ),
  }),

  readSession: (tokens, session) => ({
    method: 'GET',
    path: `/v1/sessions/${encodeURIComponent(session)}`,
    headers: bearer(tokens),
    read: (response) =>
      readAs(response, PAPER, (body) =>
        body.session.session_id === session
          ? success({
              kind: 'paper',
              session,
              status: body.session.status,
              remainingSeconds: body.remaining_seconds,
              answers: body.questions.toSorted((one, other) => one.position - other.position).map(toldAnswer),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  readQuestions: (tokens, session, from, count) => ({
    method: 'GET',
    path: `/v1/sessions/${encodeURIComponent(session)}/questions?from=${from}&count=${count}`,
    headers: bearer(tokens),
    read: (response) =>
      readAs(response, QUESTIONS, (body) =>
        success({ kind: 'questions', questions: body.questions.map(({ question_id }) => question_id) }),
      ),
  }),

  saveAnswer: (tokens, { session, question, value, version, nonce, markedForReview, markOnly }) => ({
    method: 'POST',
    ...startOfAnswer(tokens, session),
    // What is undefined is not sent.
    body: JSON.stringify({
      question_id: question,
      selected_index: markOnly ? undefined : value,
      marked_for_review: markedForReview,
      client_event_id: nonce,
      client_seq: version,
    }),
    read: (response) =>
      readAs(response, ANSWER, ({ answer, superseded }): Interpretation<ToldOf<'answer'>> => {
        const told = toldSaved(session, superseded === true, answer)
        if (answer.question_id !== question) return outcomeOf('echo-mismatch')
        if (superseded) {
          // The stored answer is shown; one older than ours cannot have superseded it.
          const isNewer = answer.client_seq !== null && answer.client_seq >= version
          return isNewer ? { ...outcomeOf('superseded'), reply: told, told } : outcomeOf('echo-mismatch')
        }
        const isOwn =
          answer.client_seq === version && answer.client_event_id === nonce && answer.selected_index === value
        // A reply that says nothing of marks is believed: `no-lost-answer` looks into what is stored.
        const isMarked =
          markedForReview === undefined || (answer.marked_for_review ?? markedForReview) === markedForReview
        return isOwn && isMarked ? success(told) : outcomeOf('echo-mismatch')
      }),
  }),

  submit: (tokens, session, idempotencyKey) => ({
    method: 'POST',
    path: `/v1/sessions/${encodeURIComponent(session)}/submit`,
    headers: { ...bearer(tokens), 'idempotency-key': idempotencyKey },
    read: (response) =>
      readAs(response, SUBMISSION, (body) =>
        body.session_id === session
          ? success({
              kind: 'submission',
              session,
              status: body.status,
              submittedAt: body.submitted_at,
              scoreCorrect: body.score_correct,
              scoreTotal: body.score_total,
              bodyHash: createHash('sha256').update(response.body).digest('hex'),
            })
          : outcomeOf('echo-mismatch'),
      ),
  }),

  review: (tokens, session) => ({
    method: 'GET',
    path: `/v1/sessions/${encodeURIComponent(session)}/review`,
    headers: bearer(tokens),
    read: (response) =>
      readAs(response, REVIEW, (body) =>
        body.session.session_id === session
          ? success({ kind: 'review', session, answers: body.questions.map(toldAnswer) })
          : outcomeOf('echo-mismatch'),
      ),
  }),
}

function bearer({ accessToken }: Tokens): { readonly authorization: string } {
  return { authorization: `Bearer ${accessToken}` }
}

/** What every answer of a session begins with, until the tokens are renewed. */
interface StartOfAnswer {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

const startsOfAnswers = new WeakMap<Tokens, { readonly session: string; readonly start: StartOfAnswer }>()

/** The same objects as for the answer before: nearly everything that a candidate sends is one more answer. */
function startOfAnswer(tokens: Tokens, session: string): StartOfAnswer {
  const known = startsOfAnswers.get(tokens)
  if (known !== undefined && known.session === session) return known.start
  const path = `/v1/sessions/${encodeURIComponent(session)}/answer`
  const start = { path, headers: { ...JSON_BODY, ...bearer(tokens) } }
  startsOfAnswers.set(tokens, { session, start })
  return start
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status <= 299
}

/** An exam id that is not repeated says nothing; one that is must be the one that was asked for. */
function isAbout(echoed: string | null | undefined, examId: string): boolean {
  return echoed === undefined || echoed === null || spellingsOfExam(examId).includes(echoed)
}

function success<Reply extends Told>(told: Reply): Interpretation<Reply> {
  return { ...outcomeOf('success'), reply: told, told }
}

const readTokens: Call<Tokens>['read'] = (response) =>
  readAs(response, TOKENS, ({ tokens }) => ({
    ...outcomeOf('success'),
    reply: { accessToken: tokens.access_token, refreshToken: tokens.refresh_token },
    told: { kind: 'tokens' },
  }))

function toldSession(body: z.infer<typeof SESSION>, created: boolean): ToldOf<'session'> {
  return {
    kind: 'session',
    session: body.session_id,
    status: body.status,
    created,
    expiresAt: body.expires_at,
    totalQuestions: body.total_questions,
  }
}

function toldAnswer(answer: z.infer<typeof STORED_ANSWER>): ToldAnswer {
  const { question_id: question, client_seq: version, selected_index: value, client_event_id: nonce } = answer
  return typeof nonce === 'string' ? { question, version, value, nonce } : { question, version, value }
}

/** Field by field: every answer is told, and a spread for each that may be absent costs more than reading the reply. */
function toldSaved(session: string, superseded: boolean, answer: z.infer<typeof ANSWER>['answer']): ToldOf<'answer'> {
  const { question_id: question, client_seq: version, selected_index: value } = answer
  const { client_event_id: nonce, marked_for_review: marked } = answer
  const told: { -readonly [Field in keyof ToldOf<'answer'>]: ToldOf<'answer'>[Field] } = {
    kind: 'answer',
    session,
    superseded,
    question,
    version,
    value,
  }
  if (typeof nonce === 'string') told.nonce = nonce
  if (marked !== undefined) told.marked = marked
  return told
}
