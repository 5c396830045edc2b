import { NOT_NEEDED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { ofRedisInUse } from './redis-in-use.ts'
import { slowPath } from './toxic-on-path.ts'

const DELAY = { latencyMs: 200, jitterMs: 100 }

export const redisSlow: FaultKind = {
  name: 'redis-slow',
  part: 'redis',
  contract: `Every reply of Redis comes ${DELAY.latencyMs} ± ${DELAY.jitterMs} ms late.`,
  candidatesNotice: 'nothing',
  budget: NOT_NEEDED,
  on: ofRedisInUse((target) => slowPath(target, 'redis', 'redis-slow', DELAY)),
}
