import { expect, test } from 'vitest'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { startExamStub } from '../load/testing/exam-stub.ts'
import { memoryRecorder } from '../load/testing/memory-recorder.ts'
import { twoStepApi } from '../load/testing/two-step-api.ts'
import { expiringGuests } from './expiring-guests.ts'

const GUEST = { id: 'g-1', email: 'g-1@example.org', password: 'secret' }

test('guests log in in two steps, from the first again where one fails, and start their sessions', async () => {
  await using stub = await startExamStub({
    questions: 3,
    demandsForm: true,
    interfere: ({ path, nth }) =>
      path === '/v1/auth/login' && nth === 1 ? { status: 503, errorCode: 'NOT_READY' } : undefined,
  })
  const recorder = memoryRecorder()
  await using guests = expiringGuests(
    {
      stage: { baseUrl: () => stub.url } as never,
      clock: monotonicClock(takeEpoch()),
      recorder,
      signal: new AbortController().signal,
    },
    {
      api: twoStepApi,
      seed: 1,
      exam: { id: 'e-1', paper: { year: 2026, blocks: ['A'], count: 3, durationSeconds: 60 } },
      guests: [GUEST],
      firstSeconds: 5,
      stepSeconds: 1,
    },
  )
  await guests.logIn()
  expect((await guests.start()).size).toBe(1)
  expect(recorder.events.flatMap((event) => (event.type === 'invoke' ? [event.f] : []))).toEqual([
    'open-login',
    'open-login',
    'login',
    'open-login',
    'login',
    'create-session',
    'read-session',
    'save-answer',
  ])
})
