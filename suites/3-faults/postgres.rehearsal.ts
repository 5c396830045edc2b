import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { backendDatabasePartitioned } from '../../helpers/faults/backend-database-partitioned.ts'
import { dayWithFaults, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { postgresConnectionsCut } from '../../helpers/faults/postgres-connections-cut.ts'
import { postgresCrashed } from '../../helpers/faults/postgres-crashed.ts'
import { postgresHung } from '../../helpers/faults/postgres-hung.ts'
import { postgresPoolExhausted } from '../../helpers/faults/postgres-pool-exhausted.ts'
import { postgresReadOnly } from '../../helpers/faults/postgres-read-only.ts'
import { postgresRestarted } from '../../helpers/faults/postgres-restarted.ts'
import { postgresSlow } from '../../helpers/faults/postgres-slow.ts'
import { postgresTableLocked } from '../../helpers/faults/postgres-table-locked.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile) =>
  faultsOneByOne(profile, {
    smoke: [postgresCrashed],
    dev: [postgresHung, postgresConnectionsCut],
    nightly: [
      postgresPoolExhausted,
      postgresTableLocked,
      postgresSlow,
      postgresReadOnly,
      postgresRestarted,
      backendDatabasePartitioned,
    ],
  })

const postgres = onStage({
  id: '3-faults/postgres',
  title: 'Phase 3: PostgreSQL crashes, hangs and hangs up while candidates work',
  day: (profile) => dayWithFaults(profile, faults(profile)),
  faults,
})

describe(postgres.title, () => {
  postgres.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  postgres.promise('faults-felt', 'PostgreSQL was really broken each time, and really mended')

  postgres.promise('no-lost-answer', 'an answer that was called saved outlives a crash of the database')
  postgres.promise('last-acknowledged-wins', 'a retry that comes late never overwrites what was saved since')
  postgres.promise('failed-has-no-effect', 'an answer that was refused changed nothing')
  postgres.promise('exactly-once-submit', 'handing in counts once, however often it had to be tried')

  postgres.promise('recovery', 'after each fault everything is as before, without anybody doing anything')
  postgres.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  postgres.promise('response-time', 'in between, answers came within the SLO')
  postgres.promise('steady-state-after', 'the platform was well again after the last candidate left')
  postgres.promiseTheRest('and nothing else was found')
})
