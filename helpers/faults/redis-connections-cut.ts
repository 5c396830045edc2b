import { inPassing, NOT_NEEDED } from './budget.ts'
import { cutConnections } from './cut.ts'
import type { FaultKind } from './fault.ts'
import { ofRedisInUse } from './redis-in-use.ts'

export const redisConnectionsCut: FaultKind = {
  name: 'redis-connections-cut',
  part: 'redis',
  contract: 'Every connection to Redis is cut at the same instant; new ones are accepted at once.',
  candidatesNotice: 'nothing',
  budget: inPassing(NOT_NEEDED),
  momentary: true,
  on: ofRedisInUse((target) => cutConnections(target, 'redis')),
}
