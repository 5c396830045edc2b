import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { GENERATOR_HEAP } from '../helpers/load/generator-heap.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { cpuUs, highestRssBytes, startPinned, startServer, TOOL_CPU } from './load-processes.ts'
import { type JudgedBound, judgeBound } from './load-targets.ts'

/** What a large cohort costs the generator when it thinks as people do. */
export interface ManyCandidates {
  readonly candidates: number
  readonly meanThinkMs: number
  readonly answersPerSecond: number
  /** Share of one processor, 0..1. */
  readonly busy: number
  readonly rssBytes: number
  readonly bounds: readonly JudgedBound[]
}

const CANDIDATES = 10_000
const MEASURED_MS = 20_000
/** The longest think time is half a minute, and the way in of so many takes its time, too. */
const ALL_ANSWERED_WITHIN_MS = 90_000
const POLL_MS = 1_000

/** 10 000 candidates with the think times of an exam, on one processor, everything recorded. */
export async function manyCandidates(): Promise<ManyCandidates> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'bench-load-'))
  stack.defer(() => rm(dir, { recursive: true }))
  const server = stack.use(await startServer())
  const { minMs, maxMs } = PROFILES.nightly.thinkTime
  const meanThinkMs = (minMs + maxMs) / 2
  const engine = fileURLToPath(new URL('load-engine.ts', import.meta.url))
  const seconds = (ALL_ANSWERED_WITHIN_MS + MEASURED_MS) / 1_000 + 30
  const args = [server.baseUrl, meanThinkMs, CANDIDATES, dir, seconds].map(String)
  const running = startPinned(TOOL_CPU, [process.execPath, ...GENERATOR_HEAP, engine, ...args], 'pipe')
  stack.defer(async () => {
    await running.end('SIGKILL')
  })
  const startedMs = performance.now()
  while ((await server.count()).connections < CANDIDATES) {
    running.refuseEnded('the engine')
    if (performance.now() - startedMs > ALL_ANSWERED_WITHIN_MS) {
      throw new Error(`${(await server.count()).connections} of ${CANDIDATES} candidates answer. ${running.said()}`)
    }
    await sleep(POLL_MS)
  }
  const look = async () => ({ atMs: performance.now(), cpuUs: await cpuUs(running.pid), ...(await server.count()) })
  const from = await look()
  await sleep(MEASURED_MS)
  const to = await look()
  const rssBytes = await highestRssBytes(running.pid)
  running.refuseEnded('the engine')
  const exitCode = await running.end('SIGTERM')
  if (exitCode !== 0) throw new Error(`the engine ended with ${exitCode}. ${running.said()}`)

  const busy = (to.cpuUs - from.cpuUs) / 1_000 / (to.atMs - from.atMs)
  return {
    candidates: CANDIDATES,
    meanThinkMs,
    answersPerSecond: ((to.answers - from.answers) / (to.atMs - from.atMs)) * 1_000,
    busy,
    rssBytes,
    bounds: [
      judgeBound({ what: `share of a processor with ${CANDIDATES} candidates`, below: 0.6 }, busy),
      judgeBound({ what: `memory with ${CANDIDATES} candidates, GB`, below: 1.5 }, rssBytes / 1e9),
    ],
  }
}
