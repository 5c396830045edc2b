import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { RehearsalError } from '../errors.ts'
import type { FaultTarget } from './fault.ts'
import { backByItself, hasEnded } from './not-mended.ts'

const NOBODY = { host: '127.0.0.1', port: 1 }

/** A stage of which only the backend's own words are real; nobody listens where PostgreSQL and Redis would. */
function stage(isRunning: () => Promise<boolean>, backend = NOBODY): FaultTarget {
  return {
    services: { backend: { isRunning } },
    proxyAddress: (part: string) => (part === 'backend' ? backend : NOBODY),
    databaseUrl: () => 'postgres://nobody@127.0.0.1:1/nothing',
    usesRedis: true,
    health: { live: '/live', ready: '/ready' },
  } as unknown as FaultTarget
}

async function answering(status: number): Promise<typeof NOBODY> {
  const server: Server = createServer((_request, response) => response.writeHead(status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

const trouble = () => Promise.reject(new Error('no such container'))

test('a backend that is gone together with its database was stopped by somebody else', async () => {
  const stopped = stage(async () => false)
  expect(await hasEnded(stopped, ['postgres', 'redis'])).toBe(false)
  await expect(backByItself(stopped, trouble)).rejects.toThrow('no such container')
})

test('a backend that ended while what it needs is there has ended by itself', async () => {
  const ended = stage(async () => false)
  expect(await hasEnded(ended, [])).toBe(true)
  expect(
    await hasEnded(
      stage(async () => true),
      [],
    ),
  ).toBe(false)
})

test('of an engine that does not answer nobody knows', async () => {
  expect(await hasEnded(stage(trouble), [])).toBe(false)
})

test('a backend that says it is not ready is no platform that failed while its database is away', async () => {
  const waiting = stage(async () => true, await answering(503))
  await expect(backByItself(waiting, trouble)).rejects.toThrow('no such container')
})

test('what was interrupted, or is known to be its doing, stays what it is', async () => {
  for (const code of ['INTERRUPTED', 'NOT_MENDED'] as const) {
    const error = new RehearsalError(code, { expected: 'a', seen: 'b', next: 'c' })
    await expect(
      backByItself(
        stage(async () => false),
        () => Promise.reject(error),
      ),
    ).rejects.toBe(error)
  }
})

test('what works is left alone', async () => {
  await expect(backByItself(stage(trouble), async () => undefined)).resolves.toBeUndefined()
})
