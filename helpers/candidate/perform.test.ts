import { expect, test } from 'vitest'
import { type OutcomeReason, outcomeOf } from '../history/outcome.ts'
import type { LogicalSample } from '../load/meter.ts'
import { seededRandom } from '../random.ts'
import type { Exchange } from './connection.ts'
import { type Device, perform, type Wish } from './perform.ts'
import { toldOk } from './read-reply.ts'
import { createSlowness } from './slowness.ts'

const ANSWERED: Exchange = { kind: 'response', response: { status: 200, headers: {}, body: '{}' } }

/** A device before a platform that answers everything, and what it wrote down. */
function device(over: Partial<Device> = {}) {
  const completions: object[] = []
  const nothing = () => undefined
  const written = {
    invoke: () => completions.length,
    complete: (completion: object) => {
      completions.push(completion)
    },
  }
  return {
    completions,
    candidate: 'c-1',
    name: 'main',
    connection: { send: async () => ANSWERED },
    recorder: written,
    meter: { attempt: nothing, logical: nothing },
    clock: { nowUs: () => 0 },
    scheduler: { until: async () => true },
    random: seededRandom(1),
    retries: { attempts: 2, firstBackoffMs: 1, maxBackoffMs: 1 },
    slowness: createSlowness(),
    timeoutMs: 1_000,
    stop: new AbortController().signal,
    cut: new AbortController().signal,
    nextRequestId: () => 'r-1',
    renew: async () => false,
    onPerformed: nothing,
    ...over,
  } as unknown as Device & { completions: object[] }
}

test('an answer whose ids are numbers is none, and is asked for again', async () => {
  const on = device()
  const call = { read: () => toldOk({ kind: 'questions', questions: [7] } as never) }
  const wish = { f: 'read-questions', step: 'steady', intendedUs: 0, call: () => call } as unknown as Wish<unknown>
  const done = await perform(on, wish)
  expect(done).toMatchObject({ outcome: 'info', reason: 'unparsable-body', attempts: 2, hadInfo: true })
  expect(done.reply).toBeUndefined()
  expect(on.completions).toMatchObject([{ reason: 'unparsable-body' }, { reason: 'unparsable-body' }])
})

/** What one candidate's wishes were, each of which is answered as the next of its reasons says. */
async function wishesOf(answers: readonly (readonly OutcomeReason[])[], over: Partial<Device> = {}) {
  const wishes: LogicalSample[] = []
  const meter = { attempt: () => undefined, logical: (wish: LogicalSample) => wishes.push(wish) }
  const on = device({ meter: meter as never, slowness: createSlowness(), ...over })
  for (const reasons of answers) {
    const left = [...reasons]
    const call = { read: () => outcomeOf(left.shift() ?? 'success') }
    const wish = { f: 'save-answer', step: 'steady', intendedUs: 0, call: () => call, renew: on.renew }
    await perform(on, wish as unknown as Wish<unknown>)
  }
  return wishes.map(({ error, firstError, reason, refused }) => ({ error, firstError, reason, refused }))
}

test('of somebody who is served in time a refusal is a refusal, and it is known which', async () => {
  expect(await wishesOf([[], ['not-found'], ['unparsable-body', 'success'], ['echo-mismatch']])).toEqual([
    { error: false, firstError: false, reason: 'success', refused: false },
    { error: true, firstError: true, reason: 'not-found', refused: true },
    { error: false, firstError: true, reason: 'unparsable-body', refused: true },
    { error: true, firstError: true, reason: 'echo-mismatch', refused: true },
  ])
})

test.each([
  ['time-out'],
  ['connection-reset'],
  ['server-error'],
  ['unavailable'],
  ['rate-limited'],
  ['turned-away'],
] as const)('%s may be for want of time, and so may be what the candidate is refused afterwards', async (reason) => {
  const wishes = await wishesOf([[reason, reason], ['not-found'], ['unauthorized']])
  expect(wishes.map(({ reason, refused }) => [reason, refused])).toEqual([
    [reason, false],
    ['not-found', false],
    ['unauthorized', false],
  ])
  // The other order proves what came before.
  expect((await wishesOf([['forbidden'], [reason, reason]])).map(({ refused }) => refused)).toEqual([true, false])
})

test("a token that is renewed is nobody's error; fresh ones that are refused as well are a refusal", async () => {
  const renew = async () => true
  expect(await wishesOf([['unauthorized']], { renew })).toMatchObject([{ error: false, refused: false }])
  const never = await wishesOf([Array.from({ length: 5 }, () => 'unauthorized' as const)], { renew })
  expect(never).toMatchObject([{ error: true, reason: 'unauthorized', refused: true }])
  // Where renewing met slowness, the 401 that it leaves behind is its doing.
  const slowness = createSlowness()
  const failed = async () => {
    slowness.notice('time-out')
    return false
  }
  expect(await wishesOf([['unauthorized']], { slowness, renew: failed })).toMatchObject([
    { error: true, reason: 'unauthorized', refused: false },
  ])
})

test('who is late, or was told to stop, is refused in whatever words the platform has', async () => {
  const slowness = createSlowness()
  slowness.endsAt(60e6)
  slowness.endsAt(90e6)
  const at = (nowUs: number) => ({ slowness, clock: { nowUs: () => nowUs } as never })
  expect(await wishesOf([['forbidden']], at(59e6))).toMatchObject([{ refused: true }])
  expect(await wishesOf([['forbidden']], at(60e6))).toMatchObject([{ error: true, refused: false }])
  const stop = AbortSignal.abort()
  expect(await wishesOf([['unauthorized']], { stop })).toMatchObject([{ error: true, refused: false }])
})

test('another attempt that cannot be made ready is not made, and the wish ends as the last one did', async () => {
  const ready = [true, false]
  const reasons: OutcomeReason[] = ['time-out', 'unavailable', 'success']
  const on = device({ retries: { attempts: 5, firstBackoffMs: 1, maxBackoffMs: 1 } })
  const call = { read: () => outcomeOf(reasons.shift() ?? 'success') }
  const beforeRetry = async () => ready.shift() ?? true
  const wish = { f: 'login', step: 'arrivals', intendedUs: 0, call: () => call, beforeRetry }
  const done = await perform(on, wish as unknown as Wish<unknown>)
  expect(done).toMatchObject({ reason: 'unavailable', attempts: 2, hadInfo: true })
  expect(on.completions).toMatchObject([{ reason: 'time-out' }, { reason: 'unavailable' }])
})
