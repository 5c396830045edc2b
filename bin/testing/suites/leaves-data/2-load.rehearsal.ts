import { inject, test } from 'vitest'
import { containerEngine } from '../../../../fixtures/hosts/engine.ts'
import { DATA_LABEL, runLabels } from '../../../../fixtures/hosts/labels.ts'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('all is well, and its data stays to the end of the run', async ({ task }) => {
  task.meta.check = 'no-lost-answer'
  const { docker } = await containerEngine()
  const { id } = inject('run')
  await docker.createVolume({ Name: `data-${id}`, Labels: { ...runLabels(id), [DATA_LABEL]: 'end-of-run' } })
  task.meta.phase = phaseOf()
})
