import type { Fault, FaultTarget, TargetName } from './fault.ts'
import { LOOK_TIMEOUT_MS } from './look.ts'
import { untilBack } from './not-mended.ts'
import { LOOKS } from './stopped.ts'

/**
 * Freeze every process of a part. Connections stay open, new ones are accepted by the kernel, and nobody answers; what
 * was asked meanwhile is answered after the resume. Felt: a look that is answered neither yes nor no.
 */
export function paused(target: FaultTarget, part: TargetName): Fault {
  const service = target.services[part]
  return {
    inject: () => service.pause(),
    wasFelt: async () => {
      const { answered, tookMs, said } = await LOOKS[part](target)
      return { felt: !answered && tookMs >= LOOK_TIMEOUT_MS * 0.9, proof: `${part} behind its proxy: ${said}` }
    },
    heal: async (limit) => {
      await service.resume()
      await untilBack(target, part, limit)
    },
  }
}
