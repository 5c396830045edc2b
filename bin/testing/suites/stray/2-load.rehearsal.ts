import { test } from 'vitest'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('all is well, but an error goes uncaught', async ({ task }) => {
  task.meta.check = 'no-lost-answer'
  task.meta.phase = phaseOf()
  void Promise.reject(new Error('nobody caught me'))
  await new Promise((resolve) => setImmediate(resolve))
})
