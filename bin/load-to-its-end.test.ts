import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const ENTRY = fileURLToPath(new URL('./rehearse.ts', import.meta.url))
const NEVER = 'await new Promise(() => undefined)\nexport default {}\n'

test.each([
  ['a configuration', 'CONFIG_INVALID', { 'own.config.mjs': NEVER }],
  [
    'a platform',
    'PLATFORM_INVALID',
    { 'own.config.mjs': `export default { platform: './own.mjs' }\n`, 'own.mjs': NEVER },
  ],
])('%s that waits for ever is told, with exit code 3', { timeout: 30_000 }, async (_what, code, files) => {
  const dir = await mkdtemp(join(tmpdir(), 'never-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const args = ['run', '--dry-run', '--host', 'processes', '--config', join(dir, 'own.config.mjs')]
  // Not our own environment: a program that Vitest runs believes to be a test.
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  const { status, stderr } = spawnSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8', env })
  expect(stderr).toContain(`${code}: `)
  expect(stderr).toContain('an await, in it or in what it imports, that never settles')
  expect(status).toBe(3)
})
