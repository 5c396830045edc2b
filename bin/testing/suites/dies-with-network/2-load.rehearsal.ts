import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject, test } from 'vitest'
import { containerEngine } from '../../../../fixtures/hosts/engine.ts'
import { runLabels } from '../../../../fixtures/hosts/labels.ts'

test('a stage stands when the entry is killed', async () => {
  const { docker } = await containerEngine()
  const { id, dir } = inject('run')
  await docker.createNetwork({ Name: `orphan-${id}`, Labels: runLabels(id) })
  writeFileSync(join(dir, 'begun'), '')
  await new Promise(() => undefined)
})
