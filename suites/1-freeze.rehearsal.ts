import { describe } from 'vitest'
import { freezePhase } from '../fixtures/freeze-phase.ts'
import { onStage } from '../fixtures/rehearsal.ts'

const freeze = onStage(freezePhase())

describe(freeze.title, () => {
  freeze.promise('phase-completed', 'the rehearsal of this phase ran to its end')

  freeze.promise(
    'freeze-positive-control',
    'on an ordinary day everything that the freeze forbids works, and does something',
  )
  freeze.promise('freeze-safety', 'under freeze all of it is refused, on every worker, and changes nothing')
  freeze.promise(
    'freeze-propagation',
    'every worker knows of a toggle within two seconds, toggled again and again under load',
  )
  freeze.promise('faults-felt', 'a worker and the backend really died, and Redis was really away and came back empty')
  freeze.promise('freeze-persistence', 'nothing of that ends the freeze')

  freeze.promise('jobs-skip', 'a job that is started under freeze does nothing, and says so')
  freeze.promise('jobs-stop', 'a job that runs when the freeze begins stops at its next step')

  freeze.promise(
    'allowed-work-goes-on',
    'candidates log in, start, answer and hand in under freeze, and an import may be tried out',
  )
  freeze.promise('allowed-work-not-slower', 'and the freeze makes none of it slower')
  freeze.promise('freeze-audited', 'who froze, who unfroze, who was refused what, and why: all of it is in the log')

  freeze.promise('no-lost-answer', 'an answer that a candidate was told is saved is in the database')
  freeze.promise('exactly-once-submit', 'handing in counts once')
  freeze.promise('recovery', 'what was broken is well again without anybody repairing anything')
  freeze.promiseTheRest('and nothing else was found')
})
