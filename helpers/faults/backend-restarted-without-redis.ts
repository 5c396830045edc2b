import type { FaultKind } from './fault.ts'
import { lookAtBackend, lookAtRedis, untilGreen } from './look.ts'

const STOP_GRACE_MS = 10_000

export const backendRestartedWithoutRedis: FaultKind = {
  name: 'backend-restarted-without-redis',
  part: 'backend',
  contract:
    'Redis is killed, and the backend is told to end (SIGTERM) and started again while Redis is away: it must come up, and serve, without.',
  candidatesNotice: 'interruption',
  needsWhole: ['redis', 'postgres', 'network'],
  stops: ['backend', 'redis'],
  on: (target) => {
    const { backend, redis } = target.services
    return {
      inject: async (limit) => {
        await redis.kill()
        await backend.stop(STOP_GRACE_MS)
        await backend.start(limit)
      },
      wasFelt: async () => {
        const [cache, served] = await Promise.all([lookAtRedis(target), lookAtBackend(target, { path: '/v1/ready' })])
        return {
          felt: !cache.answered && served.said.startsWith('200'),
          proof: `Redis behind its proxy: ${cache.said}; the backend after its restart: ${served.said}`,
        }
      },
      heal: async (limit) => {
        await redis.start(limit)
        await backend.start(limit)
        await untilGreen(target, 'redis', limit)
        await untilGreen(target, 'backend', limit)
      },
    }
  },
}
