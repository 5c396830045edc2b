import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ENTRY = fileURLToPath(new URL('./rehearse.ts', import.meta.url))
const NEVER = 'await new Promise(() => undefined)\nexport default {}\n'
const ENDS = 'process.exit(0)\n'
const THROWS = `setTimeout(() => { throw new Error('later') }, 1)
await new Promise((wake) => setTimeout(wake, 10_000))
export default {}
`

const NEVER_SETTLES = 'an await, in it or in what it imports, that never settles'
const withPlatform = (text: string) => ({
  'own.config.mjs': `export default { platform: './own.mjs' }\n`,
  'own.mjs': text,
})

test.concurrent.for([
  ['a configuration that waits for ever', 'CONFIG_INVALID', NEVER_SETTLES, { 'own.config.mjs': NEVER }],
  ['a platform that waits for ever', 'PLATFORM_INVALID', NEVER_SETTLES, withPlatform(NEVER)],
  // 0 would be a GO, and 1 a NO-GO.
  ['a configuration that ends the program', 'CONFIG_INVALID', 'with exit code 0', { 'own.config.mjs': ENDS }],
  ['a configuration that throws aside', 'CONFIG_INVALID', 'with exit code 1', { 'own.config.mjs': THROWS }],
  ['a platform that throws aside', 'PLATFORM_INVALID', 'with exit code 1', withPlatform(THROWS)],
] as const)(
  '%s is told, with exit code 3',
  { timeout: 30_000 },
  async ([_what, code, seen, files], { onTestFinished }) => {
    const dir = await mkdtemp(join(tmpdir(), 'never-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    const args = ['run', '--dry-run', '--host', 'processes', '--config', join(dir, 'own.config.mjs')]
    // Not our own environment: a program that Vitest runs believes to be a test.
    // Nothing is compiled yet, because a program that is ended while V8 compiles may hang: see `letCompilersEnd`.
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_COMPILE_CACHE: join(dir, 'compiled'),
    }
    const child = spawn(process.execPath, [ENTRY, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(stderr).toContain(`${code}: `)
    expect(stderr).toContain(seen)
    expect(status).toBe(3)
  },
)
