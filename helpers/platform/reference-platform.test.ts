import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Call } from '../candidate/exam-api.ts'
import { runsIntoErrors, type ScriptContext } from '../experience/scripts.ts'
import { planExamDay } from '../load/plan.ts'
import type { Profile } from '../load/profile.ts'
import { PROFILES } from '../load/profiles.ts'
import { lacking } from './capabilities.ts'
import { planFor } from './plan-for.ts'
import reference from './reference-platform.ts'

/*
 * What was rehearsed before there were adapters is what is rehearsed now: the values here were taken from the code in
 * which addresses, codes and bodies of the reference stood where they were used. A change of one of them changes what
 * every earlier verdict means.
 */

const TOKENS = { accessToken: 'a', refreshToken: 'r' }
const PAPER = { year: 2026, blocks: ['A', 'B'], count: 3, durationSeconds: 60 }
const ACCOUNT = { email: 'c-1@example.org', password: 'secret' }

const lineOf = ({ method, path, headers, body }: Pick<Call<unknown>, 'method' | 'path' | 'headers' | 'body'>): string =>
  `${method} ${path} ${JSON.stringify(headers)} ${body ?? ''}`.trim()

test('candidates send the same bytes', () => {
  const { api } = reference
  const answer = { session: 'S', question: 'q', value: 1, version: 2, nonce: 'n' }
  const json = '"content-type":"application/json"'
  const bearer = '"authorization":"Bearer a"'
  expect(
    [
      api.login(ACCOUNT),
      api.refreshToken('r'),
      api.logout(TOKENS),
      api.createSession(TOKENS, { examId: 'e', idempotencyKey: 'k', paper: PAPER }),
      api.currentSession(TOKENS, 'e'),
      api.readSession(TOKENS, 'S'),
      api.readQuestions(TOKENS, 'S', 1, 2),
      api.saveAnswer(TOKENS, answer),
      api.saveAnswer(TOKENS, { ...answer, markOnly: true, markedForReview: true }),
      api.submit(TOKENS, 'S', 'k'),
      api.review(TOKENS, 'S'),
    ].map(lineOf),
  ).toEqual([
    `POST /v1/auth/login {${json}} {"email":"c-1@example.org","password":"secret"}`,
    `POST /v1/auth/refresh {${json}} {"refresh_token":"r"}`,
    `POST /v1/auth/logout {${json},${bearer}} {"refresh_token":"r"}`,
    `POST /v1/sessions {${json},${bearer},"idempotency-key":"k"} {"mode":"EXAM","year":2026,"blocks":["A","B"],"count":3,"duration_seconds":60,"exam_id":"e"}`,
    `GET /v1/sessions/current?exam_id=e {${bearer}}`,
    `GET /v1/sessions/S {${bearer}}`,
    `GET /v1/sessions/S/questions?from=1&count=2 {${bearer}}`,
    `POST /v1/sessions/S/answer {${json},${bearer}} {"question_id":"q","selected_index":1,"client_event_id":"n","client_seq":2}`,
    `POST /v1/sessions/S/answer {${json},${bearer}} {"question_id":"q","marked_for_review":true,"client_event_id":"n","client_seq":2}`,
    `POST /v1/sessions/S/submit {${bearer},"idempotency-key":"k"}`,
    `GET /v1/sessions/S/review {${bearer}}`,
  ])
})

test('whoever provokes a refusal sends the same bytes and is promised the same answer', async () => {
  const played: string[] = []
  const note = (what: string, expected: unknown, call: Parameters<typeof lineOf>[0]) =>
    played.push(`${what}: ${JSON.stringify(expected)} ${lineOf(call)}`)
  const guest = {
    account: { id: 'c-1', ...ACCOUNT },
    tokens: () => TOKENS,
    session: () => 'S',
    startKey: 'k',
    openLogin: async () => undefined,
    logIn: async () => undefined,
    start: async () => undefined,
    answer: async (as?: { what: string; expected: unknown }) => {
      if (as !== undefined) played.push(`${as.what}: ${JSON.stringify(as.expected)}`)
    },
    provoke: async (what: string, expected: unknown, call: Call<unknown>) => note(what, expected, call),
    play: async (script: {
      what: string
      expected: unknown
      wish: () => { call: Call<unknown> } | Promise<{ call: Call<unknown> }>
      turnsOut?: (done: unknown) => unknown
    }) => {
      const { call } = await script.wish()
      note(
        script.what,
        script.expected,
        call.body !== undefined && call.body.length > 999 ? { ...call, body: sha(call.body) } : call,
      )
      const response = { status: 429 }
      if (script.what === 'log in once too often') played.push(JSON.stringify(script.turnsOut?.({ response })))
      return { response }
    },
  }
  const context = {
    platform: reference,
    settings: { accessTokenSeconds: 9, refreshGraceSeconds: 4, loginLimitPerEmail: 12 },
    examId: 'e',
    otherSession: Promise.resolve('S-2'),
  } as unknown as ScriptContext
  await runsIntoErrors(guest as never, context)
  const json = '{"content-type":"application/json"}'
  const bearer = '{"authorization":"Bearer a"}'
  const wrong = '{"email":"c-1@example.org","password":"not the password"}'
  expect(played).toEqual([
    'no token: {"status":401,"code":"UNAUTHENTICATED"} GET /v1/sessions/current?exam_id=e {}',
    'unreadable token: {"status":401,"code":"UNAUTHENTICATED"} GET /v1/sessions/current?exam_id=e {"authorization":"Bearer not-a-token"}',
    `body that is no JSON: {"status":400,"code":"MALFORMED_JSON"} POST /v1/auth/login ${json} {"email":`,
    `field missing: {"status":422,"code":"VALIDATION_ERROR"} POST /v1/auth/login ${json} {"email":"c-1@example.org"}`,
    `body too large: {"status":413,"code":"PAYLOAD_TOO_LARGE"} POST /v1/auth/login ${json} ${sha(JSON.stringify({ email: ACCOUNT.email, password: 'x'.repeat(66 * 1024) }))}`,
    'address that does not exist: {"status":404,"code":"NOT_FOUND"} GET /v1/no-such-address {}',
    `session that does not exist: {"status":404,"code":"SESSION_NOT_FOUND"} GET /v1/sessions/T ${bearer}`,
    `session of somebody else: {"status":403,"code":"FORBIDDEN"} GET /v1/sessions/S-2 ${bearer}`,
    `review before handing in: {"status":409,"code":"SESSION_NOT_CLOSED"} GET /v1/sessions/S/review ${bearer}`,
    'same key, other request: {"status":409,"code":"IDEMPOTENCY_KEY_CONFLICT"} POST /v1/sessions {"content-type":"application/json","authorization":"Bearer a","idempotency-key":"k"} {"mode":"EXAM","year":2026,"blocks":["Z"],"count":1,"duration_seconds":60,"exam_id":"e"}',
    'hand in: {"status":200} POST /v1/sessions/S/submit {"authorization":"Bearer a","idempotency-key":"k"}',
    'answer after handing in: {"status":409,"code":"SESSION_CLOSED"}',
    `wrong password: {"status":401,"code":"INVALID_CREDENTIALS"} POST /v1/auth/login ${json} ${wrong}`,
    `log in once too often: null POST /v1/auth/login ${json} ${wrong}`,
    '{"story":"errors","what":"too many log-ins","expected":{"status":429,"code":"RATE_LIMITED"}}',
  ])
})

test('probes, faults, freeze and monitor ask at the same addresses', () => {
  expect(reference.health).toEqual({ ready: '/v1/ready', readyStatus: 'ok', live: '/health', metrics: '/metrics' })
  expect(reference.monitor?.path('e')).toBe('/v1/admin/exams/e/summary')
  expect(reference.freeze?.switchPath).toBe('/v1/admin/system/exam-mode')
  expect(reference.freeze?.operations.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/admin/bkt/recompute',
    'POST /v1/admin/rank/runs',
    'POST /v1/admin/irt/runs',
    'POST /v1/admin/notifications/broadcast',
    'POST /v1/admin/email/outbox/drain',
    'POST /v1/admin/import/questions',
    'POST /v1/admin/import/questions?dry_run=true',
    'GET /v1/revision/today',
    'GET /v1/auth/me',
    'GET /v1/admin/exams/{exam}/summary',
    'GET /health',
    'GET /v1/ready',
    'POST /v1/admin/rank/runs',
  ])
})

test('phase 5 sets what it set before', () => {
  expect(reference.environment?.({ accessTokenSeconds: 10, refreshGraceSeconds: 4, loginLimitPerEmail: 12 })).toEqual({
    ACCESS_TOKEN_SECONDS: '10',
    REFRESH_GRACE_SECONDS: '4',
    LOGIN_LIMIT_PER_EMAIL: '12',
  })
})

test('a day of the profile dev is drawn to the same plan', () => {
  const candidates = Array.from({ length: PROFILES.dev.candidates }, (_, index) => ({ id: `c-${index}` }))
  const hashOf = (profile: Profile): string =>
    planFor(planExamDay(profile, 7, { candidates }), lacking(reference.capabilities)).planHash
  expect(hashOf(PROFILES.dev)).toBe('52a49d2cc3ef1aff54dcf049d796abdf2417d9e12e2f99975c27e64ec61699d1')
  // What leaves together, and before it cohorts, came later: without them the day is what it was before.
  const apart = { ...PROFILES.dev, doubleStarts: 0, answersTogether: 0, answersBesideSubmit: 0 }
  expect(hashOf(apart)).toBe('99355570d69b1b6e8746f61e233de53f0ef10917cf3d413d072091dcd48269a1')
  expect(hashOf({ ...apart, cohorts: [] })).toBe('d7a46a489d5ec149d23e7ee7051156161f0b08bc63c64bfcdf939222ef76a643')
})

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
