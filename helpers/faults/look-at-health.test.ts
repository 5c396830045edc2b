import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { FaultTarget } from './fault.ts'
import { lookAtHealth } from './look-at-health.ts'

const HEALTH = { live: '/health', ready: '/v1/ready' }

async function targetOf(server: net.Server, onTestFinished: (work: () => void) => void): Promise<FaultTarget> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { health: HEALTH, proxyAddress: () => ({ host: '127.0.0.1', port }) } as unknown as FaultTarget
}

test('tells what each question was answered', async ({ onTestFinished }) => {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === HEALTH.live ? 200 : 503
    response.end(request.url === HEALTH.live ? 'alive' : 'no database')
  })
  expect(await lookAtHealth(await targetOf(server, onTestFinished))).toEqual({
    live: { status: 200, said: '200 alive' },
    ready: { status: 503, said: '503 no database' },
  })
})

test('a connection that is cut is no answer', async ({ onTestFinished }) => {
  const server = net.createServer((socket) => socket.destroy())
  const { live, ready } = await lookAtHealth(await targetOf(server, onTestFinished))
  expect([live.status, ready.status]).toEqual([null, null])
  expect(live.said).not.toBe('')
})
