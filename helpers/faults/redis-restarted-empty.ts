import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { tellRedis } from './redis-command.ts'
import { ofRedisInUse } from './redis-in-use.ts'
import { stopped } from './stopped.ts'

export const redisRestartedEmpty: FaultKind = {
  name: 'redis-restarted-empty',
  part: 'redis',
  contract: 'Redis goes away with everything it holds and comes back empty, as after the loss of its disk.',
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  stops: ['redis'],
  on: ofRedisInUse((target) => {
    const service = stopped(target, 'redis', 'SIGKILL')
    return {
      ...service,
      inject: async (limit) => {
        await tellRedis(target, 'FLUSHALL')
        await service.inject(limit)
      },
    }
  }),
}
