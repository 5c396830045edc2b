import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { stopped } from './stopped.ts'

export const postgresCrashed: FaultKind = {
  name: 'postgres-crashed',
  part: 'postgres',
  contract:
    'PostgreSQL is killed (SIGKILL) in the middle of its writes and refuses connections; started again, it replays its log.',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  stops: ['postgres'],
  on: (target) => stopped(target, 'postgres', 'SIGKILL'),
}
