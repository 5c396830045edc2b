import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { ofRedisInUse } from './redis-in-use.ts'
import { stopped } from './stopped.ts'

export const redisRefused: FaultKind = {
  name: 'redis-refused',
  part: 'redis',
  contract: 'Redis is stopped. Every connection to it is closed at once, and stays so until it is started again.',
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  stops: ['redis'],
  on: ofRedisInUse((target) => stopped(target, 'redis', 'SIGTERM')),
}
