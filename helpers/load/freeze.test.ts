import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openConnection } from '../candidate/connection.ts'
import { monotonicClock, takeEpoch } from '../clock.ts'
import { openArrivals } from './executors/open-arrivals.ts'
import { favourGenerator } from './generator-priority.ts'
import { latencyHistogram, percentileMs, recordUs } from './histogram.ts'
import { createScheduler } from './scheduler.ts'

const SERVER = fileURLToPath(new URL('./testing/echo-server.ts', import.meta.url))

const CONNECTIONS = 400
/** 400 connections, one request each every 200 ms: 2 000 a second. */
const PERIOD_MS = 200
const ROUNDS = 32
const FREEZE_AT_MS = 1_000
const FREEZE_MS = 3_000
const TEST_TIMEOUT_MS = 60_000

const CALL = { method: 'GET', path: '/', headers: {} } as const

/**
 * The measuring measured (P3): a server that answers nobody for 3 s must not look fast because nobody could ask it
 * anything meanwhile. Counted from the actual send, only the 400 requests in flight are slow, 3 % of all, and p95 knows
 * nothing of the stall; counted from the intended time it shows in full length.
 */
test(
  'a stall of three seconds shows in p95 only because latency counts from the intended time',
  async () => {
    await using server = await startServer()
    // Other test files run beside this one, and catching up with 6 000 requests needs a processor.
    using _priority = favourGenerator()
    const clock = monotonicClock(takeEpoch())
    using scheduler = createScheduler({ clock })
    await using connections = new AsyncDisposableStack()
    const sockets = Array.from({ length: CONNECTIONS }, () =>
      connections.use(openConnection({ baseUrl: () => server.url })),
    )
    const never = new AbortController().signal
    const corrected = latencyHistogram()
    const uncorrected = latencyHistogram()
    const exactMs: number[] = []

    const send = (participant: number, requestId: string) =>
      (sockets[participant] as (typeof sockets)[number]).send(CALL, { requestId, timeoutMs: 30_000, signal: never })
    await Promise.all(sockets.map((_, participant) => send(participant, 'connect')))

    const arrivals = Array.from({ length: CONNECTIONS * ROUNDS }, (_, request) => ({
      participant: request % CONNECTIONS,
      atMs: (request * PERIOD_MS) / CONNECTIONS,
    }))
    const originUs = clock.nowUs() + 50_000
    scheduler.at(originUs + FREEZE_AT_MS * 1_000, () => server.signal('SIGSTOP'))
    scheduler.at(originUs + (FREEZE_AT_MS + FREEZE_MS) * 1_000, () => server.signal('SIGCONT'))
    const offered = await openArrivals({ label: 'requests', arrivals }).run(
      { scheduler, originUs, signal: never },
      async (participant, intendedUs) => {
        const sentUs = clock.nowUs()
        const exchange = await send(participant, 'measure')
        const completedUs = clock.nowUs()
        expect(exchange.kind).toBe('response')
        recordUs(corrected, completedUs - intendedUs)
        recordUs(uncorrected, completedUs - sentUs)
        exactMs.push((completedUs - intendedUs) / 1_000)
      },
    )

    const planned = CONNECTIONS * ROUNDS
    expect(offered).toEqual({ planned, started: planned, finished: planned, dropped: 0 })
    expect(percentileMs(corrected, 0.95)).toBeGreaterThan(2_000)
    expect(percentileMs(uncorrected, 0.95)).toBeLessThan(FREEZE_MS / 3)
    exactMs.sort((a, b) => a - b)
    for (const p of [0.5, 0.95, 0.99]) {
      const exact = exactMs[Math.ceil(p * exactMs.length) - 1] as number
      expect(Math.abs((percentileMs(corrected, p) as number) - exact) / exact).toBeLessThanOrEqual(0.001)
    }
  },
  TEST_TIMEOUT_MS,
)

async function startServer(): Promise<AsyncDisposable & { url: string; signal(name: NodeJS.Signals): void }> {
  const child = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    signal: (name) => {
      child.kill(name)
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      // SIGKILL also ends a process that is stopped.
      child.kill('SIGKILL')
      await gone
    },
  }
}
