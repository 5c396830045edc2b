import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { slowPath } from './toxic-on-path.ts'

const DELAY = { latencyMs: 100, jitterMs: 50 }

export const postgresSlow: FaultKind = {
  name: 'postgres-slow',
  part: 'postgres',
  contract: `Every reply of PostgreSQL comes ${DELAY.latencyMs} ± ${DELAY.jitterMs} ms late, so that connections are busy for longer.`,
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  on: (target) => slowPath(target, 'postgres', 'postgres-slow', DELAY),
}
