import { describe } from 'vitest'
import { onStage } from '../fixtures/rehearsal.ts'

const load = onStage({
  id: '2-load',
  title: 'Phase 2: the whole cohort sits its exam, and nothing is broken on purpose',
  day: (profile) => profile,
})

describe(load.title, () => {
  load.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  load.promise('steady-state-before', 'the platform was well before the first candidate arrived')
  load.promise('plan-fidelity', 'every candidate of the plan arrived, worked and left, at the times the plan said')
  load.promise('generator-health', 'the measuring machine was idle enough to be believed')

  load.promise('response-time', 'logging in, reading, answering and handing in took less than the SLO allows')
  load.promise('start-burst', 'when the doors opened at one instant, every candidate got a paper in time')
  load.promise('error-rate', 'candidates saw fewer errors than the SLO allows')

  load.promise('database-pool', 'the pool of database connections kept its reserve')
  load.promise('nothing-died-unasked', 'no process died, ran out of memory or restarted')
  load.promise('no-silent-failures', 'every request that failed is in the log')

  load.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  load.promise('last-acknowledged-wins', 'a newer saved answer is never overwritten by an older one')
  load.promise('exactly-once-submit', 'handing in twice at the same instant counts once and says the same twice')
  load.promise('one-session-per-candidate', 'every candidate has exactly one exam session')
  load.promise('score', 'every handed-in exam has the score its answers deserve')

  load.promise('steady-state-after', 'the platform was well again after the last candidate left')
  load.promiseTheRest('and nothing else was found')
})
