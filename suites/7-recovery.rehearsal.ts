import { describe } from 'vitest'
import { recoveryPhase } from '../fixtures/recovery-phase.ts'
import { onStage } from '../fixtures/rehearsal.ts'

const recovery = onStage(recoveryPhase)

describe(recovery.title, () => {
  recovery.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  recovery.promise('faults-felt', 'the backend was really restarted, and the database really crashed')

  recovery.promise('back-in-service', 'candidates are served again in time, and nobody had to do anything')
  recovery.promise('recovery', 'soon after, everything is as before, for good')
  recovery.promise('retry-amplification', 'everybody trying again does not keep the platform down')
  recovery.promise('backlog-drained', 'whose time ran out meanwhile is closed, scored and dated as if nothing had been')

  recovery.promise('no-lost-answer', 'not one answer that was called saved is lost, neither by restart nor by crash')
  recovery.promise('exactly-once-submit', 'handing in counts once, however often it had to be tried')
  recovery.promise('swept-in-time', 'whoever vanished was closed in time')
  recovery.promise('restore', 'a backup taken while everybody hands in can be restored, and holds what it must')

  recovery.promise('steady-state-after', 'the platform was well again after the last candidate left')
  recovery.promiseTheRest('and nothing else was found')
})
