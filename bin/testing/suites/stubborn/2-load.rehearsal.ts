import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject, test } from 'vitest'

test('hears no signal at all', async () => {
  writeFileSync(join(inject('run').dir, 'begun'), '')
  await new Promise(() => undefined)
})
