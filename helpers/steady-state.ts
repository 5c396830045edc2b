import { request } from 'undici'
import type { Verdict } from './verdict.ts'

const PROBES = 10
const PROBE_TIMEOUT_MS = 2_000

export interface SteadyState {
  readonly id: 'steady-state-before' | 'steady-state-after'
  readonly baseUrl: string
  /** A probe that takes longer is not steady, milliseconds. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

/**
 * The steady-state hypothesis, the same before and after: asked ten times in a row, through the path that candidates
 * take, the platform says that it is ready (`GET /v1/ready`, 200, `ok`) within the response-time SLO.
 *
 * Before the load it is a gate: from a platform that is not well nothing is learnt, so a failed probe makes it
 * unknown. After the load the platform must be well again: there a failed probe is false.
 */
export async function probeSteadyState({ id, baseUrl, limitMs, signal }: SteadyState): Promise<Verdict> {
  const failures: string[] = []
  const timesMs: number[] = []
  for (let probe = 1; probe <= PROBES && !signal.aborted; probe += 1) {
    const startedMs = performance.now()
    const seen = await probeOnce(baseUrl, signal)
    const tookMs = performance.now() - startedMs
    timesMs.push(tookMs)
    if (seen !== 'ok') failures.push(`probe ${probe}: ${seen}`)
    else if (tookMs > limitMs) failures.push(`probe ${probe}: took ${Math.round(tookMs)} ms`)
  }
  const before = id === 'steady-state-before'
  const complete = timesMs.length === PROBES && !signal.aborted
  return {
    id,
    title: `The platform is ready ${before ? 'before the load' : 'after the load'}`,
    gate: before ? 'load-offered' : 'graceful-failure',
    valid: failures.length > 0 ? (before ? 'unknown' : false) : complete ? true : 'unknown',
    counts: { probes: timesMs.length, failed: failures.length },
    violations: failures.length,
    examples: failures.slice(0, 3).map((summary) => ({ summary, operations: [], rows: [], requestIds: [] })),
    figures: [
      {
        label: `${id}: slowest of ${PROBES} probes`,
        measured: timesMs.length === 0 ? null : Math.max(...timesMs),
        limit: limitMs,
        unit: 'ms',
        bad: 'above',
      },
    ],
    ...(failures.length > 0
      ? { reason: `${failures.length} of ${timesMs.length} probes of /v1/ready failed; first: ${failures[0]}` }
      : complete
        ? {}
        : { reason: 'interrupted before all probes were made' }),
  }
}

/** `ok`, or what was seen instead. */
async function probeOnce(baseUrl: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await request(`${baseUrl}/v1/ready`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    })
    const body = await response.body.text()
    if (response.statusCode !== 200) return `status ${response.statusCode}: ${body.slice(0, 200)}`
    const { status } = JSON.parse(body) as { status?: unknown }
    return status === 'ok' ? 'ok' : `status ${JSON.stringify(status)}`
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}
