import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { GENERATOR_HEAP } from '../helpers/load/generator-heap.ts'
import type { LatencySummary } from '../helpers/load/latency.ts'
import type { StepResult } from '../helpers/phase-result.ts'
import { startPinned, startServer, TOOL_CPU } from './load-processes.ts'
import { MEAN_HELD_MS, type ServerLog } from './load-server.ts'
import { type JudgedBound, judgeBound } from './load-targets.ts'

/** What our report says of the answers of one run, beside what the server says of the same answers. */
export interface AddedLatency {
  readonly candidates: number
  readonly perSecond: number
  readonly offeredPerSecond: number
  readonly reported: LatencySummary
  readonly logged: ServerLog
  readonly bounds: readonly JudgedBound[]
}

const CANDIDATES = 400
const PER_SECOND = 1_000
const MEASURED_MS = 30_000
/** The way in, and whatever the engine takes to begin. */
const WAY_IN_MS = 8_000
const OFFERED_SHARE = 0.95
const BOUNDS = [
  { percentile: 'p50Ms', below: 2 },
  { percentile: 'p95Ms', below: 2 },
  { percentile: 'p99Ms', below: 5 },
] as const

/**
 * Whether a report says of a backend what that says of itself: 400 candidates, 1 000 answers a second, a server that holds
 * each answer for 5 to 80 ms and logs how long it really was. Both are of all answers from the first on. Ours counts from
 * the intended time, so that whatever the engine adds (its lag, the wire, the reading) is in the difference.
 */
export async function addedLatency(): Promise<AddedLatency> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'bench-load-'))
  stack.defer(() => rm(dir, { recursive: true }))
  const server = stack.use(await startServer({ held: true }))
  const thinkMs = (CANDIDATES / PER_SECOND) * 1_000 - MEAN_HELD_MS
  const engine = fileURLToPath(new URL('load-engine.ts', import.meta.url))
  const seconds = (WAY_IN_MS + MEASURED_MS) / 1_000 + 30
  const args = [server.baseUrl, thinkMs, CANDIDATES, dir, seconds].map(String)
  const running = startPinned(TOOL_CPU, [process.execPath, ...GENERATOR_HEAP, engine, ...args], 'pipe')
  stack.defer(async () => {
    await running.end('SIGKILL')
  })
  await sleep(WAY_IN_MS + MEASURED_MS)
  running.refuseEnded('the engine')
  const exitCode = await running.end('SIGTERM')
  if (exitCode !== 0) throw new Error(`the engine ended with ${exitCode}. ${running.said()}`)

  const steps = JSON.parse(await readFile(join(dir, 'steps.json'), 'utf8')) as readonly StepResult[]
  const steady = steps.find(({ name }) => name === 'steady')
  const reported = steady?.latency['save-answer']
  if (steady === undefined || reported === undefined) throw new Error('the engine reports no answers')
  const logged = await server.log()
  if (reported.count !== logged.count) {
    throw new Error(`${reported.count} answers are reported and ${logged.count} logged: not the same answers`)
  }
  const offeredPerSecond = reported.count / (steady.durationMs / 1_000)
  const isOffered = offeredPerSecond >= PER_SECOND * OFFERED_SHARE
  return {
    candidates: CANDIDATES,
    perSecond: PER_SECOND,
    offeredPerSecond,
    reported,
    logged,
    bounds: BOUNDS.map(({ percentile, below }) => {
      const [ours, theirs] = [reported[percentile], logged[percentile]]
      // At another rate it is another measurement.
      const measured = isOffered && ours !== null && theirs !== null ? Math.abs(ours - theirs) : Number.NaN
      return judgeBound({ what: `added latency at ${percentile.slice(0, 3)}, ms`, below }, measured)
    }),
  }
}
