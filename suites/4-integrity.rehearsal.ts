import { describe } from 'vitest'
import { onStage } from '../fixtures/rehearsal.ts'
import { dayWithFaults } from '../helpers/faults/day-with-faults.ts'
import { faultsAtRandom } from '../helpers/faults/faults-at-random.ts'

/** Shares of candidates that do what makes careless backends lose or double something. */
const STRESS = { revisedAnswers: 0.5, resumeReads: 0.4, doubleSubmits: 0.3, lateRetries: 0.3, vanish: 0.1 }

const integrity = onStage({
  id: '4-integrity',
  title:
    'Phase 4: an exam day of second thoughts, double clicks and vanished candidates, while several parts break at once',
  day: (profile, seed, ...choice) => ({
    ...dayWithFaults(profile, faultsAtRandom(profile, seed, ...choice)),
    ...STRESS,
  }),
  faults: faultsAtRandom,
})

describe(integrity.title, () => {
  integrity.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  integrity.promise('faults-felt', 'what the seed had drawn was really broken, and really mended')
  integrity.promise('recovery', 'after it everything is as before, without anybody doing anything')
  integrity.promise('well-formed-history', 'the record of what candidates were told is complete and consistent')
  integrity.promise('non-vacuity', 'every kind of operation really happened')

  integrity.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  integrity.promise('last-acknowledged-wins', 'a newer saved answer is never overwritten by an older one')
  integrity.promise('no-phantom-answer', 'no answer is in the database that its candidate never gave')
  integrity.promise('failed-has-no-effect', 'an answer that was refused changed nothing')
  integrity.promise('one-row-per-answer', 'each question of a candidate is answered once, not twice')
  integrity.promise('isolation', 'no candidate ever sees or gets the answer of another')

  integrity.promise('exactly-once-submit', 'handing in twice at the same instant counts once and says the same twice')
  integrity.promise('submit-includes-acknowledged', 'what was saved before handing in is part of what is handed in')
  integrity.promise('one-session-per-candidate', 'every candidate has exactly one exam session')
  integrity.promise('score', 'every closed exam has the score its answers deserve')
  integrity.promise('clean-state', 'who vanished was closed on time; nothing is left half done')

  integrity.promise('sql-invariants', 'the database agrees with itself: every integrity query returns no row')
  integrity.promise('constraints-present', 'the constraints that protect the data exist and are validated')
  integrity.promise('durability-settings', 'the database was set up to survive a crash')
  integrity.promise('no-silent-failures', 'every request that failed is in the log')
  integrity.promise('replies-in-log', 'every answer that a candidate received is in the log')
  integrity.promise('conservation', 'every attempt is accounted for')
  integrity.promiseTheRest('and nothing else was found')
})
