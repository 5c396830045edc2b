import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, inject, test } from 'vitest'
import { checkOf, phaseOf } from '../../../../helpers/testing/phase-of.ts'

/*
 * Lasts until it is told to stop, as a rehearsal does, then takes its time to tear down. Vitest ends a cancelled test
 * at once and hears nothing of it any more, so the result goes into the meta of the file, which is reported last.
 */

const TEARDOWN_MS = 500
const note = (name: string) => writeFileSync(join(inject('run').dir, name), '')

let rehearsal: Promise<void> | undefined

afterAll(async () => {
  await rehearsal
})

test('the whole cohort sits its exam', async ({ task, signal }) => {
  task.meta.check = 'no-lost-answer'
  rehearsal = (async () => {
    await once(signal, 'abort')
    await sleep(TEARDOWN_MS)
    task.file.meta.phase = phaseOf({ checks: [checkOf({ valid: 'unknown', reason: 'the phase was cut short' })] })
    note('torn-down')
  })()
  note('begun')
  await rehearsal
  throw new Error('INCONCLUSIVE: cut short')
})
