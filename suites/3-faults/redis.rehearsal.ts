import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { dayWithFaults, faultsOneByOne } from '../../helpers/faults/day-with-faults.ts'
import { redisConnectionsCut } from '../../helpers/faults/redis-connections-cut.ts'
import { redisFlushed } from '../../helpers/faults/redis-flushed.ts'
import { redisHung } from '../../helpers/faults/redis-hung.ts'
import { redisOutOfMemory } from '../../helpers/faults/redis-out-of-memory.ts'
import { redisRefused } from '../../helpers/faults/redis-refused.ts'
import { redisRestartedEmpty } from '../../helpers/faults/redis-restarted-empty.ts'
import { redisSlow } from '../../helpers/faults/redis-slow.ts'
import type { Profile } from '../../helpers/load/profile.ts'

const faults = (profile: Profile) =>
  faultsOneByOne(profile, {
    smoke: [redisRefused],
    dev: [redisHung],
    nightly: [redisSlow, redisConnectionsCut, redisFlushed, redisOutOfMemory, redisRestartedEmpty],
  })

const redis = onStage({
  id: '3-faults/redis',
  title: 'Phase 3: Redis is away, silent, slow or empty while candidates work',
  day: (profile) => dayWithFaults(profile, faults(profile)),
  faults,
})

describe(redis.title, () => {
  redis.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  redis.promise('faults-felt', 'Redis was really broken each time, and really mended')

  redis.promise('unnoticed-faults', 'candidates notice nothing: nobody needs Redis to sit an exam')
  redis.promise('recovery', 'after each fault everything is as before, without anybody doing anything')
  redis.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  redis.promise('response-time', 'in between, answers came within the SLO')

  redis.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  redis.promise('exactly-once-submit', 'handing in counts once, also without the memory that Redis is')
  redis.promise('steady-state-after', 'the platform was well again after the last candidate left')
  redis.promiseTheRest('and nothing else was found')
})
