import { z } from 'zod'
import { referenceApi } from '../candidate/reference-api.ts'
import { REFERENCE_FREEZE } from '../freeze/operations.ts'
import { REFERENCE_ROUTES } from '../observability/reference-routes.ts'
import { definePlatform } from './exam-platform.ts'

const count = z.int().min(0)
const COUNTS = z.object({ active: count, submitted: count, expired: count, answers: count })

/** The reference backend, and every backend with the same API. What a rehearsal has that names no platform. */
export default definePlatform({
  name: 'reference',
  api: referenceApi,
  routes: REFERENCE_ROUTES,
  health: { ready: '/v1/ready', readyStatus: 'ok', live: '/health', metrics: '/metrics' },
  refusals: {
    envelope: {
      fields: ['error_code', 'message', 'details', 'request_id'],
      code: 'error_code',
      codeLike: /^[A-Z][A-Z0-9_]{2,}$/,
      message: 'message',
      requestId: 'request_id',
      details: 'details',
    },
    to: {
      expiredToken: { status: 401, code: 'TOKEN_EXPIRED' },
      reusedRefreshToken: { status: 401, code: 'REFRESH_TOKEN_REUSE' },
      noToken: { status: 401, code: 'UNAUTHENTICATED' },
      unreadableToken: { status: 401, code: 'UNAUTHENTICATED' },
      malformedBody: { status: 400, code: 'MALFORMED_JSON' },
      missingField: { status: 422, code: 'VALIDATION_ERROR' },
      largeBody: { status: 413, code: 'PAYLOAD_TOO_LARGE' },
      unknownAddress: { status: 404, code: 'NOT_FOUND' },
      unknownSession: { status: 404, code: 'SESSION_NOT_FOUND' },
      foreignSession: { status: 403, code: 'FORBIDDEN' },
      reviewTooEarly: { status: 409, code: 'SESSION_NOT_CLOSED' },
      keyConflict: { status: 409, code: 'IDEMPOTENCY_KEY_CONFLICT' },
      sessionClosed: { status: 409, code: 'SESSION_CLOSED' },
      wrongPassword: { status: 401, code: 'INVALID_CREDENTIALS' },
      tooManyLogIns: { status: 429, code: 'RATE_LIMITED' },
    },
  },
  freeze: REFERENCE_FREEZE,
  monitor: {
    path: (examId) => `/v1/admin/exams/${examId}/summary`,
    read: ({ body }) => COUNTS.parse(JSON.parse(body)),
  },
  environment: ({ accessTokenSeconds, refreshGraceSeconds, loginLimitPerEmail }) => ({
    ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    REFRESH_GRACE_SECONDS: String(refreshGraceSeconds),
    LOGIN_LIMIT_PER_EMAIL: String(loginLimitPerEmail),
  }),
  capabilities: {
    answerVersions: true,
    idempotentCreate: true,
    idempotentSubmit: true,
    runtimeFreezeToggle: true,
    metrics: true,
    requestLogs: true,
    tokenRefresh: true,
    logout: true,
    review: true,
    markForReview: true,
    overlappingAnswers: true,
    backgroundJobs: true,
    redis: true,
  },
})
