import { test } from 'vitest'
import { checkOf, phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('what was said to be saved is saved', ({ task }) => {
  task.meta.check = 'no-lost-answer'
  task.meta.phase = phaseOf({ checks: [checkOf({ valid: 'unknown', reason: 'the answers could not be read' })] })
  throw new Error('INCONCLUSIVE: the answers could not be read')
})
