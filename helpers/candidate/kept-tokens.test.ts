import { describe, expect, test } from 'vitest'
import type { Tokens } from './exam-api.ts'
import { keepTokens } from './kept-tokens.ts'

const MINUTE_S = 60

/** Whoever gives out tokens, and a clock that stands still until it is set. */
function platform(claims: (count: number) => object) {
  const now = { s: 0, refuses: false }
  let count = 0
  const logIn = async () => {
    count += 1
    if (now.refuses) throw new Error('no answer')
    const claimed = Buffer.from(JSON.stringify(claims(count))).toString('base64url')
    return { accessToken: `head.${claimed}.${count}`, refreshToken: '' }
  }
  const nameOf = (tokens: Tokens | null) => tokens?.accessToken.split('.')[2] ?? null
  return { now, logIn, nameOf, clock: { nowUs: () => now.s * 1e6 }, tries: () => count }
}
const living = (lifeS: number) => platform(() => ({ iat: 1_000, exp: 1_000 + lifeS }))

describe('a token that is kept', () => {
  test.each([
    ['half of a short life', living(4 * MINUTE_S), 2 * MINUTE_S],
    ['10 min of a long one', living(60 * MINUTE_S), 10 * MINUTE_S],
    [
      'half of what our own clock says is left where it does not tell since when',
      platform(() => ({ exp: Date.now() / 1_000 + 4 * MINUTE_S })),
      2 * MINUTE_S,
    ],
    ['half of 15 min where it says nothing', platform(() => ({})), 7.5 * MINUTE_S],
    ['the same where the clocks are too far apart', platform(() => ({ exp: 1_000 })), 7.5 * MINUTE_S],
  ])('is renewed after %s', async (_what, { now, logIn, nameOf, clock }, afterS) => {
    const kept = await keepTokens(logIn, clock)
    expect(nameOf(kept.first)).toBe('1')
    now.s = afterS - 1
    expect(nameOf(await kept.current())).toBe('1')
    now.s = afterS
    expect(nameOf(await kept.current())).toBe('2')
  })

  test('stays as good as it was while it cannot be renewed, until it is over', async () => {
    const { now, logIn, nameOf, clock, tries } = living(4 * MINUTE_S)
    const kept = await keepTokens(logIn, clock)
    now.refuses = true
    now.s = 3 * MINUTE_S
    expect(nameOf(await kept.current())).toBe('1')
    // Not at every request of an outage.
    expect(nameOf(await kept.current())).toBe('1')
    expect(tries()).toBe(2)
    now.s = 4 * MINUTE_S - 6
    expect(nameOf(await kept.current())).toBe('1')
    now.s = 4 * MINUTE_S - 5
    expect(await kept.current()).toBeNull()
    now.refuses = false
    now.s += 1
    expect(nameOf(await kept.current())).toBe(`${tries()}`)
  })

  test('is renewed early where it was refused, and not at every refusal', async () => {
    const { now, logIn, nameOf, clock, tries } = living(60 * MINUTE_S)
    const kept = await keepTokens(logIn, clock)
    now.s = 9
    kept.refused()
    expect(nameOf(await kept.current())).toBe('1')
    now.s = 10
    expect(nameOf(await kept.current())).toBe('2')
    kept.refused()
    now.s = 19
    kept.refused()
    expect(nameOf(await kept.current())).toBe('2')
    now.s = 20
    expect(nameOf(await kept.current())).toBe('3')
    expect(tries()).toBe(3)
  })

  test('is none where the first log-in fails', async () => {
    const { now, logIn, clock } = living(MINUTE_S)
    now.refuses = true
    await expect(keepTokens(logIn, clock)).rejects.toThrow('no answer')
  })
})
