import { describe } from 'vitest'
import { onStage } from '../../fixtures/rehearsal.ts'
import { dayWithFaults, faultsFor, faultsOneByOne, heldMs } from '../../helpers/faults/day-with-faults.ts'
import { FAULTS_BY_PHASE } from '../../helpers/faults/faults-by-phase.ts'
import { RECOVERY_RULES } from '../../helpers/faults/recovery.ts'
import { responsesLostAfterCommit } from '../../helpers/faults/responses-lost-after-commit.ts'
import type { FaultSchedule, FaultStep } from '../../helpers/faults/schedule.ts'
import type { Profile } from '../../helpers/load/profile.ts'

/** Smaller cohorts have too few submits to see a recovery among them. */
const CANDIDATES_FOR_SUBMITS = 400
/** Until the 50th submit, and for the last who hand in after the recovery was seen. */
const AROUND_MS = 10_000

/**
 * The fault may last for so much of the submits: who clicks again and again, or hands in again, does so in a few seconds and
 * is told nothing when they fall into it. Held for a minute of two, 29 of 109 repeats were acknowledged.
 */
const MOST_OF_THE_SUBMITS = 0.3

/** The answers to submits are lost: whoever hands in tries again, and must not be counted twice. */
const whileHandingIn = (profile: Profile): FaultStep => ({
  at: { kind: 'acknowledged', f: 'submit', count: 50, thenMs: 200 },
  faults: [responsesLostAfterCommit],
  holdMs: heldMs(profile),
  minOperations: 150,
})

const faults = (
  profile: Profile,
  _seed: number,
  chosen?: readonly string[],
  unplayable?: readonly string[],
): FaultSchedule => {
  const kinds = faultsFor(profile, FAULTS_BY_PHASE['3-faults/network'], chosen, unplayable)
  const atSubmit = profile.candidates >= CANDIDATES_FOR_SUBMITS && kinds.includes(responsesLostAfterCommit)
  const others = atSubmit ? kinds.filter((kind) => kind !== responsesLostAfterCommit) : kinds
  return [...faultsOneByOne(profile, others), ...(atSubmit ? [whileHandingIn(profile)] : [])]
}

const day = (profile: Profile, seed: number, chosen?: readonly string[], unplayable?: readonly string[]): Profile => {
  const planned = dayWithFaults(profile, faults(profile, seed, chosen, unplayable))
  if (profile.candidates < CANDIDATES_FOR_SUBMITS) return planned
  // Room for the fault, and for the recovery from it while others still hand in.
  const roomMs = heldMs(profile) + RECOVERY_RULES[profile.name].windowMs + AROUND_MS
  const calmEnoughMs = heldMs(profile) / MOST_OF_THE_SUBMITS
  return { ...planned, submitSpreadMs: Math.max(planned.submitSpreadMs, roomMs, calmEnoughMs) }
}

const network = onStage({
  id: '3-faults/network',
  title: 'Phase 3: the network between candidates and backend is slow, and loses what is said',
  day,
  faults,
})

describe(network.title, () => {
  network.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  network.promise('faults-felt', 'the network was really broken each time, and really mended')

  network.promise('exactly-once-submit', 'who never heard that the exam was handed in, and tries again, counts once')
  network.promise('one-row-per-answer', 'an answer that was sent twice is stored once')
  network.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  network.promise('submit-includes-acknowledged', 'what was saved before handing in is part of what is handed in')

  network.promiseBudgets()
  network.promise('recovery', 'after each fault everything is as before, without a storm of retries')
  network.promise('error-rate', 'in between, candidates saw fewer errors than the SLO allows')
  network.promise('response-time', 'in between, answers came within the SLO')
  network.promise('steady-state-after', 'the platform was well again after the last candidate left')
  network.promiseTheRest('and nothing else was found')
})
