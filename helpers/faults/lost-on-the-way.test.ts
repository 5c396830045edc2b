import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deadline } from '../deadline.ts'
import type { FaultTarget } from './fault.ts'
import { lostOnTheWay } from './lost-on-the-way.ts'

/** A backend that hears a request and never answers it, and what it logs. */
let server: Server
let log: string
let answers: boolean

beforeEach(async () => {
  log = ''
  answers = false
  server = createServer((request, response) => {
    log += `${request.url} ${request.headers['x-request-id']}\n`
    if (answers) response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function target(over: {
  readonly logsRequests: boolean
  readonly logs?: boolean
  readonly stream?: string
}): FaultTarget {
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

describe('what is lost on the way, on a platform that logs each request', () => {
  test('an answer is lost when the request is in the log, a request when it is not', async () => {
    const logging = target({ logsRequests: true, stream: 'downstream' })
    expect(await bite(logging, 'downstream')).toMatchObject({ felt: true, proof: expect.stringContaining('has its') })
    expect(await bite(logging, 'upstream')).toMatchObject({ felt: false })
  })

  test('a log without the request proves no lost answer, and the proof says what it may be', async () => {
    const silent = target({ logsRequests: true, logs: false, stream: 'downstream' })
    expect(await bite(silent, 'downstream')).toMatchObject({
      felt: false,
      proof: expect.stringMatching(/does not have its request; does the log leave out health checks\?/),
    })
  })
})

describe('what is lost on the way, on a platform that logs no requests', () => {
  test.each(['upstream', 'downstream'] as const)(
    'is felt by the probe, and by the proxy that swallows: %s',
    async (stream) => {
      const felt = await bite(target({ logsRequests: false, logs: false, stream }), stream)
      expect(felt).toMatchObject({ felt: true, proof: expect.stringContaining('arrived was not seen') })
    },
  )

  test('is not felt where the proxy swallows in the other direction, or not at all', async () => {
    expect(await bite(target({ logsRequests: false, stream: 'upstream' }), 'downstream')).toMatchObject({ felt: false })
    expect(await bite(target({ logsRequests: false }), 'downstream')).toMatchObject({ felt: false })
  })

  test('is not felt by whoever is answered', async () => {
    answers = true
    expect(await bite(target({ logsRequests: false, stream: 'upstream' }), 'upstream')).toMatchObject({ felt: false })
  })
})
