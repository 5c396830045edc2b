import { test } from 'vitest'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('what was said to be saved is saved', ({ task }) => {
  task.meta.check = 'no-lost-answer'
  task.meta.phase = phaseOf()
})

test('a promise that is not kept today', ({ skip }) => skip())
