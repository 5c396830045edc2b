import { test } from 'vitest'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('delivers a result in which everything holds, and fails', ({ task }) => {
  task.meta.check = 'no-lost-answer'
  task.meta.phase = phaseOf()
  throw new TypeError('undefined is not a function')
})
