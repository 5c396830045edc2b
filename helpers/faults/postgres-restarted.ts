import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

export const postgresRestarted: FaultKind = {
  name: 'postgres-restarted',
  part: 'postgres',
  contract: 'PostgreSQL is shut down in order (SIGTERM), refuses connections, and is started again.',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  stops: ['postgres'],
  on: (target) => stopped(target, 'postgres', 'SIGTERM'),
}
