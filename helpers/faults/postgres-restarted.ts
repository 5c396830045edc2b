import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

export const postgresRestarted: FaultKind = {
  name: 'postgres-restarted',
  part: 'postgres',
  contract: 'PostgreSQL is shut down in order (SIGTERM), refuses connections, and is started again.',
  candidatesNotice: 'interruption',
  stops: ['postgres'],
  on: (target) => stopped(target, 'postgres', 'SIGTERM'),
}
