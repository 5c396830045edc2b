import { expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import type { Exchange } from './connection.ts'
import { type Device, perform, type Wish } from './perform.ts'
import { toldOk } from './read-reply.ts'

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
