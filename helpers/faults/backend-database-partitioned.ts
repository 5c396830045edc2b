import { DATABASE_AWAY } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { LOOK_TIMEOUT_MS, lookAtPostgres } from './look.ts'
import { toxicOnPath } from './toxic-on-path.ts'

/** Toxiproxy's word for never: nothing gets through and nothing is closed. */
const NEVER = 0

export const backendDatabasePartitioned: FaultKind = {
  name: 'backend-database-partitioned',
  part: 'postgres',
  contract:
    'Backend and database are both well and hear nothing of each other: every connection between them is silent and stays open.',
  candidatesNotice: 'interruption',
  budget: DATABASE_AWAY,
  on: (target) =>
    toxicOnPath(
      target,
      'postgres',
      (['upstream', 'downstream'] as const).map((stream) => ({
        name: `backend-database-partitioned-${stream}`,
        type: 'timeout',
        stream,
        attributes: { timeout: NEVER },
      })),
      async () => {
        const { answered, tookMs, said } = await lookAtPostgres(target)
        return { felt: !answered && tookMs >= LOOK_TIMEOUT_MS * 0.9, proof: `a statement through the proxy: ${said}` }
      },
    ),
}
