import type pg from 'pg'
import { asAdmin, connectAsAdmin } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind } from './fault.ts'
import { answersTable } from './hot-table.ts'
import { untilGreen } from './look.ts'

export const postgresTableLocked: FaultKind = {
  name: 'postgres-table-locked',
  part: 'postgres',
  contract:
    'Somebody holds the table of answers locked (ACCESS EXCLUSIVE), as a careless migration does: whoever reads or writes it waits.',
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  needsTables: 'answers',
  needsWhole: ['backend', 'network'],
  bySql: true,
  on: (target) => {
    let holder: pg.Client | undefined
    return {
      inject: async () => {
        holder = await connectAsAdmin(target)
        await holder.query('BEGIN')
        await holder.query(`LOCK TABLE ${answersTable(target)} IN ACCESS EXCLUSIVE MODE`)
      },
      wasFelt: () =>
        asAdmin(target, async (client) => {
          const { rows } = await client.query<{ waiting: number }>(
            'SELECT count(*)::int AS waiting FROM pg_locks WHERE relation = $1::regclass AND NOT granted',
            [answersTable(target)],
          )
          const waiting = rows[0]?.waiting
          return {
            felt: waiting !== undefined && waiting > 0,
            proof: `statements waiting for ${answersTable(target)}: ${waiting}`,
          }
        }),
      heal: async (limit) => {
        await holder?.end()
        holder = undefined
        await untilGreen(target, 'postgres', limit)
      },
    }
  },
}
