import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { INTEGRITY_CHECKERS } from '../helpers/checkers/integrity-checkers.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import { type FullRun, storeFullRun } from '../helpers/testing/store-full-run.ts'
import { renderJson } from '../reports/write-report.ts'

/*
 * The gate of a release as a pipeline asks it: the real command in a process of its own, in a checkout of its own, over
 * runs with all their files, which it judges again.
 */

const PROJECT = fileURLToPath(new URL('..', import.meta.url))
/** What the command needs of a checkout. */
const SOURCE = ['bin', 'helpers', 'reports', 'package.json', 'rehearsal.config.ts']
const CHECKERS = Object.values(INTEGRITY_CHECKERS)
const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`
const IMAGE = `exam-rehearsal/backend:1 ${DIGEST}`
const HOUR_MS = 3_600_000
const OLDER = '20260302T080000000Z-release-4711'
const NEWER = '20260302T090000000Z-release-4711'
const ASKED = ['--image-digest', DIGEST, '--max-age', '7d']

let checkout = ''
let runsDir = ''

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'gate-checkout-'))
  runsDir = join(checkout, 'reports', 'runs')
  const kept = join(PROJECT, 'reports', 'runs')
  const latest = join(PROJECT, 'reports', 'latest')
  for (const name of SOURCE) {
    await cp(join(PROJECT, name), join(checkout, name), {
      recursive: true,
      filter: (path) => !path.startsWith(kept) && path !== latest,
    })
  }
  await symlink(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'))
})
afterAll(() => rm(checkout, { recursive: true }))
beforeEach(() => rm(runsDir, { recursive: true, force: true }))

/** Keep a run that finished an hour ago: a GO of the profile `release`, of all phases, unless told otherwise. */
async function keep(id: string, over: Partial<Omit<FullRun, 'run'>> & { run?: Partial<FullRun['run']> } = {}) {
  const dir = join(runsDir, id)
  await mkdir(dir, { recursive: true })
  const { run, ...rest } = over
  const finishedAt = new Date(Date.now() - HOUR_MS).toISOString()
  const verdict = await storeFullRun({
    ...{ backendImage: IMAGE, finishedAt, checkers: CHECKERS },
    ...rest,
    run: { profile: PROFILES.release, ...run, id, dir },
  })
  await writeFile(join(dir, 'verdict.json'), renderJson(verdict))
  return verdict
}

/** `node bin/rehearse.ts gate …`: how it ended and everything that it said. */
async function ask(args: readonly string[] = ASKED): Promise<{ readonly code: unknown; readonly said: string }> {
  // Not our own environment: a program that Vitest runs believes to be a test.
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['bin/rehearse.ts', 'gate', ...args],
      { cwd: checkout, env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, said: stdout + stderr })
      },
    )
  })
}

test('passes with 0 for a GO of all phases, of this image and configuration, whose files prove it', async () => {
  expect((await keep(OLDER)).headline).toBe('GO')
  expect(await ask()).toEqual({
    code: 0,
    said: `PASSES: ${OLDER} is a GO of all phases of profile release for ${DIGEST}.\n`,
  })
})

const spoilOneAnswer: FullRun['spoil'] = ({ part, evidence }) => {
  const [row] = evidence.answers.rows
  if (part === '2-load' && row !== undefined) row.selected_index = 4
}
const losesTheLog: FullRun['spoil'] = (left) => {
  if (left.part === '2-load') left.logUnknown = 'the engine is gone'
}

test('refuses with 1 what it would pass for another image, another age and another configuration', async () => {
  await keep(OLDER)
  const refused = async (args: readonly string[], reason: string) => {
    const { code, said } = await ask(args)
    expect(said).toContain(`${OLDER}: ${reason}`)
    expect(said).toContain('REFUSED: ')
    expect(code).toBe(1)
  }
  const tooOld = 'it is too old: it finished 1 h ago, and at most 59 min is allowed'
  await refused(['--image-digest', DIGEST, '--max-age', '59m'], tooOld)
  await refused(['--image-digest', OTHER, '--max-age', '7d'], `it rehearsed another backend image: ${DIGEST}`)

  const path = join(checkout, 'rehearsal.config.ts')
  const before = await readFile(path, 'utf8')
  await writeFile(path, before.replace('thresholds: {}', 'thresholds: { release: { p95Ms: 400 } }'))
  await refused(ASKED, 'it was held to another configuration than the one there is now')
  await writeFile(path, before)
  expect((await ask()).code).toBe(0)
})

test.each<[string, Parameters<typeof keep>[1], string]>([
  ['of one phase', { parts: ['2-load'] }, 'it is partial: only 1 of 7 phases were rehearsed whole'],
  [
    'without some faults of the profile',
    { run: { faults: { names: ['redis-killed'], leftOut: ['postgres-killed'] } } },
    'it is partial',
  ],
  ['of a short profile', { run: { profile: PROFILES.smoke } }, 'it is of profile smoke, and release is asked for'],
  ['that lacks evidence', { spoil: losesTheLog }, 'it is INCONCLUSIVE'],
  ['in which an answer was lost', { spoil: spoilOneAnswer }, 'it is NO-GO'],
  ['from changed source', { source: { sha: '2f36058', dirty: true } }, 'its source had uncommitted changes'],
])('refuses with 1 a run %s, and says so', async (_, over, reason) => {
  await keep(OLDER, over)
  const { code, said } = await ask()
  expect(said).toContain(`${OLDER}: ${reason}`)
  expect(said).toContain('REFUSED: ')
  expect(code).toBe(1)
})

test('refuses with 1 when a newer run of the same image was NO-GO, and passes when that was another image', async () => {
  await keep(OLDER)
  expect((await keep(NEWER, { spoil: spoilOneAnswer })).verdict).toBe('NO-GO')
  const { code, said } = await ask()
  expect(said).toContain(`${NEWER}: the same image was NO-GO`)
  expect(said).toContain(`REFUSED: ${OLDER} is a GO, and what was proven broken since then is not outvoted`)
  expect(code).toBe(1)

  await rm(join(runsDir, NEWER), { recursive: true })
  await keep(NEWER, { spoil: spoilOneAnswer, backendImage: `exam-rehearsal/backend:2 ${OTHER}` })
  expect((await ask()).code).toBe(0)
})

test('refuses with 1 a GO of which anything was changed afterwards, and passes it when that is undone', async () => {
  await keep(OLDER)
  const changes: readonly (readonly [path: string, before: string | RegExp, after: string])[] = [
    ['2-load/evidence/answers.ndjson', '"selected_index":1', '"selected_index":2'],
    ['4-integrity/history.ndjson', '"status":201', '"status":200'],
    ['7-recovery/record.json', '"graceSeconds": 0', '"graceSeconds": 1'],
    ['verdict.json', /"finishedAt": "[^"]*"/, `"finishedAt": "${new Date().toISOString()}"`],
  ]
  for (const [path, from, to] of changes) {
    const file = join(runsDir, OLDER, path)
    const before = await readFile(file, 'utf8')
    const after = before.replace(from, to)
    expect(after, path).not.toBe(before)
    await writeFile(file, after)
    const { code, said } = await ask()
    expect(said, path).toContain(`${OLDER}: judged again from its files it does not have the stored verdict`)
    expect(code, path).toBe(1)
    await writeFile(file, before)
  }
  expect((await ask()).code).toBe(0)
})

test('refuses with 1 a GO of which a file is gone, and where no run is kept at all', async () => {
  expect(await ask()).toEqual({ code: 1, said: `REFUSED: no run is kept in ${runsDir}.\n` })
  await keep(OLDER)
  await rm(join(runsDir, OLDER, 'run.json'))
  const { code, said } = await ask()
  expect(said).toContain(`${OLDER}: its files are missing or changed`)
  expect(code).toBe(1)
})

test('a smaller profile releases nothing unless a flag says so, and then that is printed', async () => {
  await keep(OLDER, { run: { profile: PROFILES.smoke } })
  const small = [...ASKED, '--profile', 'smoke']
  expect(await ask(small)).toMatchObject({ code: 3, said: expect.stringContaining('smoke asks less of the platform') })
  const allowed = await ask([...small, '--allow-smaller-profile'])
  expect(allowed.said).toContain(`PASSES: ${OLDER} is a GO of all phases of profile smoke for ${DIGEST}. That is less`)
  expect(allowed.code).toBe(0)
})

test('bad arguments are 3', async () => {
  const { code, said } = await ask(['--image-digest', 'backend:1', '--max-age', '7d'])
  expect(said).toContain('--image-digest is sha256: and 64 hexadecimal digits; it is "backend:1"')
  expect(code).toBe(3)
})
