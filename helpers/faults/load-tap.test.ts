import { expect, test } from 'vitest'
import { historyOf } from '../history/history-of.ts'
import { GUEST_STEP, type HistoryEvent, type Invocation, type OperationName } from '../history/operation.ts'
import { attemptsOf, tapLoad } from './load-tap.ts'

const SAVE = {
  candidate: 'c-1',
  connection: 'main',
  f: 'save-answer',
  step: 'steady',
  requestId: 'r',
  attempt: 1,
} as const

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
    recorder.invoke({ ...SAVE, timeUs: 0, intendedUs: 0 })
    recorder.complete({ type: 'fail', timeUs: 1, invocation: 0, reason })
    expect(tap.attempts[0]?.failed).toBe(false)
    expect(tap.acknowledged('save-answer')).toBe(0)
  },
)

test('a 503 must say when to come back; nothing else is asked for that', () => {
  const answered = [{ status: 503 }, { status: 503, retryAfterSeconds: 0 }, { status: 500 }, {}]
  const tap = tapLoad()
  const recorder = tap.onto({ invoke: () => tap.attempts.length, complete: () => undefined })
  for (const told of answered) {
    const invocation = recorder.invoke({ ...SAVE, timeUs: 0, intendedUs: 0 })
    recorder.complete({ type: 'info', timeUs: 1, invocation, reason: 'unavailable', ...told })
  }
  expect(tap.attempts.map(({ isUntold }) => isUntold)).toEqual([true, false, false, false])
})

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

test('a log-in needs no token, so that neither of its steps shows that a new one is good', () => {
  expect(
    failuresOf(
      ['save-answer', 'TOKEN_EXPIRED'],
      ['open-login', 'success'],
      ['login', 'success'],
      ['save-answer', 'TOKEN_EXPIRED'],
    ),
  ).toEqual([false, false, false, true])
})

test('a token that never gets good is excused once, however many requests meet it', () => {
  expect(
    failuresOf(
      ['save-answer', 'TOKEN_EXPIRED'],
      ['save-answer', 'TOKEN_EXPIRED'],
      ['save-answer', 'TOKEN_EXPIRED'],
      ['refresh-token', 'success'],
      ['save-answer', 'TOKEN_EXPIRED'],
    ),
  ).toEqual([false, true, true, false, true])
  const tap = tapLoad()
  let next = 0
  const recorder = tap.onto({ invoke: () => next++, complete: () => undefined })
  const send = (timeUs: number): number => recorder.invoke({ ...SAVE, timeUs, intendedUs: timeUs })
  const refuse = (invocation: number, timeUs: number): void =>
    recorder.complete({ type: 'fail', timeUs, invocation, reason: 'unauthenticated', errorCode: 'TOKEN_EXPIRED' })
  const [first, together] = [send(0), send(1)]
  refuse(first, 10)
  const later = send(11)
  refuse(together, 20)
  // Sent before the second refusal was known, but after the first: the token had to be new by then.
  refuse(later, 21)
  expect(tap.attempts.map(({ failed }) => failed)).toEqual([false, false, true])
})

test('closed doors are a failure to everybody who knocks after the first was let in', () => {
  const tap = tapLoad()
  let next = 0
  const recorder = tap.onto({ invoke: () => next++, complete: () => undefined })
  const knock = (candidate: string, timeUs: number, ok: boolean, step = 'start-burst'): void => {
    const invocation = recorder.invoke({ ...SAVE, f: 'create-session', candidate, step, timeUs, intendedUs: timeUs })
    const end = { invocation, timeUs: timeUs + 5 }
    if (ok) recorder.complete({ ...end, type: 'ok', reason: 'success' })
    else recorder.complete({ ...end, type: 'fail', reason: 'exam-not-open' })
  }
  knock('c-0', 0, true, 'warm-up')
  knock('c-1', 10, false)
  knock('c-2', 20, true)
  // Under way when the first was let in.
  knock('c-3', 24, false)
  knock('c-4', 30, false)
  expect(tap.attempts.map(({ failed }) => failed)).toEqual([false, false, false, false, true])
})

test('closed doors are a failure to who has been in already', () => {
  expect(
    failuresOf(['create-session', 'exam-not-open'], ['create-session', 'success'], ['save-answer', 'exam-not-open']),
  ).toEqual([false, false, true])
})

test('one of two starts at once may be sent away (409): that is no failure, whichever is answered first', () => {
  expect(startsOf(['main', 0, 20, 'success'], ['aside', 1, 10, 'conflict'])).toEqual([false, false])
  expect(startsOf(['main', 0, 10, 'success'], ['aside', 1, 20, 'conflict'])).toEqual([false, false])
  // The reply was lost: it may be the one that got in.
  expect(startsOf(['main', 0, 10, 'time-out'], ['aside', 1, 20, 'conflict'])).toEqual([true, false])
})

test('a retry of one of two starts is sent away as rightly as its first attempt', () => {
  expect(
    startsOf(
      ['main', 0, 10, 'success'],
      ['aside', 1, 5, 'connection-refused'],
      ['aside', 30, 40, 'conflict', { attempt: 2 }],
    ),
  ).toEqual([false, true, false])
})

test('a start whose earlier try nobody heard of may be sent away for the sake of that one', () => {
  const again = { attempt: 2 } as const
  expect(startsOf(['main', 0, 10, 'time-out'], ['main', 20, 30, 'conflict', again])).toEqual([true, false])
  expect(startsOf(['main', 0, 10, 'connection-refused'], ['main', 20, 30, 'conflict', again])).toEqual([true, true])
  expect(startsOf(['main', 0, 10, 'time-out'], ['main', 20, 30, 'conflict'])).toEqual([true, true])
})

test('a start that is sent away although no other may get in is a failure', () => {
  expect(startsOf(['main', 0, 10, 'conflict'])).toEqual([true])
  // One after the other.
  expect(startsOf(['main', 0, 10, 'success'], ['aside', 20, 30, 'conflict'])).toEqual([false, true])
  expect(startsOf(['main', 0, 10, 'connection-refused'], ['aside', 1, 20, 'conflict'])).toEqual([true, true])
  // Of both that are sent away one.
  expect(startsOf(['main', 0, 10, 'conflict'], ['aside', 1, 20, 'conflict'])).toEqual([false, true])
  expect(
    startsOf(['main', 0, 10, 'success'], ['aside', 1, 20, 'conflict', { candidate: 'c-2' }]),
    'of somebody else',
  ).toEqual([false, true])
})

test('closed doors are no failure to a start that was under way when its candidate was let in by another', () => {
  expect(startsOf(['main', 0, 20, 'success'], ['aside', 1, 30, 'exam-not-open'])).toEqual([false, false])
  expect(startsOf(['main', 0, 20, 'success'], ['aside', 21, 30, 'exam-not-open'])).toEqual([false, true])
})

test('a conflict of anything but a start is a failure, whatever starts meanwhile', () => {
  expect(startsOf(['main', 0, 10, 'success'], ['aside', 1, 20, 'conflict', { f: 'submit' }])).toEqual([false, true])
})

/** Starts of one candidate, each with its device, when it was sent and answered (µs), and what came of it. */
function startsOf(
  ...attempts: readonly (readonly [string, number, number, string, Partial<Omit<Invocation, 'type' | 'index'>>?])[]
): readonly boolean[] {
  const tap = tapLoad()
  let next = 0
  const recorder = tap.onto({ invoke: () => next++, complete: () => undefined })
  const happenings = attempts.flatMap(([connection, sentUs, endUs, reason, more], invocation) => [
    {
      atUs: sentUs,
      happen: () =>
        recorder.invoke({
          ...SAVE,
          connection,
          f: 'create-session',
          step: 'start-burst',
          timeUs: sentUs,
          intendedUs: sentUs,
          ...more,
        }),
    },
    {
      atUs: endUs,
      happen: () => {
        const type = reason === 'success' ? 'ok' : reason === 'time-out' ? 'info' : 'fail'
        recorder.complete({ type, timeUs: endUs, invocation, reason })
      },
    },
  ])
  for (const { happen } of happenings.sort((one, other) => one.atUs - other.atUs)) happen()
  return tap.attempts.map(({ failed }) => failed)
}

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

test('who has no session yet and finds none is told the truth; who has been in is not', () => {
  const tap = tapLoad()
  const recorder = tap.onto({ invoke: () => tap.attempts.length, complete: () => undefined })
  const look = (f: OperationName, end: { readonly type: 'ok' | 'fail'; readonly reason: string }): void => {
    const invocation = recorder.invoke({ ...SAVE, f, timeUs: 0, intendedUs: 0 })
    recorder.complete({ ...end, timeUs: 1, invocation })
  }
  look('current-session', { type: 'fail', reason: 'not-found' })
  look('read-session', { type: 'fail', reason: 'not-found' })
  look('create-session', { type: 'ok', reason: 'success' })
  look('current-session', { type: 'fail', reason: 'not-found' })
  expect(tap.attempts.map(({ failed }) => failed)).toEqual([false, true, false, true])
})

test('guests, who are refused on purpose, are among no attempts of a history', () => {
  const asked = { ...SAVE, intendedUs: 0 }
  const events: readonly HistoryEvent[] = [
    { ...asked, type: 'invoke', index: 0, timeUs: 0, step: GUEST_STEP },
    { ...asked, type: 'invoke', index: 1, timeUs: 1 },
    { type: 'fail', index: 2, timeUs: 2, invocation: 0, reason: 'unavailable', status: 503 },
    { type: 'ok', index: 3, timeUs: 3, invocation: 1, reason: 'success', status: 200 },
  ]
  expect(attemptsOf(historyOf(events))).toMatchObject([
    { step: 'steady', completedUs: 3, failed: false, isUntold: false },
  ])
})
