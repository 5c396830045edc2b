import type { Call, ExamApi, HttpResponse, Interpretation } from '../../candidate/exam-api.ts'
import { outcomeOf } from '../../history/outcome.ts'
import { definePlatform, type ExamPlatform } from '../exam-platform.ts'

const unread = <Reply>(_: HttpResponse): Interpretation<Reply> => outcomeOf('unexpected-status')
const call = <Reply>(method: 'GET' | 'POST', path: string, body?: unknown): Call<Reply> => ({
  method,
  path,
  headers: {},
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  read: unread,
})

const api: ExamApi = {
  name: 'tiny',
  login: ({ email, password }) => call('POST', '/in', { who: email, secret: password }),
  refreshToken: () => call('POST', '/renew'),
  logout: () => call('POST', '/out'),
  createSession: () => call('POST', '/begin'),
  currentSession: () => call('GET', '/mine'),
  readSession: (_, session) => call('GET', `/sheet/${session}`),
  readQuestions: () => call('GET', '/questions'),
  saveAnswer: (_, { question, value }) => call('POST', '/save', { q: question, choice: value }),
  submit: () => call('POST', '/done'),
  review: () => call('GET', '/result'),
}

const OPERATIONS = [
  'login',
  'refresh-token',
  'logout',
  'create-session',
  'current-session',
  'read-session',
  'read-questions',
  'save-answer',
  'submit',
  'review',
] as const

const locked = { status: 423, code: 'locked' }

/** A platform that shares no address, field or code with the reference, and has next to nothing. */
const tiny: ExamPlatform = definePlatform({
  name: 'tiny',
  api,
  routes: Object.fromEntries(
    OPERATIONS.map((name) => [name, { method: 'POST', route: `/${name}`, authenticated: true }]),
  ) as unknown as ExamPlatform['routes'],
  health: { ready: '/up', live: '/alive' },
  refusals: {
    envelope: { fields: ['why', 'text'], code: 'why', message: 'text' },
    to: {
      expiredToken: { status: 401 },
      reusedRefreshToken: { status: 401 },
      noToken: { status: 401 },
      unreadableToken: { status: 401 },
      malformedBody: { status: 400 },
      missingField: { status: 400 },
      largeBody: { status: 413 },
      unknownAddress: { status: 404 },
      unknownSession: { status: 404 },
      foreignSession: { status: 404 },
      reviewTooEarly: { status: 409 },
      keyConflict: { status: 409 },
      sessionClosed: locked,
      wrongPassword: { status: 401 },
      tooManyLogIns: { status: 429 },
    },
  },
  freeze: {
    operations: [
      {
        id: 'rank',
        method: 'POST',
        path: '/rank',
        underFreeze: 'refused',
        success: 201,
        changes: ['ranks'],
        authenticated: true,
      },
    ],
    switchPath: '/lock',
    refusal: { status: 423, errorCode: 'locked', fields: ['why', 'text'], codeField: 'why' },
    propagationMs: 1_000,
    jobs: [],
    jobStatus: { running: 'r', done: 'd', skipped: 's', stopped: 'x' },
    auditEvents: { toggled: 't', blocked: 'b' },
  },
  capabilities: {
    answerVersions: false,
    idempotentCreate: false,
    idempotentSubmit: false,
    runtimeFreezeToggle: true,
    metrics: false,
    requestLogs: false,
    tokenRefresh: false,
    logout: false,
    review: false,
    markForReview: false,
    overlappingAnswers: true,
    backgroundJobs: false,
    redis: true,
  },
})

export default tiny
