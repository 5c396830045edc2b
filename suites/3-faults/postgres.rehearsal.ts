import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { FAULTS_BY_PHASE } from '../../helpers/faults/faults-by-phase.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile, _seed: number, chosen?: readonly string[], unplayable?: readonly string[]) =>
  faultsOneByOne(profile, faultsFor(profile, FAULTS_BY_PHASE['3-faults/postgres'], chosen, unplayable))

const postgres = onStage({
  id: '3-faults/postgres',
  title: 'Phase 3: PostgreSQL crashes, hangs and hangs up while candidates work',
  day: (profile, seed, chosen, unplayable) => dayWithFaults(profile, faults(profile, seed, chosen, unplayable)),
  faults,
})

describe(postgres.title, () => {
  postgres.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  postgres.promise('faults-felt', 'PostgreSQL was really broken each time, and really mended')

  postgres.promise('no-lost-answer', 'an answer that was called saved outlives a crash of the database')
  postgres.promise('last-acknowledged-wins', 'a retry that comes late never overwrites what was saved since')
  postgres.promise('failed-has-no-effect', 'an answer that was refused changed nothing')
  postgres.promise('exactly-once-submit', 'handing in counts once, however often it had to be tried')

  postgres.promiseBudgets()
  postgres.promise('recovery', 'after each fault everything is as before, without anybody doing anything')
  postgres.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  postgres.promise('response-time', 'in between, answers came within the SLO')
  postgres.promise('steady-state-after', 'the platform was well again after the last candidate left')
  postgres.promiseTheRest('and nothing else was found')
})
