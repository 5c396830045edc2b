import { asAdmin, cutConnectionsOfOthers } from './admin-connection.ts'
import { DATABASE_TROUBLED, inPassing } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { untilGreen } from './look.ts'

export const postgresConnectionsCut: FaultKind = {
  name: 'postgres-connections-cut',
  part: 'postgres',
  contract:
    'Every connection of the backend is ended by the server (pg_terminate_backend), whatever it was doing; new ones are accepted.',
  candidatesNotice: 'interruption',
  budget: inPassing({ ...DATABASE_TROUBLED, mayFail: 0.2 }),
  needsWhole: ['backend'],
  momentary: true,
  bySql: true,
  on: (target) => {
    let cut: readonly number[] = []
    return {
      inject: async () => {
        cut = await asAdmin(target, cutConnectionsOfOthers)
      },
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query('SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1)', [cut])
          const gone = cut.length - rows.length
          return { felt: gone > 0, proof: `${gone} of ${cut.length} connections of the backend were ended` }
        }),
      heal: (limit) => untilGreen(target, 'postgres', limit),
    }
  },
}
