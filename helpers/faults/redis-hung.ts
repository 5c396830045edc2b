import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { paused } from './paused.ts'
import { ofRedisInUse } from './redis-in-use.ts'

export const redisHung: FaultKind = {
  name: 'redis-hung',
  part: 'redis',
  contract: 'Redis is frozen. Connections stay open and nobody answers; after the resume it answers what it was asked.',
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  on: ofRedisInUse((target) => paused(target, 'redis')),
}
