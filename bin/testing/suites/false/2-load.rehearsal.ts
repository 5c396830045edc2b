import { test } from 'vitest'
import { checkOf, phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('what was said to be saved is saved', ({ task }) => {
  task.meta.check = 'no-lost-answer'
  const lost = checkOf({ valid: false, violations: 3, reason: '3 acknowledged answers are not in the database' })
  task.meta.phase = phaseOf({ checks: [lost] })
  throw new Error('BROKEN: 3 answers are lost')
})
