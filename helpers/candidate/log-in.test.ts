import { expect, test } from 'vitest'
import { outcomeOf } from '../history/outcome.ts'
import { twoStepApi } from '../load/testing/two-step-api.ts'
import type { Call, Interpretation } from './exam-api.ts'
import { type AskLogIn, logInWith } from './log-in.ts'
import { referenceApi } from './reference-api.ts'

const ACCOUNT = { email: 'c-1@example.org', password: 'secret' }
const FORM = { status: 200, headers: { 'set-cookie': 'a=b, sid=7; Path=/' }, body: '{"csrf":"t"}' }
const TOKENS = { status: 200, headers: {}, body: '{"tokens":{"access_token":"a","refresh_token":"r"}}' }

/** Whoever is asked to send, what it was asked for, and what it was told to do before another attempt. */
function asker(answers: readonly (typeof FORM | typeof TOKENS)[]) {
  const left = [...answers]
  const asked: string[] = []
  const again: (() => Promise<boolean>)[] = []
  const ask: AskLogIn = async <Reply>(f: string, make: () => Call<Reply>, reopen?: () => Promise<boolean>) => {
    const call = make()
    asked.push(`${f} ${call.method} ${call.headers.cookie} ${call.headers['x-csrf-token']}`)
    if (reopen !== undefined) again.push(reopen, async () => make().headers.cookie === 'sid=8')
    const answer = left.shift()
    const reading: Interpretation<Reply> = answer === undefined ? outcomeOf('time-out') : call.read(answer as never)
    return reading
  }
  return { ask, asked, again }
}

test('one call is a log-in where there is no more to it', async () => {
  const { ask, asked, again } = asker([TOKENS])
  expect(await logInWith(referenceApi, ACCOUNT, ask)).toMatchObject({ reply: { accessToken: 'a' } })
  expect(asked).toEqual(['login POST undefined undefined'])
  expect(again).toEqual([])
})

test('what the first step gave is brought along by the second', async () => {
  const { ask, asked } = asker([FORM, TOKENS])
  expect(await logInWith(twoStepApi, ACCOUNT, ask)).toMatchObject({ outcome: 'ok', reply: { accessToken: 'a' } })
  expect(asked).toEqual(['open-login GET undefined undefined', 'login POST sid=7 t'])
})

test('without the first step nobody is logged in, for its reason', async () => {
  const { ask, asked } = asker([])
  expect(await logInWith(twoStepApi, ACCOUNT, ask)).toEqual(outcomeOf('time-out'))
  expect(asked).toEqual(['open-login GET undefined undefined'])
})

test('another attempt has a form of its own, or is none', async () => {
  const fresh = { ...FORM, headers: { 'set-cookie': 'sid=8; Path=/' } }
  const { ask, again } = asker([FORM, TOKENS, fresh])
  await logInWith(twoStepApi, ACCOUNT, ask)
  const [reopen, isFresh] = again
  expect([await reopen?.(), await isFresh?.()]).toEqual([true, true])
  expect(await reopen?.()).toBe(false)
})
