import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { dayWithFaults, faultsFor, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { FAULTS_BY_PHASE } from '../../helpers/faults/faults-by-phase.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile, _seed: number, chosen?: readonly string[], unplayable?: readonly string[]) =>
  faultsOneByOne(profile, faultsFor(profile, FAULTS_BY_PHASE['3-faults/redis'], chosen, unplayable))

const redis = onStage({
  id: '3-faults/redis',
  title: 'Phase 3: Redis is away, silent, slow or empty while candidates work',
  day: (profile, seed, chosen, unplayable) => dayWithFaults(profile, faults(profile, seed, chosen, unplayable)),
  faults,
})

describe(redis.title, () => {
  redis.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  redis.promise('faults-felt', 'Redis was really broken each time, and really mended')

  redis.promise('unnoticed-faults', 'candidates notice nothing: nobody needs Redis to sit an exam')
  redis.promiseBudgets()
  redis.promise('recovery', 'after each fault everything is as before, without anybody doing anything')
  redis.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  redis.promise('response-time', 'in between, answers came within the SLO')

  redis.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  redis.promise('exactly-once-submit', 'handing in counts once, also without the memory that Redis is')
  redis.promise('steady-state-after', 'the platform was well again after the last candidate left')
  redis.promiseTheRest('and nothing else was found')
})
