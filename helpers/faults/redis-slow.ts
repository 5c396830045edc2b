import type { FaultKind } from './fault.ts'
import { slowPath } from './toxic-on-path.ts'

const DELAY = { latencyMs: 200, jitterMs: 100 }

export const redisSlow: FaultKind = {
  name: 'redis-slow',
  part: 'redis',
  contract: `Every reply of Redis comes ${DELAY.latencyMs} ± ${DELAY.jitterMs} ms late.`,
  candidatesNotice: 'nothing',
  on: (target) => slowPath(target, 'redis', 'redis-slow', DELAY),
}
