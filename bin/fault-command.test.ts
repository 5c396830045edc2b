import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { FAULTS } from '../helpers/faults/catalogue.ts'
import { databaseTarget } from '../helpers/faults/database-target.ts'
import { storeRunRecord } from '../helpers/run-record.ts'
import { factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import { attachToRun, faultCommand, platformOf } from './fault-command.ts'

const URL_OF_EXAM = 'postgres://admin:opens-every-door@db.staging.school.example/exam'
const NOWHERE = async () => {
  throw new Error('nothing may be attached to')
}

async function refusal(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const said: string[] = []
  expect(await faultCommand(argv, env, (line) => said.push(line), NOWHERE)).toBe(3)
  return said.join('\n')
}

test.each<[string, readonly string[], Record<string, string>, RegExp]>([
  ['no place', ['postgres-read-only'], {}, /one of two: --run .* or --database-url/],
  [
    'two places',
    ['postgres-read-only', '--run', 'a-run', '--database-url', URL_OF_EXAM, '--break', 'exam'],
    {},
    /both/,
  ],
  ['a database whose name was not said', ['postgres-read-only', '--database-url', URL_OF_EXAM], {}, /--break/],
  ['another name', ['postgres-read-only', '--database-url', URL_OF_EXAM, '--break', 'exam2'], {}, /seen: +exam2/],
  [
    'a fault that needs more',
    ['redis-hung', '--database-url', URL_OF_EXAM, '--break', 'exam'],
    {},
    /SQL alone makes: postgres-/,
  ],
  [
    'the variable of those who only look',
    ['postgres-read-only', '--break', 'exam'],
    { REHEARSAL_DATABASE_URL: URL_OF_EXAM },
    /one of two/,
  ],
  [
    'a database that looks like production',
    ['postgres-read-only', '--database-url', 'postgres://a:opens-every-door@db.school.example/exam', '--break', 'exam'],
    {},
    /a database that is for rehearsals.*nothing in db.school.example, database exam.*--not-production db.school.example/s,
  ],
  [
    'one of production on a host for tests, by the name of another host',
    [
      ...['postgres-read-only', '--database-url', 'postgres://a:opens-every-door@db.staging.school.example/exam_prod'],
      ...['--break', 'exam_prod', '--not-production', 'db.school.example'],
    ],
    {},
    /"prod" in db.staging.school.example, database exam_prod/,
  ],
])('is refused before anything is touched: %s', async (_what, argv, env, told) => {
  const said = await refusal(argv, env)
  expect(said).toMatch(told)
  expect(said).not.toContain('opens-every-door')
})

test.each([
  ['a host that says what it is for', 'postgres://a:b@127.0.0.1:1/exam', []],
  ['a host that is named', 'postgres://a:b@127.0.0.1:1/exam_prod', ['--not-production', '127.0.0.1']],
])('a database is tried on %s', async (_, url, more) => {
  const said: string[] = []
  const argv = ['postgres-read-only', '--database-url', url, '--break', new URL(url).pathname.slice(1), ...more]
  // Nobody listens there, so it got as far as to be refused by that: nothing is made, and nothing is waited for.
  expect(await faultCommand(argv, {}, (line) => said.push(line), NOWHERE)).toBe(3)
  expect(said.join('\n')).toMatch(/^SERVICE_LOST[\s\S]*ECONNREFUSED/)
  expect(said.join('\n')).not.toContain('healed')
})

test('a fault that SQL alone makes asks for nothing else of its target', () => {
  const target = databaseTarget(URL_OF_EXAM)
  const kinds = FAULTS.filter(({ bySql }) => bySql)
  expect(kinds.map(({ name }) => name)).toEqual([
    'postgres-connections-cut',
    'postgres-pool-exhausted',
    'postgres-table-locked',
    'postgres-read-only',
    'postgres-migration-waiting',
  ])
  for (const kind of kinds) expect(() => kind.on(target)).not.toThrow()
  expect(target.proxyAddress('postgres')).toEqual({ host: 'db.staging.school.example', port: 5_432 })
  expect(() => target.services).toThrow(/SQL alone/)
  expect(() => target.proxies).toThrow(/SQL alone/)
  expect(() => target.proxyAddress('redis')).toThrow(/SQL alone/)
})

test('how a kept run is spoken to is not guessed where its run.json is damaged', async () => {
  const runsDir = await mkdtemp(join(tmpdir(), 'fault-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  await mkdir(join(runsDir, 'damaged'))
  await writeFile(join(runsDir, 'damaged', 'run.json'), '{"schema":1,')
  await expect(platformOf('damaged', runsDir)).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE' })
  expect(await platformOf('not-kept-here', runsDir)).toHaveProperty('health')
})

test('on the stage of a run whose platform cannot be broken by it a fault is refused, with the next step', async () => {
  const runsDir = await mkdtemp(join(tmpdir(), 'fault-'))
  onTestFinished(() => rm(runsDir, { recursive: true }))
  const platform = fileURLToPath(new URL('../examples/other-platform/platform.ts', import.meta.url))
  const dir = join(runsDir, 'aula')
  await mkdir(dir)
  await storeRunRecord(
    factsOf({ run: runOf({ dir, platform: { file: platform, name: 'aula', hash: '', lacks: [] } }) }),
  )
  const kind = FAULTS.find(({ name }) => name === 'backend-sweeper-stopped')
  if (kind === undefined) throw new Error('no such fault')
  await expect(attachToRun('aula', kind, runsDir)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    seen: expect.stringContaining('backend-sweeper-stopped: it holds a lock of the reference'),
    next: 'Leave it out.',
  })
})
