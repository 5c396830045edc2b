import { describe, expect, test } from 'vitest'
import type { Call, ExamApi } from '../candidate/exam-api.ts'
import { twoStepApi } from '../load/testing/two-step-api.ts'
import reference from '../platform/reference-platform.ts'
import type { Guest, Script } from './guest.ts'
import type { StepMoment } from './moments.ts'
import { comesLate, logsOut, renewsTokens, runsIntoErrors, type ScriptContext } from './scripts.ts'

const SETTINGS = { accessTokenSeconds: 9, refreshGraceSeconds: 4, loginLimitPerEmail: 12 }
/** What the contract may be late by: nothing but the timers of this machine. */
const EXACT_US = 50_000

const STEP_US = 1_000

interface Asked {
  readonly what: string
  readonly atUs: number
  readonly latestUs: number | undefined
  /** Its request, where it was played. */
  readonly call: Call<unknown> | undefined
}

/** How a step was answered in the end, and at which try; absent: at once, as promised. */
type Answer = {
  readonly tries: number
  readonly outcome: 'ok' | 'fail'
  readonly reason: string
  readonly status: number
}

/** Play a story on a clock that only rests move, before a platform that answers at once; each step takes 1 ms. */
async function play(
  story: (guest: Guest, context: ScriptContext) => Promise<void>,
  platform: ScriptContext['platform'] = reference,
  answers: Readonly<Record<string, readonly Answer[]>> = {},
  told: Pick<StepMoment, 'story' | 'what' | 'expected'>[] = [],
): Promise<Map<string, Asked>> {
  let nowUs = 0
  let forms = 0
  const asked = new Map<string, Asked>()
  const plays = new Map<string, number>()
  const note = (what: string, latestUs?: number, call?: Call<unknown>): void => {
    asked.set(what, { what, atUs: nowUs, latestUs, call })
    nowUs += STEP_US
  }
  const guest = {
    account: { id: 'c-1', email: 'c-1@example.org', password: 'secret' },
    tokens: () => ({ accessToken: 'a', refreshToken: 'r' }),
    session: () => 's-1',
    useTokens: () => undefined,
    startKey: 'k',
    play: async ({ story, what, latestUs, expected, turnsOut, wish }: Script<unknown>) => {
      note(what, latestUs, (await wish()).call)
      const times = (plays.get(what) ?? 0) + 1
      plays.set(what, times)
      const promised = { tries: 1, outcome: 'ok' as const, reason: 'success', status: expected?.status ?? 429 }
      const { tries, outcome, reason, status } = answers[what]?.[times - 1] ?? promised
      const when = { requestId: 'r', sentUs: nowUs, completedUs: nowUs }
      const done = { outcome, reason, ...when, reply: {}, response: { status, headers: {}, body: '' } }
      const turned = turnsOut?.(done, tries)
      told.push({ story, what, expected, ...turned })
      return done
    },
    provoke: async (what: string) => note(what),
    openLogin: async () => (platform.api.openLogin === undefined ? undefined : { csrf: `form-${++forms}` }),
    logIn: async () => note('log in'),
    start: async () => note('start'),
    answer: async (as?: { what: string; latestUs?: number }) => note(as?.what ?? 'answer', as?.latestUs),
    comeBack: async () => note('come back'),
    rest: async (ms: number) => {
      nowUs += ms * 1_000
    },
  }
  await story(guest as never, {
    platform,
    clock: { nowUs: () => nowUs },
    settings: SETTINGS,
    examId: 'e-1',
    restarted: Promise.resolve(),
    otherSession: Promise.resolve('s-2'),
  })
  return asked
}

function at(asked: ReadonlyMap<string, Asked>, what: string): Asked {
  const found = asked.get(what)
  if (found === undefined) throw new Error(`never asked: ${what}`)
  return found
}

describe('a time is over when it is over', () => {
  test('an access token is asked with no later than its time and what a timer may be wrong by', async () => {
    const asked = await play(renewsTokens)
    // The log-in right after the answer; the map holds the one at the end of the story.
    const issuedUs = at(asked, 'answer').atUs + STEP_US
    const sinceUs = at(asked, 'ask with a token whose time is over').atUs - issuedUs
    expect(sinceUs).toBeGreaterThan(SETTINGS.accessTokenSeconds * 1_000_000)
    expect(sinceUs).toBeLessThan(SETTINGS.accessTokenSeconds * 1_000_000 + EXACT_US)
  })

  test('the old refresh token is used again right after the grace', async () => {
    const asked = await play(renewsTokens)
    const graceUs = SETTINGS.refreshGraceSeconds * 1_000_000
    const sinceUs = at(asked, 'use the old token once more after the grace').atUs - at(asked, 'renew the tokens').atUs
    expect(sinceUs).toBeGreaterThan(graceUs)
    expect(sinceUs).toBeLessThan(graceUs + EXACT_US)
  })

  test('an answer is late right after the expiry', async () => {
    const asked = await play(comesLate)
    const sinceUs = at(asked, 'answer after the expiry with a clock 10 min slow').atUs - at(asked, 'start').atUs
    expect(sinceUs).toBeGreaterThan(8_000_000)
    expect(sinceUs).toBeLessThan(8_000_000 + EXACT_US)
  })

  test('an answer is late right after the grace, where the platform gives one', async () => {
    const asked = await play(comesLate, { ...reference, graceSeconds: 2.5 })
    const sinceUs = at(asked, 'answer after the expiry with a clock 10 min slow').atUs - at(asked, 'start').atUs
    expect(sinceUs).toBeGreaterThan(10_500_000)
    expect(sinceUs).toBeLessThan(10_500_000 + EXACT_US)
  })
})

describe('what must still be accepted', () => {
  test('is asked with a token a whole second before its end, or means nothing', async () => {
    const asked = await play(renewsTokens)
    const usedUs = at(asked, 'renew the tokens').atUs
    for (const what of ['carry on with the renewed token', 'carry on with the token of the second renewal'])
      expect(at(asked, what).latestUs).toBe(usedUs + (SETTINGS.accessTokenSeconds - 1) * 1_000_000)
  })

  test('a renewal that was tried again after the grace means nothing', async () => {
    const { atUs, latestUs } = at(await play(renewsTokens), 'renew the tokens')
    expect(latestUs).toBe(atUs + SETTINGS.refreshGraceSeconds * 1_000_000)
  })
})

describe('a step that is tried again because its answer was lost', () => {
  const refused = (reason: string, status: number, tries = 2): Answer => ({ tries, outcome: 'fail', reason, status })
  const without = {
    ...reference,
    capabilities: { ...reference.capabilities, idempotentSubmit: false },
  }
  const toldOf = async (story: typeof logsOut, answers: Parameters<typeof play>[2], platform = reference) => {
    const told: Pick<StepMoment, 'story' | 'what' | 'expected'>[] = []
    const asked = await play(story, platform, answers, told)
    return { asked, of: (what: string) => told.filter((step) => step.what === what).map(({ expected }) => expected) }
  }

  test('may have logged out: a refusal is nobody’s fault, and it is done once more with fresh tokens', async () => {
    const { of, asked } = await toldOf(logsOut, { 'log out': [refused('unauthorized', 401)] })
    expect(of('log out once more after an outage')).toEqual([null])
    expect(of('log out')).toEqual([{ status: 200 }])
    expect(asked.has('renew after the log-out')).toBe(true)
  })

  test('is held to its promise where the answer to the log-out is lost again', async () => {
    const lost = Array.from({ length: 50 }, () => refused('unauthorized', 401))
    const { of, asked } = await toldOf(logsOut, { 'log out': lost })
    expect(of('log out once more after an outage')).toEqual([null])
    expect(of('log out')).toEqual([{ status: 200 }])
    expect(asked.has('renew after the log-out')).toBe(true)
  })

  test('is held to its promise when it is refused at the first try', async () => {
    const { of } = await toldOf(logsOut, { 'log out': [refused('unauthorized', 401, 1)] })
    expect(of('log out')).toEqual([{ status: 200 }])
    const { of: handedIn } = await toldOf(runsIntoErrors, { 'hand in': [refused('session-closed', 409, 1)] }, without)
    expect(handedIn('hand in')).toEqual([{ status: 200 }])
  })

  test('may have handed in, where no key hears the answer again: that it is closed is right', async () => {
    const { of, asked } = await toldOf(runsIntoErrors, { 'hand in': [refused('session-closed', 409)] }, without)
    expect(of('hand in')).toEqual([{ status: 409 }])
    expect(asked.has('answer after handing in')).toBe(true)
  })

  test('may have handed in: after another refusal nobody knows, and no late answer is given', async () => {
    const { of, asked } = await toldOf(runsIntoErrors, { 'hand in': [refused('not-found', 404)] }, without)
    expect(of('hand in')).toEqual([])
    expect(of('hand in once more after an outage')).toEqual([null])
    expect(asked.has('answer after handing in')).toBe(false)
  })

  test('hears its answer again where a key promises that', async () => {
    const { of } = await toldOf(runsIntoErrors, { 'hand in': [refused('session-closed', 409)] })
    expect(of('hand in')).toEqual([{ status: 200 }])
  })

  test('may have ended the family of its token, and that code is for the first use alone', async () => {
    const what = 'use the old token once more after the grace'
    const { status } = reference.refusals.to.reusedRefreshToken
    const { of } = await toldOf(renewsTokens, { [what]: [refused('unauthorized', status)] })
    expect(of(what)).toEqual([{ status }])
    expect((await toldOf(renewsTokens, {})).of(what)).toEqual([reference.refusals.to.reusedRefreshToken])
  })
})

test('an unreadable token is sent as the platform knows people, and none without any header', async () => {
  const asked = await play(runsIntoErrors, {
    ...reference,
    api: { ...reference.api, authorise: ({ accessToken }) => ({ cookie: `sid=${accessToken}`, 'x-csrf-token': 'c' }) },
  })
  expect(at(asked, 'unreadable token').call?.headers).toEqual({ cookie: 'sid=not-a-token', 'x-csrf-token': 'c' })
  expect(at(asked, 'no token').call?.headers).toEqual({})
  expect(at(await play(runsIntoErrors), 'unreadable token').call?.headers).toEqual({
    authorization: 'Bearer not-a-token',
  })
})

test('every log-in that is meant to fail has a form of its own, and is wrong in nothing but what it is about', async () => {
  const asked = await play(runsIntoErrors, { ...reference, api: twoStepApi })
  const provoked = [
    'body that is no JSON',
    'field missing',
    'body too large',
    'wrong password',
    'log in once too often',
  ]
  const calls = provoked.map((what) => at(asked, what).call)
  expect(calls.map((call) => call?.headers['x-csrf-token'])).toEqual([1, 2, 3, 4, 5].map((form) => `form-${form}`))
  expect(calls.map((call) => call?.body?.slice(0, 60))).toEqual([
    '{"email": ',
    '{"email":"c-1@example.org"}',
    expect.stringContaining('"password":"xxx'),
    '{"email":"c-1@example.org","password":"not the password"}',
    '{"email":"c-1@example.org","password":"not the password"}',
  ])
})

test('a log-in that is sent as a form loses its field like any other', async () => {
  const { login } = reference.api
  const api: ExamApi = {
    ...reference.api,
    login: ({ email, password }) => ({
      ...login({ email, password }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ csrf: 'c', username: email, password })),
    }),
  }
  const asked = await play(runsIntoErrors, { ...reference, api })
  expect(at(asked, 'field missing').call?.body).toBe('csrf=c&username=c-1%40example.org')
})

test('a session that does not exist is asked for in the shape of those that do: a number by a number', async () => {
  const asked: string[] = []
  const { readSession } = reference.api
  const platform = {
    ...reference,
    api: {
      ...reference.api,
      readSession(tokens: Parameters<typeof readSession>[0], session: string) {
        asked.push(session)
        return readSession(tokens, session)
      },
    },
  }
  await play(runsIntoErrors, platform)
  expect(asked).toEqual(['e-1', 's-2147483646', 's-2'])
})
