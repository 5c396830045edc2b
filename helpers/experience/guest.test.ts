import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ExamApi } from '../candidate/exam-api.ts'
import { toldOk } from '../candidate/read-reply.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { outcomeOf } from '../history/outcome.ts'
import reference from '../platform/reference-platform.ts'
import { createGuest, GuestIsStuck, LoadIsOver } from './guest.ts'
import type { Moment, StepMoment } from './moments.ts'

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

const PAPER = { year: 2026, blocks: ['A'], count: 1, durationSeconds: 60 }
const ACCOUNT = { id: 'c-1', email: 'c-1@example.org', password: 'secret' }
const TOKENS = { user: {}, tokens: { access_token: 'a', refresh_token: 'r', token_type: 'Bearer' } }

/** A guest before a platform that answers like this; [status, body] by path. */
async function guestOf(
  answer: (path: string, body: string) => readonly [number, unknown],
  platform: Parameters<typeof createGuest>[0]['platform'] = reference,
) {
  const listener: RequestListener = (request, response) => {
    let sent = ''
    request.setEncoding('utf8').on('data', (text) => {
      sent += text
    })
    request.on('end', () => {
      const [status, body] = answer(request.url ?? '', sent)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const over = new AbortController()
  const moments: Moment[] = []
  const guest = createGuest({
    context: {
      stage: { baseUrl: () => baseUrl } as never,
      clock: monotonicClock(takeEpoch()),
      recorder: { invoke: () => 0, complete: () => undefined },
      signal: over.signal,
    },
    platform,
    seed: 1,
    exam: { id: 'e-1', paper: PAPER },
    account: ACCOUNT,
    clockOffMs: 0,
    tell: (moment) => moments.push(moment),
    pauseMs: 1,
  })
  opened.push(guest, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  })
  return { guest, moments, over }
}

/** The reference, with a form for each log-in. */
const inTwoSteps = {
  ...reference,
  api: {
    ...reference.api,
    openLogin: () => ({
      method: 'GET',
      path: '/form',
      headers: {},
      read: ({ status, body }) =>
        status === 200 ? { ...outcomeOf('success'), reply: JSON.parse(body) } : outcomeOf('forbidden'),
    }),
    login: (credentials, form) => {
      const call = reference.api.login(credentials)
      return { ...call, path: `${call.path}?form=${form?.csrf}` }
    },
  } satisfies ExamApi,
}

const stuckOf = (moments: readonly Moment[]) => moments.filter(({ kind }) => kind === 'stuck')

describe('a guest that cannot go on says so', () => {
  test('after its tries: which step, how often, and what was seen last', async () => {
    const { guest, moments } = await guestOf(() => [503, { error_code: 'NOT_READY' }])
    await expect(guest.logIn()).rejects.toBeInstanceOf(GuestIsStuck)
    expect(stuckOf(moments)).toMatchObject([
      { candidate: 'c-1', what: 'log in', cause: 'no-answer', tries: 60, status: 503, seen: '503 NOT_READY' },
    ])
    expect(stuckOf(moments)[0]?.requestId).toBe(moments.at(-2)?.requestId)
  })

  test.each([
    ['a refusal', 403, { error_code: 'FORBIDDEN' }, '403 FORBIDDEN'],
    ['a 201 without a session', 201, {}, '201 unparsable-body'],
  ])('when its start is answered with %s: that is not the end of the load', async (_, status, body, seen) => {
    const { guest, moments } = await guestOf((path) => (path === '/v1/sessions' ? [status, body] : [200, TOKENS]))
    await guest.logIn()
    await expect(guest.start()).rejects.toBeInstanceOf(GuestIsStuck)
    expect(stuckOf(moments)).toMatchObject([{ what: 'start', cause: 'answer', status, seen }])
    expect(moments.find((moment) => moment.kind === 'step' && moment.what === 'start')).toMatchObject({ status })
  })

  test('when the adapter hands on the numbers of its platform as ids, which are texts', async () => {
    const { guest, moments } = await guestOf((path) => (path === '/v1/sessions' ? [201, {}] : [200, TOKENS]), {
      ...reference,
      api: {
        ...reference.api,
        createSession: (...asked) => ({
          ...reference.api.createSession(...asked),
          read: () => toldOk({ kind: 'session', session: 7 } as never),
        }),
      },
    })
    await guest.logIn()
    await expect(guest.start()).rejects.toBeInstanceOf(GuestIsStuck)
    expect(stuckOf(moments)).toMatchObject([{ what: 'start', cause: 'answer', seen: '201 unparsable-body' }])
  })

  test.each([true, false])(
    'when its log-in is refused in the words of an old token (renewal: %s)',
    async (tokenRefresh) => {
      const { guest, moments } = await guestOf(() => [401, { error_code: 'UNAUTHORIZED' }], {
        ...reference,
        refusals: { ...reference.refusals, to: { ...reference.refusals.to, expiredToken: { status: 401 } } },
        capabilities: { ...reference.capabilities, tokenRefresh },
      })
      await expect(guest.logIn()).rejects.toBeInstanceOf(GuestIsStuck)
      expect(moments).toMatchObject([
        { kind: 'step', what: 'log in', expected: { status: 200 }, status: 401 },
        { kind: 'stuck', what: 'log in', cause: 'answer', tries: 1, status: 401 },
      ])
    },
  )

  test('not when the load is over first', async () => {
    const { guest, moments, over } = await guestOf(() => {
      over.abort()
      return [503, {}]
    })
    await expect(guest.logIn()).rejects.toBeInstanceOf(LoadIsOver)
    expect(stuckOf(moments)).toEqual([])
  })

  test('but that it was trying in vain until then is told', async () => {
    let asked = 0
    const { guest, moments, over } = await guestOf(() => {
      asked += 1
      if (asked === 3) over.abort()
      return [503, {}]
    })
    await expect(guest.logIn()).rejects.toBeInstanceOf(LoadIsOver)
    expect(stuckOf(moments)).toMatchObject([{ what: 'log in', cause: 'load-over' }])
  })
})

test.each([
  ['read as one', toldOk({ kind: 'tokens' } as never), undefined],
  ['read as a refusal', outcomeOf('forbidden'), 'forbidden'],
  ['read as nothing that is known', outcomeOf('unparsable-body'), 'unparsable-body'],
])('of a success with another status the adapter says what it was: %s', async (_, reading, unreadable) => {
  const { guest, moments } = await guestOf(() => [204, {}])
  await guest.play({
    story: 'log-out',
    what: 'log out',
    expected: { status: 200 },
    wish: () => ({ f: 'logout', call: { method: 'POST', path: '/out', headers: {}, read: () => reading } }),
  })
  expect(moments).toMatchObject([{ what: 'log out', status: 204 }])
  expect((moments[0] as { unreadable?: string }).unreadable).toBe(unreadable)
})

test.each([
  ['a success', outcomeOf('success'), true],
  ['a refusal', outcomeOf('unauthorized'), undefined],
])('a redirect is told as what the adapter reads it as: %s', async (_, reading, accepted) => {
  const { guest, moments } = await guestOf(() => [302, {}])
  const call = { method: 'POST', path: '/in', headers: {}, read: () => reading } as const
  const wish = () => ({ f: 'login', call }) as const
  await guest.play({ story: 'any', what: 'log in', expected: { status: 200 }, renews: false, wish })
  expect(moments).toMatchObject([{ status: 302 }])
  expect((moments[0] as StepMoment).accepted).toBe(accepted)
})

test('an answer that is sent as a form gets the time of the client as a field', async () => {
  const bodies: (string | undefined)[] = []
  const saveAnswer: ExamApi['saveAnswer'] = (tokens, answer) => ({
    ...reference.api.saveAnswer(tokens, answer),
    body: String(new URLSearchParams({ question: answer.question, choice: String(answer.value) })),
  })
  const session = { session_id: 's-1', exam_id: 'e-1', status: 'ACTIVE', total_questions: 1 }
  const { guest } = await guestOf(
    (path, body) => {
      if (path.endsWith('/answer')) bodies.push(body)
      if (path === '/v1/sessions') return [201, { ...session, expires_at: '2026-06-01T08:01:00.000Z' }]
      const questions = [{ position: 1, question_id: 'q 1', selected_index: null, client_seq: null }]
      if (path !== '/v1/sessions/s-1') return [200, TOKENS]
      return [200, { session: { ...session, expires_at: '' }, remaining_seconds: 60, questions }]
    },
    { ...reference, api: { ...reference.api, saveAnswer } },
  )
  await guest.logIn()
  await guest.start()
  await guest.answer()
  expect(bodies).toEqual([expect.stringMatching(/^question=q\+1&choice=0&client_time=\d{4}-/)])
})

describe('two first answers at the same instant', () => {
  const SESSION = {
    session_id: 's-1',
    exam_id: 'e-1',
    status: 'ACTIVE',
    total_questions: 1,
    expires_at: '2026-06-01T08:01:00.000Z',
  }
  const READING = {
    session: SESSION,
    remaining_seconds: 60,
    questions: [{ position: 1, question_id: 'q-1', selected_index: null, client_seq: null }],
  }

  /** Before a platform that answers each first answer with one of these, in the order they come. */
  async function raceBefore(...replies: readonly (readonly [number, unknown])[]) {
    let asked = 0
    const left = [...replies]
    const { guest, moments } = await guestOf((path) => {
      if (path === '/v1/sessions') return [201, SESSION]
      if (path === '/v1/sessions/s-1') return [200, READING]
      if (!path.endsWith('/answer')) return [200, TOKENS]
      asked += 1
      return left.shift() ?? [200, {}]
    })
    await guest.logIn()
    await guest.start()
    await guest.answerOnTwoDevices('second-device')
    const told = moments.flatMap((moment) => (moment.kind === 'step' ? [moment] : [])).slice(-2)
    return { asked, told }
  }

  test('an error is told as what it was, and not tried again', async () => {
    const { told, asked } = await raceBefore(
      [500, { error_code: 'INTERNAL_ERROR' }],
      [503, { error_code: 'DATABASE_BUSY' }],
    )
    expect(asked).toBe(2)
    expect(told.map(({ what, status, expected }) => [what, status, expected?.status])).toEqual(
      expect.arrayContaining([
        ['answer on two devices at once', 500, 200],
        ['ask while the platform is away', 503, undefined],
      ]),
    )
  })

  test('a token that ran out is nobody’s fault', async () => {
    const { told } = await raceBefore([401, { error_code: 'TOKEN_EXPIRED' }], [401, { error_code: 'TOKEN_EXPIRED' }])
    expect(told.map(({ what, expected }) => [what, expected])).toEqual([
      ['ask with an old token', null],
      ['ask with an old token', null],
    ])
  })
})

describe('a guest of a platform that lists only what was answered', () => {
  const listing = (texts: readonly string[]) => {
    const listed: { question: string; version: number; value: number | null }[] = []
    const told = reference.api
    return {
      ...reference,
      api: {
        ...told,
        createSession: (...asked) => ({
          ...told.createSession(...asked),
          read: () => toldOk({ kind: 'session', session: 's-1' } as never),
        }),
        readSession: (...asked) => ({
          ...told.readSession(...asked),
          read: () =>
            toldOk({
              kind: 'paper',
              session: 's-1',
              status: 'ACTIVE',
              remainingSeconds: 60,
              answers: [...listed],
            } as never),
        }),
        readQuestions: (...asked) => ({
          ...told.readQuestions(...asked),
          read: () => toldOk({ kind: 'questions', questions: texts } as never),
        }),
        saveAnswer: (tokens, answer) => ({
          ...told.saveAnswer(tokens, answer),
          read: () => {
            const { question, version, value } = answer
            listed.push({ question, version, value })
            return toldOk({ kind: 'answer', session: 's-1', question, version, value } as never)
          },
        }),
      } satisfies ExamApi,
    }
  }

  test('works from the questions that it reads, and what it knows says so', async () => {
    const { guest, moments } = await guestOf(() => [200, TOKENS], listing(['q-1', 'q-2']))
    await guest.logIn()
    await guest.start()
    await guest.answer()
    await guest.answer()
    await guest.look('reload')
    expect(stuckOf(moments)).toEqual([])
    expect(moments.at(-1)).toMatchObject({
      answers: [{ question: 'q-1' }, { question: 'q-2' }],
      known: { paper: ['q-1', 'q-2'], listsAnswered: true },
    })
  })

  test('is stuck where there are none, as before', async () => {
    const { guest, moments } = await guestOf(() => [200, TOKENS], listing([]))
    await guest.logIn()
    await expect(guest.start()).rejects.toBeInstanceOf(GuestIsStuck)
    expect(stuckOf(moments)).toMatchObject([{ what: 'find a question on the paper', cause: 'answer' }])
  })
})

describe('a guest of a platform whose log-in has two steps', () => {
  test('brings along what the first gave, afresh for each try', async () => {
    const asked: string[] = []
    const { guest, moments } = await guestOf((path) => {
      asked.push(path)
      if (path === '/form') return [200, { csrf: `f${asked.length}` }]
      return asked.length < 3 ? [503, {}] : [200, TOKENS]
    }, inTwoSteps)
    await guest.logIn()
    expect(asked).toEqual(['/form', '/v1/auth/login?form=f1', '/form', '/v1/auth/login?form=f3'])
    expect(guest.tokens()).toMatchObject({ accessToken: 'a' })
    expect(moments.map((moment) => moment.kind === 'step' && moment.what)).toEqual([
      'open the log-in',
      'ask while the platform is away',
      'open the log-in',
      'log in',
    ])
    expect(await guest.openLogin()).toEqual({ csrf: 'f5' })
  })

  test('is stuck without a form, and says at which step', async () => {
    const { guest, moments } = await guestOf(() => [403, {}], inTwoSteps)
    await expect(guest.logIn()).rejects.toBeInstanceOf(GuestIsStuck)
    expect(stuckOf(moments)).toMatchObject([{ what: 'open the log-in', cause: 'answer', status: 403 }])
  })

  test('opens nothing where there is nothing to be opened', async () => {
    const { guest, moments } = await guestOf(() => [200, TOKENS])
    expect(await guest.openLogin()).toBeUndefined()
    expect(moments).toEqual([])
  })
})
