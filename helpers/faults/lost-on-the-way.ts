import { randomUUID } from 'node:crypto'
import type { Fault, FaultTarget } from './fault.ts'
import { lookAtBackend } from './look.ts'
import { hasToxic } from './toxic.ts'
import { toxicOnPath } from './toxic-on-path.ts'

/** Silence after which the connection is cut; every chunk that is swallowed starts it anew. */
const SILENCE_MS = 500

/**
 * Swallow everything in one direction between candidates and backend, and cut connections that have become silent.
 * Felt: a probe gets no answer, and the backend's log says whether the probe's request had arrived. Of a platform that logs
 * no requests, the proxy says in which direction it swallows.
 *
 * @param stream `upstream`: requests never arrive. `downstream`: the work is done and its answer is lost.
 */
export function lostOnTheWay(target: FaultTarget, name: string, stream: 'upstream' | 'downstream'): Fault {
  const arrives = stream === 'downstream'
  return toxicOnPath(
    target,
    'backend',
    [{ name, type: 'timeout', stream, attributes: { timeout: SILENCE_MS } }],
    async () => {
      const requestId = randomUUID()
      const { answered, said } = await lookAtBackend(target, {
        requestId,
        path: target.health.ready,
        timeoutMs: SILENCE_MS * 4,
      })
      if (!target.logsRequests) {
        const stands = await hasToxic(target.proxies.backend, { name, stream })
        return {
          felt: !answered && stands,
          proof: `a probe was told: ${said}; ${name} stands on what goes ${stream}: ${stands}. Whether its request arrived was not seen: the platform has no log line for each request`,
        }
      }
      const arrived = (await target.services.backend.logs()).includes(requestId)
      const hint =
        arrives && !arrived
          ? '; does the log leave out health checks? Then the platform has no log line for each request (capabilities.requestLogs)'
          : ''
      return {
        felt: !answered && arrived === arrives,
        proof: `a probe was told: ${said}; the backend's log ${arrived ? 'has' : 'does not have'} its request${hint}`,
      }
    },
  )
}
