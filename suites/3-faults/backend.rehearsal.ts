import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { FAULTS_BY_PHASE } from '../../helpers/faults/faults-by-phase.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile, _seed: number, chosen?: readonly string[], unplayable?: readonly string[]) =>
  faultsOneByOne(profile, faultsFor(profile, FAULTS_BY_PHASE['3-faults/backend'], chosen, unplayable))

const backend = onStage({
  id: '3-faults/backend',
  title: 'Phase 3: the backend loses a worker, dies and comes back while candidates work',
  day: (profile, seed, chosen, unplayable) => dayWithFaults(profile, faults(profile, seed, chosen, unplayable)),
  faults,
})

describe(backend.title, () => {
  backend.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  backend.promise('faults-felt', 'the backend was really broken each time, and really started again')

  backend.promiseBudgets()
  backend.promise('recovery', 'a worker is replaced, a backend is back, without anybody repairing anything')
  backend.promise('no-lost-answer', 'an answer that was called saved does not die with the process that said so')
  backend.promise('no-phantom-answer', 'no answer is in the database that its candidate never gave')
  backend.promise('resume-equivalence', 'whoever comes back finds the exam as it was left')
  backend.promise('exactly-once-submit', 'handing in counts once, whoever was killed meanwhile')

  backend.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  backend.promise('response-time', 'in between, answers came within the SLO')
  backend.promise('steady-state-after', 'the platform was well again after the last candidate left')
  backend.promiseTheRest('and nothing else was found')
})
