import { expect, onTestFinished, test, vi } from 'vitest'
import type { Deadline } from '../host.ts'
import type { FaultTarget } from './fault.ts'
import { clientsIn, ofRedisInUse } from './redis-in-use.ts'

const line = (name: string, cmd: string) =>
  `id=7 addr=172.18.0.4:50112 laddr=172.18.0.3:6379 fd=8 name=${name} age=3 cmd=${cmd}`
const OWN = [line('', 'client|list'), line('exam-rehearsal-sampler', 'info')]

test('counts neither who asks nor who watches', () => {
  expect(clientsIn('')).toBe(0)
  expect(clientsIn(OWN.join('\n'))).toBe(0)
  expect(clientsIn([...OWN, line('', 'incr'), line('worker-2', 'ping')].join('\n'))).toBe(2)
})

function target(list: readonly string[], over: { readonly usesRedis?: boolean; readonly isRunning?: boolean } = {}) {
  return {
    usesRedis: over.usesRedis ?? true,
    services: {
      backend: { isRunning: async () => over.isRunning ?? true },
      redis: { exec: async () => ({ exitCode: 0, stdout: list.join('\n'), stderr: '' }) },
    },
  } as unknown as FaultTarget
}

const LIMIT = { signal: new AbortController().signal } as Deadline
const broken = ofRedisInUse(() => ({
  inject: async () => undefined,
  wasFelt: async () => ({ felt: true, proof: 'PING got no answer' }),
  heal: async () => undefined,
}))

test.each([
  ['the backend is connected', target([...OWN, line('', 'incr')])],
  ['the platform says that it has no Redis', target(OWN, { usesRedis: false })],
  ['another fault has stopped the backend', target(OWN, { isRunning: false })],
])('a fault is felt as ever where %s', async (_, on) => {
  const fault = broken(on)
  await fault.inject(LIMIT)
  expect(await fault.wasFelt(LIMIT)).toEqual({ felt: true, proof: 'PING got no answer' })
})

test('a fault is not felt where nobody but the rehearsal was connected, and says what to look at', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const unused = target(OWN)
  const { redis } = unused.services
  const looks = vi.fn(redis.exec)
  // Each look takes a second: the five that are waited for are soon over.
  redis.exec = async (...asked) => {
    vi.advanceTimersByTime(1_000)
    return looks(...asked)
  }
  const fault = broken(unused)
  await fault.inject(LIMIT)
  expect(looks.mock.calls.length).toBeGreaterThanOrEqual(5)
  const { felt, proof } = await fault.wasFelt(LIMIT)
  expect(felt).toBe(false)
  expect(proof).toMatch(/PING got no answer; but nobody except this rehearsal was connected.*capabilities\.redis/)
})
