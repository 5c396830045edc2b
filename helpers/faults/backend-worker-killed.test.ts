import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { deadline } from '../deadline.ts'
import type { ServiceProcess } from '../host.ts'
import { backendWorkerKilled } from './backend-worker-killed.ts'
import type { FaultTarget } from './fault.ts'

const LIMIT_MS = 2_000
const POOL = [21, 22, 23, 24]

interface Container {
  readonly target: FaultTarget
  readonly killed: number[]
}

/**
 * A container with a start script, a server with a pool, and a loop whose `sleep` is another at each look.
 *
 * @param successor what whoever takes a place is called
 * @param replaces whether the server replaces whoever of the pool was killed
 */
async function container(
  options: { replaces?: boolean; workerCommand?: string; pool?: readonly number[]; successor?: string } = {},
): Promise<Container> {
  const { replaces = true, workerCommand = null, pool = POOL, successor = 'php-fpm: pool www' } = options
  const server = createServer((_request, response) => response.writeHead(200).end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const killed: number[] = []
  let next = 500
  const settled = (pid: number, parent: number, commandLine: string, ageMs: number | null = 60_000) => ({
    pid,
    parent,
    name: commandLine,
    commandLine,
    ageMs,
  })
  const processes = async (): Promise<readonly ServiceProcess[]> => {
    next += 1
    const replaced = replaces ? killed.filter((pid) => pool.includes(pid)).map((pid) => pid + 100) : []
    return [
      settled(1, 0, '/bin/sh /app/start.sh'),
      settled(20, 1, 'php-fpm: master process'),
      ...pool.filter((pid) => !killed.includes(pid)).map((pid) => settled(pid, 20, 'php-fpm: pool www')),
      ...replaced.map((pid) => settled(pid, 20, successor)),
      settled(30, 1, '/bin/sh /app/start.sh'),
      settled(next, 30, 'sleep 2', 500),
    ]
  }
  const backend = {
    processes,
    descendants: async () => (await processes()).map(({ pid }) => pid),
    isRunning: async () => true,
    signal: async (pid: number) => void killed.push(pid),
  }
  const { port } = server.address() as AddressInfo
  const target = {
    services: { backend },
    workerCommand,
    proxyAddress: () => ({ host: '127.0.0.1', port }),
    health: { live: '/live', ready: '/ready' },
    databaseUrl: () => 'postgres://nobody@127.0.0.1:1/nothing',
    usesRedis: false,
  } as unknown as FaultTarget
  return { target, killed }
}

test('a worker is killed, and never the sleep of a loop that is younger than all of them', async () => {
  const { target, killed } = await container()
  using limit = deadline(LIMIT_MS)
  const fault = backendWorkerKilled.on(target)
  expect((await fault.wasFelt(limit)).felt).toBe(false)
  await fault.inject(limit)
  expect(POOL).toEqual(expect.arrayContaining(killed))
  expect(await fault.wasFelt(limit)).toEqual({
    felt: true,
    proof: `process ${killed[0]} (php-fpm: pool www), one of 4 workers, is gone`,
  })
  await fault.heal(limit)
})

test('a worker who is not replaced is the platform’s doing, whoever else comes and goes, and is named', async () => {
  const { target, killed } = await container({ replaces: false })
  using limit = deadline(LIMIT_MS)
  using short = deadline(400)
  const fault = backendWorkerKilled.on(target)
  await fault.inject(limit)
  const error = await fault.heal(short).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'NOT_MENDED',
    seen: expect.stringMatching(
      /^3 of 4 workers when the time for it was up: process \d+ \(php-fpm: pool www\) was killed/,
    ),
  })
  expect(killed).toHaveLength(1)
})

test('who took the place and looks like nobody before is no proof against the platform: unknown, with what to say', async () => {
  const { target } = await container({ successor: 'php-fpm: pool www (idle)' })
  using limit = deadline(LIMIT_MS)
  using short = deadline(400)
  const fault = backendWorkerKilled.on(target)
  await fault.inject(limit)
  await expect(fault.heal(short)).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    seen: expect.stringContaining('php-fpm: pool www (idle)'),
    next: expect.stringContaining('workerCommand'),
  })
})

test('a platform says what its workers are called, and is told what runs where nobody is', async () => {
  const named = await container({ pool: [21], workerCommand: 'fpm: pool' })
  using limit = deadline(LIMIT_MS)
  await backendWorkerKilled.on(named.target).inject(limit)
  expect(named.killed).toEqual([21])

  const wrong = await container({ workerCommand: 'puma: cluster worker' })
  await expect(backendWorkerKilled.on(wrong.target).inject(limit)).rejects.toMatchObject({
    code: 'FAULT_NOT_SET',
    expected: expect.stringContaining('"puma: cluster worker"'),
    seen: expect.stringMatching(/^1 \/bin\/sh \/app\/start\.sh; 20 php-fpm: master process; 21 php-fpm: pool www; /),
  })
  expect(wrong.killed).toEqual([])
})

test('one process alone is no worker: it may be the only server, or a job', async () => {
  const { target, killed } = await container({ pool: [21] })
  using limit = deadline(LIMIT_MS)
  await expect(backendWorkerKilled.on(target).inject(limit)).rejects.toMatchObject({
    code: 'FAULT_NOT_SET',
    next: expect.stringContaining('workerCommand'),
  })
  expect(killed).toEqual([])
})
