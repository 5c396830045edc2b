import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { integrityCommand } from './integrity-command.ts'
import { metricsCommand } from './metrics-command.ts'
import { preflightCommand } from './preflight-command.ts'
import { saturateCommand } from './saturate-command.ts'
import { COMPILE_CACHE } from './testing/compile-cache.ts'

const ENTRY = fileURLToPath(new URL('./rehearse.ts', import.meta.url))

test.each([
  ['fault', '--help', '--database-url', 'fault <name>'],
  ['init', '-h', '--help', 'init [folder]'],
  ['integrity', '--help', '--grace-seconds', 'whole seconds from 0 to 3600', '--config'],
  ['metrics', '-h', '--metrics-url', 'REHEARSAL_METRICS_URL means the same'],
  ['preflight', '--help', '--exam-mode', 'must be given'],
  ['saturate', '--help', '--config', '--up-to'],
])('%s %s says what it takes', { timeout: 30_000 }, (command, flag, ...words) => {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...COMPILE_CACHE }
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, command, flag], { encoding: 'utf8', env })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  for (const word of words) expect(stdout).toContain(word)
})

test.each([
  ['integrity', integrityCommand],
  ['metrics', metricsCommand],
  ['preflight', preflightCommand],
  ['saturate', saturateCommand],
] as const)('%s refuses a word that it would lose', async (_name, command) => {
  const said: string[] = []
  // The wrong seed keeps a tool that takes the word from starting anything.
  const env = { REHEARSAL_SEED: 'x' }
  expect(await command(['foo'], env, (line) => said.push(line))).toBe(3)
  expect(said.join('\n')).toMatch(/flags only\s+seen: +"foo"/)
})
