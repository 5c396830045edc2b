import { describe } from 'vitest'
import { invigilator } from '../fixtures/invigilator.ts'
import { onStage } from '../fixtures/rehearsal.ts'
import type { Profile } from '../helpers/load/profile.ts'

/**
 * The day has everything in it that leaves a trace, and nothing broken on purpose: only then must every count be equal.
 * Where the profile is long, it is as long as ten looks at statements and tables need.
 */
const LONGEST_STEADY_MS = 120_000
const TRACES = { doubleSubmits: 0.3, lateRetries: 0.3, resumeReads: 0.4, answersAfterSubmit: 0.3, reviews: 0.4 }

const observability = onStage({
  id: '6-observability',
  title: 'Phase 6: whatever happens to a candidate can be found out afterwards',
  day: (profile: Profile) => ({ ...profile, ...TRACES, steadyMs: Math.min(profile.steadyMs, LONGEST_STEADY_MS) }),
  companion: invigilator,
})

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
