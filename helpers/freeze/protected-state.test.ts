import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openProtectedState } from './protected-state.ts'

test('a platform that leaves out what the freeze protects is told so, and nothing counts as unchanged', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'protected-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'freeze'))
  await writeFile(join(dir, 'freeze/protected-tables.sql'), '-- What it protects.\n-- not judged: nobody wrote it\n')
  await writeFile(join(dir, 'freeze/job-runs.sql'), 'SELECT 1;')
  await expect(openProtectedState('postgres://127.0.0.1:1/none', dir)).rejects.toThrow('nobody wrote it')
})
