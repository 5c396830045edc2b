import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkMachine } from '../fixtures/machine-needs.ts'
import { ERROR_CODES } from '../helpers/errors.ts'
import { rehearse } from './rehearse-command.ts'
import type { Surroundings } from './surroundings.ts'
import { withoutEngine } from './testing/without-engine.ts'

/*
 * What people get wrong. Each must be told by a stable code, what was expected, what was seen, where, and the next step,
 * with exit code 3, before anything starts.
 */

interface Wrong {
  /** Source of the configuration file; a complete and correct one if absent. */
  readonly config?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Source of `platform.mjs` beside it. */
  readonly platform?: string
  /** Ask the machine itself, not one that lacks nothing. */
  readonly machine?: true
  /** `run` if absent. */
  readonly command?: string
}

const IMAGE = `image: 'exam/backend:1'`
const settings = (text: string): Wrong => ({ config: `export default { ${text} }` })
const backend = (text: string): Wrong => settings(`backend: { ${text} }`)
const platform = (source: string): Wrong => ({ ...settings(`platform: './platform.mjs'`), platform: source })
const flags = (...given: string[]): Wrong => ({ flags: given })
const env = (name: string, value: string): Wrong => ({ env: { [name]: value } })

/** Title, what is wrong, and then: the code, and words that tell where it is and what was seen. */
const WRONG: readonly (readonly [string, Wrong, keyof typeof ERROR_CODES, ...string[]])[] = [
  // The file as a whole
  ['a file without a default export', { config: 'export const profile = 1' }, 'CONFIG_INVALID', 'default', 'undefined'],
  ['a file that exports a function', { config: 'export default () => ({})' }, 'CONFIG_INVALID', 'default'],
  ['a file that exports a promise', { config: 'export default Promise.resolve({})' }, 'CONFIG_INVALID', 'default'],
  ['a file that exports a list', { config: 'export default []' }, 'CONFIG_INVALID', 'default', '[]'],
  ['a file that exports nothing but null', { config: 'export default null' }, 'CONFIG_INVALID', 'default', 'null'],
  ['a file that is no JavaScript', { config: 'export default {' }, 'CONFIG_INVALID', 'wrong.config.mjs'],
  ['a file that throws', { config: `throw new Error('no licence')` }, 'CONFIG_INVALID', 'no licence'],
  ['a file that imports what is not there', { config: `import './gone.mjs'` }, 'CONFIG_INVALID', 'gone.mjs'],
  // Its settings
  ['a setting that does not exist', settings(`profil: 'dev'`), 'CONFIG_INVALID', 'profil'],
  ['a profile that does not exist', settings(`profile: 'huge'`), 'CONFIG_INVALID', 'default.profile', '"huge"'],
  ['a host that does not exist', settings(`host: 'kubernetes'`), 'CONFIG_INVALID', 'default.host', '"kubernetes"'],
  ['no phase at all', settings('phases: []'), 'CONFIG_INVALID', 'default.phases', '[]'],
  ['phases by number', settings('phases: [2]'), 'CONFIG_INVALID', 'default.phases.0', '2'],
  ['phases as one text', settings(`phases: '2-load'`), 'CONFIG_INVALID', 'default.phases', '"2-load"'],
  ['a phase that does not exist', settings(`phases: ['9-party']`), 'SUITE_UNKNOWN', 'phases', '"9-party"'],
  ['disk as a text', settings(`machine: { minFreeDiskGB: '5' }`), 'CONFIG_INVALID', 'default.machine.minFreeDiskGB'],
  ['negative memory', settings('machine: { minFreeMemoryGB: -1 }'), 'CONFIG_INVALID', 'minFreeMemoryGB', '-1'],
  ['memory that is no number', settings('machine: { minFreeMemoryGB: NaN }'), 'CONFIG_INVALID', 'minFreeMemoryGB'],
  ['a machine that is a number', settings('machine: 5'), 'CONFIG_INVALID', 'default.machine', '5'],
  ['no run kept', settings('reports: { keepRuns: 0 }'), 'CONFIG_INVALID', 'default.reports.keepRuns', '0'],
  ['half a run kept', settings('reports: { keepRuns: 2.5 }'), 'CONFIG_INVALID', 'default.reports.keepRuns', '2.5'],
  ['bytes as a text', settings(`reports: { maxBytes: '5 GB' }`), 'CONFIG_INVALID', 'reports.maxBytes', '"5 GB"'],
  ['a threshold of 0 ms', settings('thresholds: { dev: { p95Ms: 0 } }'), 'CONFIG_INVALID', 'dev.p95Ms', '0'],
  ['a threshold without end', settings('thresholds: { dev: { p95Ms: Infinity } }'), 'CONFIG_INVALID', 'dev.p95Ms'],
  ['per cent for a share', settings('thresholds: { dev: { errorRate: 5 } }'), 'CONFIG_INVALID', 'dev.errorRate', '5'],
  [
    'a negative share',
    settings('thresholds: { dev: { databasePool: -0.1 } }'),
    'CONFIG_INVALID',
    'databasePool',
    '-0.1',
  ],
  ['a threshold that does not exist', settings('thresholds: { dev: { p99Ms: 5 } }'), 'CONFIG_INVALID', 'p99Ms'],
  ['thresholds of no profile', settings('thresholds: { p95Ms: 5 }'), 'CONFIG_INVALID', 'thresholds', 'p95Ms'],
  ['think times that are not there', settings(`thinkTimes: 'gone.txt'`), 'CONFIG_INVALID', 'gone.txt', 'ENOENT'],
  ['think times that are no text', settings('thinkTimes: [1, 2]'), 'CONFIG_INVALID', 'default.thinkTimes', '[1,2]'],
  [
    'no thread at all',
    settings('generatorThreads: 0'),
    'CONFIG_INVALID',
    'default.generatorThreads',
    'at least 1',
    '0',
  ],
  ['half a thread', settings('generatorThreads: 1.5'), 'CONFIG_INVALID', 'default.generatorThreads', '1.5'],
  ['threads as a text', settings(`generatorThreads: '2'`), 'CONFIG_INVALID', 'default.generatorThreads', '"2"'],
  // The backend
  ['a backend without an image', backend('port: 80'), 'CONFIG_INVALID', 'default.backend'],
  [
    'an image and a Dockerfile',
    backend(`${IMAGE}, dockerfile: './Dockerfile'`),
    ...(['CONFIG_INVALID', 'default.backend', 'more than one'] as const),
  ],
  ['a Dockerfile that is not there', backend(`dockerfile: './gone/Dockerfile'`), 'CONFIG_INVALID', 'gone/Dockerfile'],
  ['a context without a Dockerfile', backend(`${IMAGE}, context: '.'`), 'CONFIG_INVALID', 'default.backend.context'],
  [
    'a compose file that is not there',
    backend(`compose: { file: './gone.yaml', service: 'api' }`),
    ...(['CONFIG_INVALID', 'default.backend.compose.file', 'gone.yaml'] as const),
  ],
  [
    'a compose file without a service',
    backend(`compose: { file: './compose.yaml' }`),
    ...(['CONFIG_INVALID', 'default.backend.compose.service'] as const),
  ],
  ['a migration as one text', backend(`${IMAGE}, migrate: 'npm run migrate'`), 'CONFIG_INVALID', 'backend.migrate'],
  ['an image with a space', backend(`image: 'exam backend'`), 'CONFIG_INVALID', 'backend.image', '"exam backend"'],
  ['a port that there is not', backend(`${IMAGE}, port: 70000`), 'CONFIG_INVALID', 'backend.port', '70000'],
  ['a port as a text', backend(`${IMAGE}, port: '80'`), 'CONFIG_INVALID', 'backend.port', '"80"'],
  ['an empty command', backend(`${IMAGE}, command: []`), 'CONFIG_INVALID', 'backend.command', '[]'],
  ['a command as one text', backend(`${IMAGE}, command: 'npm start'`), 'CONFIG_INVALID', 'command', '"npm start"'],
  ['an empty program', backend(`${IMAGE}, program: []`), 'CONFIG_INVALID', 'backend.program', '[]'],
  ['an unknown placeholder', backend(`${IMAGE}, env: { A: '{dbUrl}' }`), 'CONFIG_INVALID', 'backend.env.A', '{dbUrl}'],
  ['a variable with a hyphen', backend(`${IMAGE}, env: { 'A-B': 'x' }`), 'CONFIG_INVALID', 'backend.env.A-B'],
  ['a number as a variable', backend(`${IMAGE}, env: { POOL: 20 }`), 'CONFIG_INVALID', 'backend.env.POOL', '20'],
  ['a secret in clear', backend(`${IMAGE}, env: { API_TOKEN: 'x1' }`), 'CONFIG_INVALID', 'backend.env.API_TOKEN'],
  [
    'a database that is not on stage',
    backend(`${IMAGE}, env: { DATABASE_URL: 'postgres://db.school.example/exam' }`),
    ...(['CONFIG_INVALID', 'backend.env.DATABASE_URL', '{databaseUrl}'] as const),
  ],
  [
    'a database that is not on stage by a variable',
    { ...backend(`${IMAGE}, env: { PG: '{env:SCHOOL_DB}' }`), env: { SCHOOL_DB: 'postgres://db.school.example/exam' } },
    ...(['CONFIG_INVALID', 'backend.env.PG', 'SCHOOL_DB', '{databaseUrl}'] as const),
  ],
  ['a variable that is not set', backend(`${IMAGE}, env: { A: '{env:NOT_SET}' }`), 'CONFIG_INVALID', 'NOT_SET'],
  [
    'an image without containers',
    { ...backend(IMAGE), flags: ['--host', 'processes', '--only', '2-load'] },
    ...(['HOST_UNAVAILABLE', 'backend', 'processes'] as const),
  ],
  [
    'a migration in an image without containers',
    {
      ...backend(`${IMAGE}, program: ['./start'], migrate: ['migrate']`),
      flags: ['--host', 'processes', '--only', '2-load'],
    },
    ...(['HOST_UNAVAILABLE', 'backend.migrateProgram', 'processes'] as const),
  ],
  // Invariants of one's own
  ['a folder of invariants that is not there', settings(`sqlDir: './gone'`), 'CONFIG_INVALID', 'gone'],
  ['a folder of invariants without one', settings(`sqlDir: '.'`), 'CONFIG_INVALID', 'at least one .sql'],
  // The platform
  ['a platform that is not there', settings(`platform: './gone.mjs'`), 'PLATFORM_INVALID', 'gone.mjs'],
  ['a platform that is no text', settings('platform: {}'), 'CONFIG_INVALID', 'default.platform', '{}'],
  ['a platform that is none', platform('export default 42'), 'PLATFORM_INVALID', 'definePlatform', '42'],
  ['a platform without a default export', platform('export const api = 1'), 'PLATFORM_INVALID', 'definePlatform'],
  ['a platform that throws', platform(`throw new Error('no key')`), 'PLATFORM_INVALID', 'platform.mjs', 'no key'],
  // Flags
  ['a configuration file that is not there', flags('--config', 'gone.config.ts'), 'CONFIG_INVALID', 'gone.config.ts'],
  ['no configuration file after its flag', flags('--config'), 'CONFIG_INVALID', '--config', 'none'],
  ['a flag that does not exist', flags('--profle=dev'), 'CONFIG_INVALID', '--profle'],
  ['a flag without its value', flags('--seed'), 'CONFIG_INVALID', '--seed', 'none'],
  ['another flag in the place of a value', flags('--profile', '--keep'), 'CONFIG_INVALID', '--profile', '"--keep"'],
  ['a value where none belongs', flags('--bail=yes'), 'CONFIG_INVALID', '--bail', '"yes"'],
  ['a profile that does not exist', flags('--profile', 'night'), 'PROFILE_UNKNOWN', '--profile', '"night"'],
  ['a seed that is no number', flags('--seed', '0x10'), 'CONFIG_INVALID', '--seed', '"0x10"'],
  ['a seed that is too large', flags('--seed', '4294967296'), 'CONFIG_INVALID', '--seed', '"4294967296"'],
  ['a host that does not exist', flags('--host', 'docker'), 'CONFIG_INVALID', '--host', '"docker"'],
  ['a phase that does not exist', flags('--only', 'load'), 'SUITE_UNKNOWN', '--only', '"load"'],
  ['a fault that does not exist', flags('--faults', 'fire'), 'CONFIG_INVALID', 'fire'],
  [
    'faults in a phase that has none',
    flags('--only', '2-load', '--faults', 'redis-refused'),
    'CONFIG_INVALID',
    'redis-refused',
  ],
  ['no repetition', flags('--repeat', '0'), 'CONFIG_INVALID', '--repeat', '"0"'],
  ['too many at once', flags('--at-once', '17'), 'CONFIG_INVALID', '--at-once', '"17"'],
  ['a baseline that is a folder and no run', flags('--baseline', tmpdir()), 'RUN_UNKNOWN', tmpdir(), 'verdict.json'],
  ['a baseline that is not there', flags('--baseline', 'yesterday'), 'RUN_UNKNOWN', 'yesterday'],
  ['a word too many', flags('nightly'), 'CONFIG_INVALID', '"nightly"'],
  // Variables
  ['a variable that does not exist', env('REHEARSAL_PROFIL', 'nightly'), 'CONFIG_INVALID', 'REHEARSAL_PROFIL'],
  ['a profile that does not exist', env('REHEARSAL_PROFILE', 'Dev'), 'PROFILE_UNKNOWN', 'REHEARSAL_PROFILE', '"Dev"'],
  ['a seed that is no number', env('REHEARSAL_SEED', 'seven'), 'CONFIG_INVALID', 'REHEARSAL_SEED', '"seven"'],
  ['a host that does not exist', env('REHEARSAL_HOST', 'podman'), 'CONFIG_INVALID', 'REHEARSAL_HOST', '"podman"'],
  ['no phase at all', env('REHEARSAL_ONLY', ','), 'SUITE_UNKNOWN', '","'],
  ['a phase that does not exist', env('REHEARSAL_ONLY', '2-load,x'), 'SUITE_UNKNOWN', '"x"'],
  ['neither yes nor no', env('REHEARSAL_KEEP', 'maybe'), 'CONFIG_INVALID', 'REHEARSAL_KEEP', '"maybe"'],
  ['too many repetitions', env('REHEARSAL_REPEAT', '1000'), 'CONFIG_INVALID', 'REHEARSAL_REPEAT', '"1000"'],
  ['none at once', env('REHEARSAL_AT_ONCE', '0'), 'CONFIG_INVALID', 'REHEARSAL_AT_ONCE', '"0"'],
  ['a fault that does not exist', env('REHEARSAL_FAULTS', 'flood'), 'CONFIG_INVALID', 'flood'],
  [
    'free disk that is no number',
    { ...env('REHEARSAL_MIN_FREE_DISK_GB', 'five'), machine: true, flags: ['--host', 'processes', '--only', '2-load'] },
    ...(['CONFIG_INVALID', 'REHEARSAL_MIN_FREE_DISK_GB', 'five'] as const),
  ],
]

test('there are at least forty', () => {
  expect(WRONG.length).toBeGreaterThanOrEqual(40)
})

describe('a wrong configuration is told before anything starts', () => {
  for (const [title, wrong, code, ...words] of WRONG) {
    test(`${title}: ${JSON.stringify(wrong)}`, async () => {
      const { exitCode, errors, said, begun } = await tryOut(wrong)
      expect(exitCode).toBe(3)
      expect(begun).toEqual([])
      const [error, ...more] = errors
      expect(more, said).toEqual([])
      expect(error).toMatch(new RegExp(`^${code}: ${ERROR_CODES[code].title}`))
      expect(error).toMatch(/\n {2}expected: \S.*\n {2}seen: {5}\S.*\n {2}next: {5}\S/s)
      for (const word of words) expect(error).toContain(word)
      expect(said).toContain('Nothing was rehearsed: 1 problem.')
    })
  }

  test('a secret that should not be there is not repeated', async () => {
    const { said } = await tryOut(backend(`${IMAGE}, env: { DB_PASSWORD: 'hunter2' }`))
    expect(said).toContain('default.backend.env.DB_PASSWORD')
    expect(said).not.toContain('hunter2')
    const address = 'postgres://exam:hunter2@db.school.example/exam'
    const past = await tryOut({ ...backend(`${IMAGE}, env: { PG: '{env:SCHOOL_DB}' }`), env: { SCHOOL_DB: address } })
    expect(past.said).toContain('backend.env.PG')
    expect(past.said).not.toMatch(/hunter2|db\.school/)
  })

  test('several mistakes in every place are told at once', async () => {
    const { exitCode, errors, begun } = await tryOut({
      config: `export default { profil: 'x', reports: { keepRuns: 0 }, backend: { image: '' } }`,
      flags: ['--seed', 'x', '--only', 'load', '--baseline', 'yesterday'],
      env: { REHEARSAL_REPEAT: 'x', REHEARSAL_PROFIL: 'dev' },
    })
    expect(exitCode).toBe(3)
    expect(begun).toEqual([])
    const told = errors.join('\n')
    for (const word of [
      'profil',
      'keepRuns',
      'backend.image',
      '--seed',
      '"load"',
      'yesterday',
      'REHEARSAL_REPEAT',
      'REHEARSAL_PROFIL',
    ]) {
      expect(told).toContain(word)
    }
    expect(errors).toHaveLength(8)
  })
})

test('a wrong setting hides nothing that is wrong elsewhere', async () => {
  const { errors } = await tryOut({
    ...settings(
      `profil: 'x', phases: ['9-party'], sqlDir: './gone', platform: './gone.mjs', thinkTimes: './gone.txt', ` +
        `machine: { minFreeDiskGB: 1e9, minFreeMemoryGB: 1e9 }, ` +
        `backend: { image: 'a:1', dockerfile: './Dockerfile', env: { KEY: '{env:NOT_SET}' } }`,
    ),
    ...{ machine: true, flags: ['--host', 'external'] },
  })
  const told = errors.join('\n')
  for (const word of ['profil', '"9-party"', 'sqlDir', 'gone.mjs', 'gone.txt', 'DISK_TOO_SMALL', 'MEMORY']) {
    expect(told).toContain(word)
  }
  const own = await tryOut(backend(`${IMAGE}, dockerfile: './Dockerfile', env: { KEY: '{env:NOT_SET}' }`))
  expect(own.errors).toHaveLength(2)
  expect(own.said).toMatch(/exactly one of image[\s\S]*the variable NOT_SET/)
})

describe('doctor', () => {
  test.each<[string, Wrong]>([
    ['a file that is no JavaScript', { config: 'export default {' }],
    ['a setting that does not exist', settings(`profil: 'dev'`)],
    ['a variable that does not exist', env('REHEARSAL_PROFIL', 'nightly')],
    ['phases and faults that do not exist', flags('--only', 'nonsense', '--faults', 'nope')],
  ])('is not content with %s', async (_what, wrong) => {
    const { exitCode, said, doctored } = await tryOut({ ...wrong, command: 'doctor' })
    expect(exitCode).toBe(3)
    expect(doctored).toEqual([])
    expect(said).toMatch(/_(INVALID|UNKNOWN): /)
  })

  test('a fault that a platform cannot be broken by is refused by its name, and is no part of all', async () => {
    const aula = fileURLToPath(new URL('../examples/other-platform/platform.ts', import.meta.url))
    const asked = (faults: string, only: string) =>
      tryOut({
        config: `export default { platform: ${JSON.stringify(aula)}, backend: { ${IMAGE} } }`,
        flags: ['--dry-run', '--faults', faults, '--only', only],
      })
    const named = await asked('backend-sweeper-stopped', '3-faults/backend')
    expect(named.said).toContain('seen:     backend-sweeper-stopped')
    expect((await asked('all', '3-faults/backend')).said).not.toContain('backend-sweeper-stopped, which needs')
  })

  test('asks of the machine what a run would', async () => {
    const { exitCode, doctored } = await tryOut({
      ...settings(`machine: { minFreeDiskGB: 100000 }, backend: { ${IMAGE} }`),
      command: 'doctor',
    })
    expect(exitCode).toBe(0)
    expect(doctored).toEqual([
      [
        'containers',
        {
          runDir: expect.stringMatching(/runs$/),
          env: { REHEARSAL_MIN_FREE_DISK_GB: '100000' },
          backendImage: 'exam/backend:1',
        },
      ],
    ])
  })
})

describe('commands about runs that are over', () => {
  test.each([
    ['gate', '--image-digest', `sha256:${'a'.repeat(64)}`, '--max-age', '7d'],
    ['verify', 'latest'],
    ['shrink', 'latest'],
    ['replay', 'latest', '--candidate', 'a'],
  ])('%s does not do without the file that --config forgot', async (command, ...rest) => {
    const { exitCode, said, errors } = await tryOut({ command, flags: [...rest, '--config'] })
    expect(exitCode).toBe(3)
    expect(errors).toHaveLength(1)
    expect(said).toContain('a file after --config')
  })

  test('gate refuses a variable that does not exist', async () => {
    const asked = ['--image-digest', `sha256:${'a'.repeat(64)}`, '--max-age', '7d']
    const { exitCode, said } = await tryOut({ command: 'gate', flags: asked, env: { REHEARSAL_PROFIL: '1' } })
    expect(exitCode).toBe(3)
    expect(said).toContain('seen:     REHEARSAL_PROFIL')
  })
})

test('the configuration that the wrong ones are made of is no mistake', async () => {
  const { begun } = await tryOut({ ...backend(`${IMAGE}, port: 80`), env: { REHEARSAL_SEED: '7' } })
  expect(begun).toEqual(['sweep'])
})

/** This machine, whether or not the programs of a host without containers are on it: that is no matter of a configuration. */
const machineWithPrograms: typeof checkMachine = async (...asked) =>
  (await checkMachine(...asked)).filter(({ code }) => code !== 'HOST_UNAVAILABLE')

/** The entry with everything wrong that is given, on a machine of which whatever is started is noted and refused. */
async function tryOut({
  config = 'export default {}',
  flags: given = [],
  env: variables = {},
  machine,
  platform: module,
  command = 'run',
}: Wrong) {
  const dir = await mkdtemp(join(tmpdir(), 'wrong-configuration-'))
  try {
    const configFile = join(dir, 'wrong.config.mjs')
    const runsDir = join(dir, 'runs')
    await writeFile(configFile, config)
    if (module !== undefined) await writeFile(join(dir, 'platform.mjs'), module)
    const begun: string[] = []
    const doctored: unknown[] = []
    const started = (what: string) => async () => {
      begun.push(what)
      throw new Error(`${what} was begun`)
    }
    const surroundings: Surroundings = {
      ...withoutEngine,
      ...(machine ? { checkMachine: machineWithPrograms } : {}),
      sweep: started('sweep'),
      startGuardian: started('guardian'),
      doctor: async (...asked) => {
        doctored.push(asked)
        return 0
      },
    }
    const lines: string[] = []
    const output = { isTTY: false, columns: 80, write: (text: string) => void lines.push(text) }
    const exitCode = await rehearse([command, ...given], variables, {
      ...{ runsDir, configFile, output },
      surroundings: async () => surroundings,
    })
    if (existsSync(runsDir)) begun.push('the folder of runs')
    const said = lines.join('')
    const errors = said.split(/\n(?=[A-Z_]+: )/).filter((block) => /^[A-Z_]+: /.test(block))
    return { exitCode, errors, said, begun, doctored }
  } finally {
    await rm(dir, { recursive: true })
  }
}
