import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { lookAtBackend, lookAtRedis } from './look.ts'
import { backByItself, hasEnded, notMended, untilBack } from './not-mended.ts'
import { switchProxy } from './toxic.ts'

const STOP_GRACE_MS = 10_000
const UP = 'the backend starts, and is ready, without Redis'
/** Back in this share of the time that it had in vain: then it was Redis that it waited for. */
const SOON = 0.5

export const backendRestartedWithoutRedis: FaultKind = {
  name: 'backend-restarted-without-redis',
  part: 'backend',
  contract:
    'Redis is killed; all connections to the backend are cut, it is told to end (SIGTERM) and started again while Redis is away: it must come up, and serve, without.',
  candidatesNotice: 'interruption',
  budget: { ...UNREACHABLE, live: true, ready: 'yes' },
  needsWhole: ['redis', 'postgres', 'network'],
  stops: ['backend', 'redis'],
  on: (target) => {
    const { backend, redis } = target.services
    const proxy = target.proxies.backend
    /** It was not up when the time for it was over. */
    let missed: { readonly error: unknown; readonly afterMs: number } | undefined
    return {
      inject: async (limit) => {
        await redis.kill()
        // Behind a closed proxy. Toxiproxy connects on before it accepts the next client: one connection that it tries while
        // both containers lose and get their addresses hung for 25 s and more, everybody behind it, and the way to the
        // backend was still blocked when the backend had long been well.
        await switchProxy(proxy, false)
        await backend.stop(STOP_GRACE_MS)
        const startedMs = performance.now()
        try {
          await backend.start(limit)
        } catch (error) {
          if (await hasEnded(target, ['postgres'])) throw notMended(UP, 'it ended while it started', error)
          missed = { error, afterMs: performance.now() - startedMs }
        }
        await switchProxy(proxy, true)
      },
      wasFelt: async () => {
        const [cache, served] = await Promise.all([
          lookAtRedis(target),
          lookAtBackend(target, { path: target.health.ready }),
        ])
        return {
          felt: !cache.answered && (missed !== undefined || served.said.startsWith('200')),
          proof: `Redis behind its proxy: ${cache.said}; the backend after its restart: ${served.said}`,
        }
      },
      heal: async (limit) => {
        await redis.start(limit)
        const redisBackMs = performance.now()
        await backByItself(target, () => backend.start(limit))
        await switchProxy(proxy, true)
        await untilBack(target, 'redis', limit)
        await untilBack(target, 'backend', limit)
        if (missed === undefined) return
        const { error, afterMs } = missed
        missed = undefined
        const tookMs = performance.now() - redisBackMs
        // A backend that is slow to start is so with Redis as well.
        if (tookMs > afterMs * SOON) throw error
        throw notMended(
          UP,
          `not ready after ${seconds(afterMs)}, and ready ${seconds(tookMs)} after Redis was back`,
          error,
        )
      },
    }
  },
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
