import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, type TestContext, test } from 'vitest'
import { deadline } from '../deadline.ts'
import type { FaultTarget } from './fault.ts'
import { lostOnTheWay } from './lost-on-the-way.ts'

/** Of the test's own context: tests run side by side, each with a backend of its own. */
type OnEnd = TestContext['onTestFinished']

/** A backend that hears a request and never answers it unless `answers`, what it logs, and the proxy before it. */
async function target(
  onEnd: OnEnd,
  over: {
    readonly logsRequests: boolean
    readonly logs?: boolean
    readonly stream?: string
    readonly answers?: boolean
  },
): Promise<FaultTarget> {
  let log = ''
  const server = createServer((request, response) => {
    log += `${request.url} ${request.headers['x-request-id']}\n`
    if (over.answers === true) response.end('ok')
  })
  onEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy = {
    getPath: () => '/proxies/backend',
    api: { get: async () => ({ data: over.stream === undefined ? [] : [{ name: 'lost', stream: over.stream }] }) },
  }
  return {
    logsRequests: over.logsRequests,
    health: { ready: '/ready', live: '/live' },
    services: { backend: { logs: async () => (over.logs === false ? '' : log) } },
    proxies: { backend: proxy },
    proxyAddress: () => ({ host: '127.0.0.1', port }),
  } as unknown as FaultTarget
}

async function bite(of: FaultTarget, stream: 'upstream' | 'downstream') {
  using limit = deadline(10_000)
  return await lostOnTheWay(of, 'lost', stream).wasFelt(limit)
}

describe.concurrent('what is lost on the way, on a platform that logs each request', () => {
  test('an answer is lost when the request is in the log, a request when it is not', async ({ onTestFinished }) => {
    const logging = await target(onTestFinished, { logsRequests: true, stream: 'downstream' })
    expect(await bite(logging, 'downstream')).toMatchObject({ felt: true, proof: expect.stringContaining('has its') })
    expect(await bite(logging, 'upstream')).toMatchObject({ felt: false })
  })

  test('a log without the request proves no lost answer, and the proof says what it may be', async ({
    onTestFinished,
  }) => {
    const silent = await target(onTestFinished, { logsRequests: true, logs: false, stream: 'downstream' })
    expect(await bite(silent, 'downstream')).toMatchObject({
      felt: false,
      proof: expect.stringMatching(/does not have its request; does the log leave out health checks\?/),
    })
  })
})

describe.concurrent('what is lost on the way, on a platform that logs no requests', () => {
  test.for(['upstream', 'downstream'] as const)(
    'is felt by the probe, and by the proxy that swallows: %s',
    async (stream, { onTestFinished }) => {
      const silent = await target(onTestFinished, { logsRequests: false, logs: false, stream })
      const felt = await bite(silent, stream)
      expect(felt).toMatchObject({ felt: true, proof: expect.stringContaining('arrived was not seen') })
    },
  )

  test('is not felt where the proxy swallows in the other direction, or not at all', async ({ onTestFinished }) => {
    const other = await target(onTestFinished, { logsRequests: false, stream: 'upstream' })
    const none = await target(onTestFinished, { logsRequests: false })
    for (const felt of await Promise.all([bite(other, 'downstream'), bite(none, 'downstream')])) {
      expect(felt).toMatchObject({ felt: false })
    }
  })

  test('is not felt by whoever is answered', async ({ onTestFinished }) => {
    const answering = await target(onTestFinished, { logsRequests: false, stream: 'upstream', answers: true })
    expect(await bite(answering, 'upstream')).toMatchObject({ felt: false })
  })
})
