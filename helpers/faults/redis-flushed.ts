import { inPassing, NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'
import { tellRedis } from './redis-command.ts'
import { ofRedisInUse } from './redis-in-use.ts'

/** Something that is certainly there before the flush, so that its absence proves it. */
const WITNESS = 'exam-rehearsal:redis-flushed'

export const redisFlushed: FaultKind = {
  name: 'redis-flushed',
  part: 'redis',
  contract: 'Everything that Redis holds is deleted at once (FLUSHALL): counters, caches, whatever was kept there.',
  candidatesNotice: 'nothing',
  budget: inPassing(NOT_NEEDED),
  momentary: true,
  on: ofRedisInUse((target) => ({
    inject: async () => {
      await tellRedis(target, 'SET', WITNESS, 'here')
      await tellRedis(target, 'FLUSHALL')
    },
    wasFelt: async () => {
      const there = await tellRedis(target, 'EXISTS', WITNESS)
      return { felt: there === '0', proof: `EXISTS of a key that was set before the flush: ${there}` }
    },
    heal: async (limit) => {
      await untilGreen(target, 'redis', limit)
    },
  })),
}
