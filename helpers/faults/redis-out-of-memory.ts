import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'
import { tellRedis } from './redis-command.ts'
import { ofRedisInUse } from './redis-in-use.ts'

export const redisOutOfMemory: FaultKind = {
  name: 'redis-out-of-memory',
  part: 'redis',
  contract: 'Redis has no memory left and evicts nothing: it refuses every write with OOM and still answers reads.',
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  on: ofRedisInUse((target) => ({
    inject: async () => {
      await tellRedis(target, 'CONFIG', 'SET', 'maxmemory', '1')
    },
    wasFelt: async () => {
      const said = await tellRedis(target, 'SET', 'exam-rehearsal:redis-out-of-memory', 'x')
      return { felt: said.startsWith('OOM'), proof: `SET: ${said}` }
    },
    heal: async (limit) => {
      // 0, Redis' own default, is what the stage starts it with.
      await tellRedis(target, 'CONFIG', 'SET', 'maxmemory', '0')
      await untilGreen(target, 'redis', limit)
    },
  })),
}
