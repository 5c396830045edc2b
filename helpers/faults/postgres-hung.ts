import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { paused } from './paused.ts'

export const postgresHung: FaultKind = {
  name: 'postgres-hung',
  part: 'postgres',
  contract:
    'PostgreSQL is frozen. Connections stay open and no statement is answered; after the resume it carries on where it was.',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  on: (target) => paused(target, 'postgres'),
}
