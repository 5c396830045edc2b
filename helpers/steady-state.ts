import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { GENERATOR_LIMITS } from './load/generator-health.ts'
import { ownRequestId } from './own-request-id.ts'
import type { PlatformHealth } from './platform/exam-platform.ts'
import type { Figure, Validity, Verdict } from './verdict.ts'

const PROBES = 10
const PROBE_TIMEOUT_MS = 2_000
const MAX_EXAMPLES = 3
const LOOP_RESOLUTION_MS = 10
/** One worker that answers is a backend that has started; the others, and what they connect to, follow within seconds. */
const STARTING_MS = 10_000
const ASK_AGAIN_AFTER_MS = 250

export interface SteadyState {
  readonly id: 'steady-state-before' | 'steady-state-after'
  readonly baseUrl: string
  /** Where the platform is asked whether it is ready. */
  readonly health: Pick<PlatformHealth, 'ready' | 'readyStatus'>
  /** A probe that takes longer is not steady, milliseconds. */
  readonly limitMs: number
  readonly signal: AbortSignal
  /** How long a platform that has just been started may take until it is steady. Default 10 s; after the load none. */
  readonly startingMs?: number
}

/**
 * The steady-state hypothesis, the same before and after: asked ten times in a row, through the path that candidates
 * take, the platform says that it is ready (200 and, where it promises one, the word for it) within the response-time SLO.
 *
 * Before the load it is a gate: from a platform that is not well nothing is learnt. It has only just been started, so it is
 * asked again until it is steady or its time is up; then a failed probe makes it unknown. How long that took is a figure, so
 * that a slow start is seen. After the load the platform must be well again: there a wrong answer is false, and so is a
 * slow one, unless this process itself stood still meanwhile (P8).
 */
export async function probeSteadyState(steadyState: SteadyState): Promise<Verdict> {
  const { id, signal, startingMs = STARTING_MS } = steadyState
  if (id === 'steady-state-after') return probeInARow(steadyState)
  const beganMs = performance.now()
  for (;;) {
    // Until the first probe of those that all went well.
    const waitedMs = performance.now() - beganMs
    const verdict = await probeInARow(steadyState)
    if (verdict.valid === true || signal.aborted || performance.now() - beganMs >= startingMs) {
      return { ...verdict, figures: [...(verdict.figures ?? []), started(verdict.valid === true ? waitedMs : null)] }
    }
    await sleep(ASK_AGAIN_AFTER_MS)
  }

  function started(measured: number | null): Figure {
    return { label: `${id}: until it was steady`, measured, limit: startingMs, unit: 'ms', bad: 'above' }
  }
}

async function probeInARow({ id, baseUrl, health, limitMs, signal }: SteadyState): Promise<Verdict> {
  const wrong: string[] = []
  const slow: string[] = []
  const timesMs: number[] = []
  const ownDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  ownDelay.enable()
  // The monitor compares ticks: a stall before its first or after its last one would go unseen.
  await sleep(2 * LOOP_RESOLUTION_MS)
  for (let probe = 1; probe <= PROBES && !signal.aborted; probe += 1) {
    const startedMs = performance.now()
    const seen = await probeOnce(baseUrl, health, signal)
    const tookMs = performance.now() - startedMs
    timesMs.push(tookMs)
    if (seen !== 'ok') wrong.push(`probe ${probe}: ${seen}`)
    else if (tookMs > limitMs) slow.push(`probe ${probe}: took ${Math.round(tookMs)} ms`)
  }
  await sleep(2 * LOOP_RESOLUTION_MS)
  ownDelay.disable()
  const before = id === 'steady-state-before'
  const failures = [...wrong, ...slow]
  const ownDelayMs = ownDelay.max / 1e6
  const { valid, reason } = judge()
  return {
    id,
    title: `The platform is ready ${before ? 'before the load' : 'after the load'}`,
    gate: before ? 'load-offered' : 'graceful-failure',
    valid,
    counts: { probes: timesMs.length, wrong: wrong.length, slow: slow.length },
    violations: failures.length,
    examples: failures.slice(0, MAX_EXAMPLES).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    figures: [
      {
        label: `${id}: slowest of ${PROBES} probes`,
        measured: timesMs.length === 0 ? null : Math.max(...timesMs),
        limit: limitMs,
        unit: 'ms',
        bad: 'above',
      },
    ],
    ...(reason === undefined ? {} : { reason }),
  }

  function judge(): { readonly valid: Validity; readonly reason?: string } {
    if (signal.aborted || timesMs.length < PROBES) {
      return { valid: 'unknown', reason: 'interrupted before all probes were made' }
    }
    if (failures.length === 0) return { valid: true }
    const seen = `${failures.length} of ${PROBES} probes of ${health.ready} failed; first: ${failures[0]}`
    if (before) return { valid: 'unknown', reason: seen }
    if (wrong.length === 0 && ownDelayMs > GENERATOR_LIMITS.eventLoopDelayMaxMs) {
      return {
        valid: 'unknown',
        reason: `${seen}; but this process itself stood still for ${Math.round(ownDelayMs)} ms`,
      }
    }
    return { valid: false, reason: seen }
  }
}

/** `ok`, or what was seen instead. */
async function probeOnce(baseUrl: string, health: SteadyState['health'], signal: AbortSignal): Promise<string> {
  try {
    const response = await request(`${baseUrl}${health.ready}`, {
      headers: { 'x-request-id': ownRequestId() },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    })
    const body = await response.body.text()
    if (response.statusCode !== 200) return `status ${response.statusCode}: ${body.slice(0, 200)}`
    if (health.readyStatus === undefined) return 'ok'
    const { status } = JSON.parse(body) as { status?: unknown }
    return status === health.readyStatus ? 'ok' : `status ${JSON.stringify(status)}`
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}
