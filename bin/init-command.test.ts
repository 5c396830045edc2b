import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { checkPlatform } from '../helpers/platform/load-platform.ts'
import { initCommand } from './init-command.ts'
import { loadConfig } from './load-config.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** Ours to write to, and not looked at by anything else. */
const SCRATCH = join(ROOT, 'reports', 'bench')
const COMPILE_TIMEOUT_MS = 60_000

/** In the project: what is written imports from it, and from its packages. */
async function emptyFolder(): Promise<string> {
  await mkdir(SCRATCH, { recursive: true })
  const dir = await mkdtemp(join(SCRATCH, '.init-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

async function init(...argv: string[]) {
  const said: string[] = []
  const exitCode = await initCommand(argv, {}, (line) => void said.push(line))
  return { exitCode, said: said.join('\n') }
}

test('what it writes is a configuration and a platform, and compiles', { timeout: COMPILE_TIMEOUT_MS }, async () => {
  const dir = await emptyFolder()
  const folder = join(dir, 'a folder', 'mine')
  const { exitCode, said } = await init(folder)
  expect(exitCode).toBe(0)
  expect(said).toContain('rehearsal.config.ts')
  const config = await loadConfig(join(folder, 'rehearsal.config.ts'))
  expect(config).toMatchObject({ config: { platform: './platform.ts' } })
  expect(await checkPlatform(join(folder, 'platform.ts'))).toMatchObject({ platform: { name: 'my-platform' } })
  expect(await readdir(join(folder, 'schema'))).toContain('test_sessions.sql')

  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const wrongTypes = async () => {
    const stdout = await run(tsc, ['--project', folder]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
    // What is wrong elsewhere in the project is told by its own check.
    return stdout.split('\n').filter((line) => line.includes('.init-'))
  }
  expect(await wrongTypes()).toEqual([])

  const platform = join(folder, 'platform.ts')
  const text = await readFile(platform, 'utf8')
  await writeFile(platform, text.replace("name: 'my-platform'", 'name: 1'))
  expect(await wrongTypes()).toEqual([expect.stringMatching(/platform\.ts.*not assignable to type 'string'/)])
})

test('nothing is overwritten, and then nothing at all is written', async () => {
  const dir = await emptyFolder()
  await writeFile(join(dir, 'platform.ts'), 'mine')
  const { exitCode, said } = await init(dir)
  expect(exitCode).toBe(3)
  expect(said).toMatch(/CONFIG_INVALID[\s\S]*seen: {5}platform\.ts in/)
  expect(await readdir(dir)).toEqual(['platform.ts'])
  expect(await readFile(join(dir, 'platform.ts'), 'utf8')).toBe('mine')
})

test.each([
  [['one', 'two'], 'one folder'],
  [['--force'], 'one of --help\n'],
])('%j is refused', async (argv, expected) => {
  const { exitCode, said } = await init(...argv)
  expect(exitCode).toBe(3)
  expect(said).toContain(`expected: ${expected}`)
})

test('a folder that cannot be made is refused with a code, and nothing is written', async () => {
  const dir = await emptyFolder()
  await writeFile(join(dir, 'README.md'), 'mine')
  const onAFile = await init(join(dir, 'README.md'))
  expect(onAFile.exitCode).toBe(3)
  expect(onAFile.said).toMatch(/^CONFIG_INVALID[\s\S]*ENOTDIR/)

  await mkdir(join(dir, 'half'))
  await writeFile(join(dir, 'half', 'schema'), 'mine')
  const half = await init(join(dir, 'half'))
  expect(half.exitCode).toBe(3)
  expect(half.said).toMatch(/^CONFIG_INVALID/)
  expect(await readdir(join(dir, 'half'))).toEqual(['schema'])

  // Free until it is to be made: a link to nowhere, as a folder that this user may not write.
  await mkdir(join(dir, 'linked'))
  await symlink('nowhere', join(dir, 'linked', 'schema'))
  const linked = await init(join(dir, 'linked'))
  expect(linked.exitCode).toBe(3)
  expect(linked.said).toMatch(/^CONFIG_INVALID/)
  expect(await readdir(join(dir, 'linked'))).toEqual(['schema'])
})
