import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { backendKilled } from '../../helpers/faults/backend-killed.ts'
import { backendPaused } from '../../helpers/faults/backend-paused.ts'
import { backendRestarted } from '../../helpers/faults/backend-restarted.ts'
import { backendWorkerKilled } from '../../helpers/faults/backend-worker-killed.ts'
import { dayWithFaults, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile) =>
  faultsOneByOne(profile, {
    smoke: [backendWorkerKilled],
    dev: [backendKilled],
    nightly: [backendRestarted, backendPaused],
  })

const backend = onStage({
  id: '3-faults/backend',
  title: 'Phase 3: the backend loses a worker, dies and comes back while candidates work',
  day: (profile) => dayWithFaults(profile, faults(profile)),
  faults,
})

describe(backend.title, () => {
  backend.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  backend.promise('faults-felt', 'the backend was really broken each time, and really started again')

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
