import { afterAll, test } from 'vitest'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

afterAll(() => {
  throw new Error('the stage did not come down')
})

test('all is well until the curtain falls', ({ task }) => {
  task.meta.check = 'no-lost-answer'
  task.meta.phase = phaseOf()
})
