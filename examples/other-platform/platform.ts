import { z } from 'zod'
import { definePlatform } from '../../helpers/platform/exam-platform.ts'
import { aulaApi } from './aula-api.ts'
import { seedAula } from './seed-aula.ts'

const count = z.int().min(0)
const OVERVIEW = z.object({ open: count, finished: count, timedOut: count, answers: count })

const attempt = '/api/exam/attempts/{attempt}'
const LOG_IN = { status: 401, code: 'log_in' } as const
const INVALID = { status: 422, code: 'invalid' } as const
/** Aula has no such address, so nobody can make this mistake. */
const NO_SUCH_THING = { status: 404 } as const

/** All that the rehearsal knows of Aula. */
export default definePlatform({
  name: 'aula',
  api: aulaApi,
  routes: {
    login: { method: 'POST', route: '/api/login', authenticated: false },
    'refresh-token': { method: 'POST', route: '/api/login/renew', authenticated: false },
    logout: { method: 'POST', route: '/api/logout', authenticated: false },
    'create-session': { method: 'POST', route: '/api/exam/{exam}/attempts', authenticated: true },
    'current-session': { method: 'GET', route: '/api/exam/{exam}/attempts/mine', authenticated: true },
    'read-session': { method: 'GET', route: attempt, authenticated: true },
    'read-questions': { method: 'GET', route: `${attempt}/sheet`, authenticated: true },
    'save-answer': { method: 'POST', route: `${attempt}/answers`, authenticated: true },
    submit: { method: 'POST', route: `${attempt}/finish`, authenticated: true },
    review: { method: 'GET', route: `${attempt}/result`, authenticated: true },
  },
  health: { ready: '/readyz', live: '/healthz' },
  refusals: {
    envelope: { fields: ['error', 'detail'], code: 'error', message: 'detail' },
    to: {
      expiredToken: LOG_IN,
      reusedRefreshToken: NO_SUCH_THING,
      noToken: LOG_IN,
      unreadableToken: LOG_IN,
      malformedBody: INVALID,
      missingField: INVALID,
      largeBody: { status: 413, code: 'http' },
      unknownAddress: { status: 404, code: 'http' },
      unknownSession: { status: 404, code: 'not_found' },
      foreignSession: { status: 403, code: 'not_yours' },
      reviewTooEarly: { status: 409, code: 'still_open' },
      keyConflict: NO_SUCH_THING,
      sessionClosed: { status: 410, code: 'attempt_closed' },
      wrongPassword: { status: 401, code: 'wrong' },
      tooManyLogIns: { status: 429, code: 'slow_down' },
    },
  },
  freeze: {
    operations: [
      {
        id: 'rankings',
        method: 'POST',
        path: '/api/staff/exam/{exam}/rankings',
        underFreeze: 'refused',
        success: 201,
        changes: ['ranking'],
        authenticated: true,
      },
      {
        id: 'announcements',
        method: 'POST',
        path: '/api/staff/announcements',
        body: { wording: 'Nothing to do.' },
        underFreeze: 'refused',
        success: 201,
        changes: ['announcement'],
        authenticated: true,
      },
      {
        id: 'overview',
        method: 'GET',
        path: '/api/staff/exam/{exam}/overview',
        underFreeze: 'allowed',
        success: 200,
        changes: [],
        authenticated: true,
      },
      {
        id: 'readyz',
        method: 'GET',
        path: '/readyz',
        underFreeze: 'allowed',
        success: 200,
        changes: [],
        authenticated: false,
      },
    ],
    switchPath: '/api/staff/exam-lock',
    refusal: { status: 423, errorCode: 'exam_locked', fields: ['error', 'detail'], codeField: 'error' },
    // Read from the database for each request that it is about: no worker can be late.
    propagationMs: 1_000,
    jobs: [],
    jobStatus: { running: 'RUNNING', done: 'DONE', skipped: 'SKIPPED', stopped: 'STOPPED' },
    auditEvents: { toggled: 'exam_lock.set', blocked: 'exam_lock.refused' },
  },
  monitor: {
    path: (examId) => `/api/staff/exam/${examId}/overview`,
    read({ body }) {
      const { open, finished, timedOut, answers } = OVERVIEW.parse(JSON.parse(body))
      return { active: open, submitted: finished, expired: timedOut, answers }
    },
  },
  capabilities: {
    // The last answer that arrives counts, be it a late retry.
    answerVersions: false,
    // There is no key, and none is needed: a person has one attempt at an exam.
    idempotentCreate: false,
    idempotentSubmit: false,
    runtimeFreezeToggle: true,
    metrics: false,
    requestLogs: false,
    tokenRefresh: false,
    logout: false,
    review: true,
    markForReview: false,
    overlappingAnswers: true,
    backgroundJobs: false,
    redis: true,
  },
  schema: './schema',
  answersTable: 'answer',
  fixedDuration: true,
  // Phase 5 provokes the limit; on every other day nobody is to be slowed down.
  environment: ({ loginLimitPerEmail }) => ({ AULA_LOGINS_PER_MINUTE: String(loginLimitPerEmail) }),
  seed: seedAula,
})
