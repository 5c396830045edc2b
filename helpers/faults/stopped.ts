import type { Fault, FaultTarget, TargetName } from './fault.ts'
import { lookAtBackend, lookAtPostgres, lookAtRedis, untilGreen } from './look.ts'

/** A service gets this long to end by itself. */
const STOP_GRACE_MS = 10_000

/** The looks at each part, by name. */
export const LOOKS = { redis: lookAtRedis, postgres: lookAtPostgres, backend: lookAtBackend } as const

/** Stop the service of a part (SIGKILL, or SIGTERM and wait), and start it again. Felt: nobody answers behind its proxy. */
export function stopped(target: FaultTarget, part: TargetName, how: 'SIGKILL' | 'SIGTERM'): Fault {
  const service = target.services[part]
  return {
    inject: async () => {
      if (how === 'SIGKILL') await service.kill()
      else await service.stop(STOP_GRACE_MS)
    },
    wasFelt: async () => {
      const { answered, said } = await LOOKS[part](target)
      return { felt: !answered, proof: `${part} behind its proxy: ${said}` }
    },
    heal: async (limit) => {
      await service.start(limit)
      await untilGreen(target, part, limit)
    },
  }
}
