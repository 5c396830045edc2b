import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
const SHELL_SCRIPTS = [
  'bootstrap',
  'images/build',
  'programs/get',
  'images/toxiproxy/compile',
  'images/postgres/entrypoint.sh',
  'images/redis/entrypoint.sh',
  'images/base/policy-rc.d',
]

/** What the programs that bootstrap asks pretend to be. The engine is always one of the user's that does not answer. */
interface Machine {
  readonly nodeMajor?: number
  readonly pnpm?: string
  readonly npm?: string
  /** What images/missing.ts prints and its exit code. */
  readonly images?: { readonly prints: string; readonly exitCode: number }
  /** What programs/missing.ts prints: the programs that a stage without containers lacks. */
  readonly programs?: string
  /** Whether node_modules is that of the lock file. */
  readonly packages?: boolean
}

interface Outcome {
  readonly exitCode: number
  readonly said: string
  /** What the pnpm of that machine was asked to do, one line a call. */
  readonly out: string
}

const READY: Machine = { images: { prints: 'postgres upstream\nnode override\n', exitCode: 0 } }

/** Run ./bootstrap in a checkout of its own, on a machine of that kind. Nothing is installed or started anywhere. */
async function bootstrap(
  machine: Machine,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const scratch = await mkdtemp(join(tmpdir(), 'bootstrap-'))
  onTestFinished(() => rm(scratch, { recursive: true }))
  const checkout = join(scratch, "a user's checkout")
  const programs = join(scratch, 'programs')
  await mkdir(join(checkout, 'images'), { recursive: true })
  await mkdir(join(checkout, 'node_modules/.pnpm'), { recursive: true })
  await mkdir(join(checkout, 'fixtures/backend/node_modules'), { recursive: true })
  await mkdir(programs)
  await copyFile(join(ROOT, 'bootstrap'), join(checkout, 'bootstrap'))
  await copyFile(join(ROOT, 'images/versions'), join(checkout, 'images/versions'))
  await writeFile(join(checkout, 'pnpm-lock.yaml'), 'lock: 2\n')
  await writeFile(join(checkout, 'node_modules/.modules.yaml'), '')
  await writeFile(
    join(checkout, 'node_modules/.pnpm/lock.yaml'),
    machine.packages === false ? 'lock: 1\n' : 'lock: 2\n',
  )
  const { prints, exitCode } = machine.images ?? { prints: '', exitCode: 4 }
  await program(
    programs,
    'node',
    `case $1 in -p) echo ${machine.nodeMajor ?? 24} ;; images/*) printf '%s' '${prints}'; exit ${exitCode} ;; programs/*) printf '%s' '${machine.programs ?? ''}'; echo 'no redis-server on the PATH' >&2 ;; esac`,
  )
  await program(
    programs,
    'pnpm',
    machine.pnpm ?? 'if [ "$1" = --version ]; then echo 12.21.0; else echo "pnpm $*"; exit 7; fi',
  )
  await program(programs, 'npm', machine.npm ?? 'echo "npm must not be asked" >&2; exit 1')
  await program(programs, 'docker', 'exit 1')
  return await new Promise((resolve, reject) => {
    const child = execFile(
      join(checkout, 'bootstrap'),
      args,
      // DOCKER_HOST says that the engine is the user's own, so that none is ever installed or started by this test.
      {
        cwd: '/',
        env: { PATH: `${programs}:${SYSTEM_PATH}`, DOCKER_HOST: 'tcp://127.0.0.1:1', TMPDIR: scratch, ...env },
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error)
        else resolve({ exitCode: error === null ? 0 : Number(error.code), said: stderr, out: stdout })
      },
    )
    child.stdin?.end()
  })
}

async function program(folder: string, name: string, body: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`)
  await chmod(join(folder, name), 0o755)
}

describe('./bootstrap', () => {
  test('runs the script with its arguments and ends with its exit code, in a folder whose name has spaces', async () => {
    const { exitCode, said, out } = await bootstrap(READY, ['test:rehearsal', '--profile', 'smoke', 'a b'])
    expect(out).toBe('pnpm run test:rehearsal --profile smoke a b\n')
    expect(exitCode).toBe(7)
    expect(said).toBe('')
  })

  test('says that the machine is ready when it is given no script', async () => {
    expect(await bootstrap(READY, [])).toMatchObject({
      exitCode: 0,
      said: expect.stringContaining('bootstrap: ready: '),
    })
  })

  test.each([
    ['Node.js is too old', { ...READY, nodeMajor: 22 }],
    ['pnpm is another major', { ...READY, pnpm: 'echo 10.1.0' }],
    ['pnpm does not run', { ...READY, pnpm: 'exit 127' }],
  ])('says the cause and the next step when %s and npm cannot bring it', async (_, machine) => {
    const { exitCode, said, out } = await bootstrap({ ...machine, npm: 'echo "ECONNREFUSED registry" >&2; exit 1' }, [
      'test',
    ])
    expect(exitCode).toBe(3)
    expect(out).toBe('')
    expect(said).toContain('ECONNREFUSED registry')
    expect(said).toContain('FAILED: Node and pnpm could not be fetched')
    expect(said).toMatch(/next: is the npm registry reachable/)
  })

  test('does not believe npm that it brought a tool which does not run', async () => {
    const { exitCode, said } = await bootstrap({ ...READY, nodeMajor: 20, npm: 'exit 0' }, ['test'])
    expect(exitCode).toBe(3)
    expect(said).toMatch(/FAILED: what is in .*\.tools does not run here/)
  })

  test('installs the packages when the lock file has changed, and stops when that fails', async () => {
    const { exitCode, said } = await bootstrap({ ...READY, packages: false }, ['test'])
    expect(said).toContain('install the packages of pnpm-lock.yaml')
    expect(said).toContain('pnpm install --frozen-lockfile')
    expect(said).toContain('FAILED: the packages could not be installed')
    expect(exitCode).toBe(3)
  })

  test('leaves it to the script whether it can do without an engine', async () => {
    const { exitCode, said, out } = await bootstrap({}, ['test:unit'])
    expect(said).toContain('no container engine answers')
    expect(said).toContain('DOCKER_HOST=tcp://127.0.0.1:1 is yours')
    expect(out).toBe('pnpm run test:unit\n')
    expect(exitCode).toBe(7)
  })

  test('does not call a machine ready that has no engine, unless told to do without', async () => {
    expect(await bootstrap({}, [])).toMatchObject({ exitCode: 3, said: expect.stringContaining('BOOTSTRAP_ENGINE=no') })
    expect(await bootstrap({}, [], { BOOTSTRAP_ENGINE: 'no' })).toMatchObject({ exitCode: 0 })
    expect(await bootstrap({}, [], { REHEARSAL_HOST: 'external' })).toMatchObject({ exitCode: 0, out: '' })
  })

  test.each([
    ['no engine answers', { BOOTSTRAP_ENGINE: 'no' }, ['test:rehearsal']],
    ['the variable asks for processes', { REHEARSAL_HOST: 'processes' }, ['test:rehearsal']],
    ['the flag asks for processes', {}, ['test:rehearsal', '--host', 'processes']],
    ['nothing is to be rehearsed yet', { BOOTSTRAP_ENGINE: 'no' }, []],
  ] as const)(
    'brings the programs of a stage without containers when %s, and stops when it cannot',
    async (_, env, args) => {
      const { exitCode, said, out } = await bootstrap({ programs: 'redis\n' }, args, env)
      expect(said).toContain('bring into .tools/ of this folder, for a stage without containers: redis')
      expect(said).toContain('FAILED: what a rehearsal without containers needs could not be had: redis')
      expect({ exitCode, out }).toEqual({ exitCode: 3, out: '' })
    },
  )

  test('brings no programs for a script that needs none, or when they are here', async () => {
    const unit = await bootstrap({ programs: 'redis\n' }, ['test:unit'], { BOOTSTRAP_ENGINE: 'no' })
    expect(unit.out).toBe('pnpm run test:unit\n')
    const here = await bootstrap({}, ['test:rehearsal', '--host', 'processes'])
    expect(here).toMatchObject({ exitCode: 7, said: '', out: 'pnpm run test:rehearsal --host processes\n' })
  })

  test('stops when the images cannot be looked at, and hands on why', async () => {
    const machine = { images: { prints: 'images: invalid reference format', exitCode: 1 } }
    expect(await bootstrap(machine, ['test'])).toMatchObject({
      exitCode: 3,
      out: '',
      said: expect.stringContaining('FAILED: the images could not be looked at: images: invalid reference format'),
    })
  })

  test('takes no option that it does not know', async () => {
    expect(await bootstrap(READY, ['--force'])).toMatchObject({ exitCode: 3, said: expect.stringContaining('--force') })
  })

  test('explains itself', async () => {
    const { exitCode, out } = await bootstrap(READY, ['--help'])
    expect(exitCode).toBe(0)
    expect(out).toContain('./bootstrap [--yes] [<pnpm script> [arguments]]')
    expect(out).toContain('BOOTSTRAP_ENGINE=no')
  })
})

test.each(SHELL_SCRIPTS)('%s is a shell script without mistakes of grammar', async (script) => {
  const failure = await new Promise((resolve) => execFile('sh', ['-n', join(ROOT, script)], (error) => resolve(error)))
  expect(failure).toBeNull()
})
