import type { Fault, FaultTarget, TargetName } from './fault.ts'
import { lookAtBackend, lookAtPostgres, lookAtRedis } from './look.ts'
import { backByItself, untilBack } from './not-mended.ts'
import { switchProxy } from './toxic.ts'

/** A service gets this long to end by itself. */
const STOP_GRACE_MS = 10_000

/** The looks at each part, by name. */
export const LOOKS = { redis: lookAtRedis, postgres: lookAtPostgres, backend: lookAtBackend } as const

/**
 * Stop the service of a part (SIGKILL, or SIGTERM and wait), and start it again. Felt: the service does not run, and nobody
 * answers in its place.
 *
 * The address of a container that is gone may be silent, for up to 3 s a connection, where that of a program that is gone
 * refuses. Redis refuses: its proxy is closed before it ends. Before the others it stays open, so that the database is
 * stopped in the middle of its writes, and a backend that is told to end finishes what is under way; and afterwards it
 * cannot be closed, because Toxiproxy is still connecting to what is gone.
 */
export function stopped(target: FaultTarget, part: TargetName, how: 'SIGKILL' | 'SIGTERM'): Fault {
  const service = target.services[part]
  const proxy = target.proxies[part]
  const refuses = part === 'redis'
  return {
    inject: async () => {
      if (refuses) await switchProxy(proxy, false)
      if (how === 'SIGKILL') await service.kill()
      else await service.stop(STOP_GRACE_MS)
    },
    wasFelt: async () => {
      const { answered, said } = await LOOKS[part](target)
      const isRunning = await service.isRunning()
      return {
        felt: !answered && !isRunning,
        proof: `${part} ${isRunning ? 'runs' : 'does not run'}; behind its proxy: ${said}`,
      }
    },
    heal: async (limit) => {
      const start = () => service.start(limit)
      await (part === 'backend' ? backByItself(target, start) : start())
      if (refuses) await switchProxy(proxy, true)
      await untilBack(target, part, limit)
    },
  }
}
