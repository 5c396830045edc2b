import { expect, test } from 'vitest'
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
  const tap = tapLoad()
  let index = -1
  const recorder = tap.onto({ invoke: () => ++index, complete: () => undefined })
  for (const errorCode of ['TOKEN_EXPIRED', 'UNAUTHENTICATED']) {
    const invocation = recorder.invoke({
      timeUs: 0,
      intendedUs: 0,
      candidate: 'c-1',
      connection: 'main',
      f: 'save-answer',
      step: 'steady',
      requestId: 'r',
      attempt: 1,
    })
    recorder.complete({ type: 'fail', timeUs: 1, invocation, reason: 'unauthorized', errorCode })
  }
  expect(tap.attempts.map(({ failed }) => failed)).toEqual([false, true])
})
