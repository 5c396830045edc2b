import { describe, expect, test } from 'vitest'
import reference from '../platform/reference-platform.ts'
import type { Guest, Script } from './guest.ts'
import { comesLate, renewsTokens, type ScriptContext } from './scripts.ts'

const SETTINGS = { accessTokenSeconds: 9, refreshGraceSeconds: 4, loginLimitPerEmail: 12 }
/** What the contract may be late by: nothing but the timers of this machine. */
const EXACT_US = 50_000

const STEP_US = 1_000

interface Asked {
  readonly what: string
  readonly atUs: number
  readonly latestUs: number | undefined
}

/** Play a story on a clock that only rests move, before a platform that answers at once; each step takes 1 ms. */
async function play(
  story: (guest: Guest, context: ScriptContext) => Promise<void>,
  platform: ScriptContext['platform'] = reference,
): Promise<Map<string, Asked>> {
  let nowUs = 0
  const asked = new Map<string, Asked>()
  const note = (what: string, latestUs?: number): void => {
    asked.set(what, { what, atUs: nowUs, latestUs })
    nowUs += STEP_US
  }
  const guest = {
    account: { id: 'c-1', email: 'c-1@example.org', password: 'secret' },
    tokens: () => ({ accessToken: 'a', refreshToken: 'r' }),
    session: () => 's-1',
    useTokens: () => undefined,
    play: async ({ what, latestUs }: Script<unknown>) => {
      note(what, latestUs)
      return { outcome: 'ok', reason: 'success', requestId: 'r', sentUs: nowUs, completedUs: nowUs, reply: {} }
    },
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
