import { expect, test } from 'vitest'
import type { OperationName } from '../history/operation.ts'
import { tapLoad } from './load-tap.ts'

test('passes everything on, and counts what was acknowledged and what failed', () => {
  const passed: unknown[] = []
  const tap = tapLoad()
  const recorder = tap.onto({
    invoke: (invocation) => passed.push(invocation) - 1,
    complete: (end) => passed.push(end),
  })
  const invocation = {
    timeUs: 20,
    intendedUs: 10,
    candidate: 'c-1',
    connection: 'main',
    f: 'submit',
    step: 'submit-spike',
    requestId: 'r',
    attempt: 1,
  } as const
  const indices = [recorder.invoke(invocation), recorder.invoke(invocation), recorder.invoke(invocation)]
  recorder.complete({ type: 'ok', timeUs: 30, invocation: indices[0] as number, reason: 'success' })
  recorder.complete({ type: 'info', timeUs: 40, invocation: indices[1] as number, reason: 'time-out' })

  expect(passed).toHaveLength(5)
  expect(tap.acknowledged('submit')).toBe(1)
  expect(tap.acknowledged('login')).toBe(0)
  expect(tap.attempts.map(({ completedUs, failed, reason }) => ({ completedUs, failed, reason }))).toEqual([
    { completedUs: 30, failed: false, reason: 'success' },
    { completedUs: 40, failed: true, reason: 'time-out' },
    { completedUs: null, failed: false, reason: 'open-at-end' },
  ])
})

test.each(['superseded', 'session-closed', 'exam-not-open'])(
  'a refusal that is part of the game is no failure: %s',
  (reason) => {
    const tap = tapLoad()
    const recorder = tap.onto({ invoke: () => 0, complete: () => undefined })
    recorder.invoke({
      timeUs: 0,
      intendedUs: 0,
      candidate: 'c-1',
      connection: 'main',
      f: 'save-answer',
      step: 'steady',
      requestId: 'r',
      attempt: 1,
    })
    recorder.complete({ type: 'fail', timeUs: 1, invocation: 0, reason })
    expect(tap.attempts[0]?.failed).toBe(false)
    expect(tap.acknowledged('save-answer')).toBe(0)
  },
)

test('an access token whose time is over is no failure, any other refusal of a token is', () => {
  expect(failuresOf(['save-answer', 'TOKEN_EXPIRED'], ['save-answer', 'UNAUTHENTICATED'])).toEqual([false, true])
})

test('a new token that is refused as too old again is a failure, until something was accepted', () => {
  expect(
    failuresOf(
      ['save-answer', 'TOKEN_EXPIRED'],
      ['refresh-token', 'success'],
      ['save-answer', 'TOKEN_EXPIRED'],
      ['save-answer', 'success'],
      ['save-answer', 'TOKEN_EXPIRED'],
    ),
  ).toEqual([false, false, true, false, false])
})

test('closed doors are a failure to who has been in already', () => {
  expect(
    failuresOf(['create-session', 'exam-not-open'], ['create-session', 'success'], ['save-answer', 'exam-not-open']),
  ).toEqual([false, false, true])
})

/** What one candidate did, one after another, and what came of it: `success`, `exam-not-open` or an error code. */
function failuresOf(...attempts: readonly (readonly [OperationName, string])[]): readonly boolean[] {
  const tap = tapLoad()
  let index = -1
  const recorder = tap.onto({ invoke: () => ++index, complete: () => undefined })
  for (const [at, [f, outcome]] of attempts.entries()) {
    const sentUs = at * 10
    const invocation = recorder.invoke({
      timeUs: sentUs,
      intendedUs: sentUs,
      candidate: 'c-1',
      connection: 'main',
      f,
      step: 'steady',
      requestId: 'r',
      attempt: 1,
    })
    const end = { timeUs: sentUs + 1, invocation }
    if (outcome === 'success') recorder.complete({ ...end, type: 'ok', reason: 'success' })
    else if (outcome === 'exam-not-open') recorder.complete({ ...end, type: 'fail', reason: 'exam-not-open' })
    else recorder.complete({ ...end, type: 'fail', reason: 'unauthorized', errorCode: outcome })
  }
  return tap.attempts.map(({ failed }) => failed)
}
