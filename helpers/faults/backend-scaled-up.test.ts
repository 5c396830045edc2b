import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { deadline } from '../deadline.ts'
import { backendScaledUp } from './backend-scaled-up.ts'
import type { FaultTarget } from './fault.ts'

const PRIMARY = 20

/** A backend behind a start script, whose primary has never heard of the signals and is stopped by them, as the kernel does. */
async function deafBackend() {
  const server = createServer((_request, response) => response.writeHead(200).end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const stopped = new Set<number>()
  const signalled = new Set<number>()
  const of = (pid: number, parent: number, commandLine: string) => {
    return { pid, parent, name: commandLine, commandLine, ageMs: 60_000 }
  }
  const backend = {
    processes: async () => [
      of(1, 0, 'start.sh'),
      of(PRIMARY, 1, 'primary'),
      of(21, PRIMARY, 'w'),
      of(22, PRIMARY, 'w'),
    ],
    isRunning: async () => true,
    signal: async (pid: number, signal: NodeJS.Signals) => {
      signalled.add(pid)
      if (signal === 'SIGCONT') stopped.delete(pid)
      else stopped.add(pid)
    },
  }
  const { port } = server.address() as AddressInfo
  const target = {
    services: { backend },
    workerCommand: null,
    proxyAddress: () => ({ host: '127.0.0.1', port }),
    health: { live: '/live', ready: '/ready' },
  } as unknown as FaultTarget
  return { target, stopped, signalled }
}

test('whoever started the workers is told, and goes on after the heal where the signal has stopped it', async () => {
  const { target, stopped, signalled } = await deafBackend()
  const fault = backendScaledUp.on(target)
  using short = deadline(300)
  await expect(fault.inject(short)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect([...signalled]).toEqual([PRIMARY])
  expect([...stopped]).toEqual([PRIMARY])
  using limit = deadline(2_000)
  await fault.heal(limit)
  expect([...stopped]).toEqual([])
})
