import { describe } from 'vitest'
import { observabilityPhase } from '../fixtures/observability-phase.ts'
import { onStage } from '../fixtures/rehearsal.ts'

const observability = onStage(observabilityPhase)

describe(observability.title, () => {
  observability.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  observability.promise('sampler-complete', 'database, Redis, backend and machine were watched all the time')

  observability.promise('replies-in-log', 'every answer that a candidate received is in the log, with its request id')
  observability.promise('no-silent-failures', 'no request failed without a line in the log')
  observability.promise('log-fields', 'the log says who asked for what, when, how long it took, and what was answered')
  observability.promise('counters-match', 'the backend counts what candidates count')
  observability.promise('server-sees-what-candidates-see', 'the backend knows how slow it is to candidates')

  observability.promise('monitor-counts', 'whoever watches over the exam is told of nothing that cannot have happened')
  observability.promise('monitor-fresh', 'whoever watches over the exam sees what candidates were told')

  observability.promise('database-pool', 'the pool of database connections keeps its reserve')
  observability.promise('connections-below-maximum', 'the database always has a free connection')
  observability.promise('no-idle-in-transaction', 'no transaction is left open, holding its locks')
  observability.promise('redis-keeps-everything', 'Redis dropped nothing and turned nobody away')
  observability.promise('nothing-died-unasked', 'no process died, ran out of memory or restarted')

  observability.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  observability.promise('steady-state-after', 'the platform was well again after the last candidate left')
  observability.promiseTheRest('and nothing else was found')
})
