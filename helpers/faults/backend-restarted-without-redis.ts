import type { Deadline } from '../host.ts'
import { UNREACHABLE } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { lookAtBackend, lookAtRedis, untilGreen } from './look.ts'
import { switchProxy } from './toxic.ts'

const STOP_GRACE_MS = 10_000

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
    // Behind a closed proxy. Toxiproxy connects on before it accepts the next client: one connection that it tries while
    // both containers lose and get their addresses hung for 25 s and more, everybody behind it, and the way to the
    // backend was still blocked when the backend had long been well.
    const restart = async (limit: Deadline) => {
      await switchProxy(proxy, false)
      await backend.stop(STOP_GRACE_MS)
      await backend.start(limit)
      await switchProxy(proxy, true)
    }
    return {
      inject: async (limit) => {
        await redis.kill()
        await restart(limit)
      },
      wasFelt: async () => {
        const [cache, served] = await Promise.all([
          lookAtRedis(target),
          lookAtBackend(target, { path: target.health.ready }),
        ])
        return {
          felt: !cache.answered && served.said.startsWith('200'),
          proof: `Redis behind its proxy: ${cache.said}; the backend after its restart: ${served.said}`,
        }
      },
      heal: async (limit) => {
        await redis.start(limit)
        await backend.start(limit)
        await switchProxy(proxy, true)
        await untilGreen(target, 'redis', limit)
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}
