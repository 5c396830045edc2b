import { inject, test } from 'vitest'
import { containerEngine } from '../../../../fixtures/hosts/engine.ts'
import { runLabels } from '../../../../fixtures/hosts/labels.ts'
import { phaseOf } from '../../../../helpers/testing/phase-of.ts'

test('all is well, but a network and a volume are forgotten', async ({ task }) => {
  task.meta.check = 'no-lost-answer'
  const { docker } = await containerEngine()
  const { id } = inject('run')
  await docker.createNetwork({ Name: `forgotten-${id}`, Labels: runLabels(id) })
  await docker.createVolume({ Name: `forgotten-${id}`, Labels: runLabels(id) })
  task.meta.phase = phaseOf()
})
