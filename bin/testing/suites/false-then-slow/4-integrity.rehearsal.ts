import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, inject, test } from 'vitest'
import { checkOf, phaseOf } from '../../../../helpers/testing/phase-of.ts'

/* Lasts until it is told to stop, as a rehearsal does, then takes its time to tear down. */

const TEARDOWN_MS = 500
const note = (name: string) => writeFileSync(join(inject('run').dir, name), '')

let rehearsal: Promise<unknown> = Promise.resolve()

afterAll(async () => {
  await rehearsal
  await new Promise((resolve) => setTimeout(resolve, TEARDOWN_MS))
  note('torn-down')
})

test('the whole cohort sits its exam', async ({ task, signal }) => {
  task.meta.check = 'no-lost-answer'
  const stopped = once(signal, 'abort')
  rehearsal = stopped
  note('begun')
  await stopped
  task.meta.phase = phaseOf({ checks: [checkOf({ valid: 'unknown', reason: 'the phase was cut short' })] })
  throw new Error('INCONCLUSIVE: cut short')
})
