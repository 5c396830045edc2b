import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { rehearse } from './rehearse-command.ts'
import { withoutEngine } from './testing/without-engine.ts'
import { unwritableFolders } from './unwritable-folders.ts'

async function emptyFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'unwritable-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

test('what is not there yet can be made, and is not made by looking', async () => {
  const runsDir = join(await emptyFolder(), 'reports', 'runs')
  expect(await unwritableFolders(runsDir)).toEqual([])
  expect(existsSync(dirname(runsDir))).toBe(false)
  await mkdir(runsDir, { recursive: true })
  expect(await unwritableFolders(runsDir)).toEqual([])
})

test.each(['reports', 'reports/runs'])('a file in the place of %s is told by a dry run', async (file) => {
  const dir = await emptyFolder()
  await mkdir(dirname(join(dir, file)), { recursive: true })
  await writeFile(join(dir, file), '')
  const runsDir = join(dir, 'reports', 'runs')
  expect(await unwritableFolders(runsDir)).toMatchObject([{ code: 'RUN_FOLDER_UNWRITABLE', seen: 'no folder' }])
  const said: string[] = []
  const output = { isTTY: false, columns: 80, write: (text: string) => void said.push(text) }
  const options = { runsDir, output, surroundings: async () => withoutEngine }
  expect(await rehearse(['run', '--dry-run', '--profile', 'smoke'], {}, options)).toBe(3)
  expect(said.join('')).toMatch(/RUN_FOLDER_UNWRITABLE[\s\S]*1 problem\./)
})

/** Loads the module first, so that the checkout may be closed to others, and then gives up every privilege. */
const AS_ORDINARY_USER = `
  const { unwritableFolders } = await import('${new URL('./unwritable-folders.ts', import.meta.url)}')
  if (process.getuid() === 0) process.setuid(65_534)
  console.log(JSON.stringify((await unwritableFolders(process.argv[1])).map(({ code }) => code)))
`

test('a folder of somebody else is told', async () => {
  const dir = await emptyFolder()
  await chmod(dir, 0o555)
  onTestFinished(() => chmod(dir, 0o755))
  const path = join(dir, 'reports', 'runs')
  const args = ['--input-type=module', '-e', AS_ORDINARY_USER, path]
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' })
  expect(JSON.parse(said)).toEqual(['RUN_FOLDER_UNWRITABLE'])
})
