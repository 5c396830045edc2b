import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import { PROFILE_NAMES, type ProfileName } from '../helpers/load/profile.ts'
import { PROFILES } from '../helpers/load/profiles.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { allPhases, factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import type { GateId } from '../helpers/verdict.ts'
import { renderJson } from '../reports/write-report.ts'
import { gate, parseGateArguments } from './gate-command.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const ARGS = ['--image-digest', DIGEST, '--max-age', '1d']
const ALLOWS_LESS = '--allow-smaller-profile'
const STAGE = { ...phaseOf().stage, images: { backend: `exam/backend:1 ${DIGEST}` } }

const GO = composeVerdict(
  factsOf({
    run: runOf({ profile: PROFILES.release }),
    finishedAt: new Date().toISOString(),
    results: allPhases({ stage: STAGE }),
  }),
)

interface Asked {
  readonly code: number
  readonly said: string
}

/** Ask with one kept run, whose files are judged to this verdict. */
async function ask(
  args: readonly string[],
  stored: string | undefined,
  again: RunVerdict | Error = GO,
  others: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const dir = await mkdtemp(join(tmpdir(), 'gate-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const runsDir = join(dir, 'runs')
  if (stored !== undefined) {
    await mkdir(join(runsDir, GO.runId), { recursive: true })
    await writeFile(join(runsDir, GO.runId, 'verdict.json'), stored)
  }
  for (const [id, text] of Object.entries(others)) {
    await mkdir(join(runsDir, id), { recursive: true })
    await writeFile(join(runsDir, id, 'verdict.json'), text)
  }
  const configFile = join(dir, 'rehearsal.config.ts')
  await writeFile(configFile, 'export default {}')
  let said = ''
  const output = {
    ...{ isTTY: false, columns: 80 },
    write(text: string) {
      said += text
    },
  }
  const code = await gate(args, runsDir, output, configFile, async () => {
    if (again instanceof Error) throw again
    return again
  })
  return { code, said }
}

describe('the gate of a release', () => {
  test('passes with 0 for a full GO whose files prove it', async () => {
    const { code, said } = await ask(ARGS, renderJson(GO))
    expect(said).toContain(`PASSES: ${GO.runId}`)
    expect(code).toBe(0)
  })

  test('says beside it which risks somebody accepts with it', async () => {
    const unplayed = [{ fault: 'postgres-table-locked', words: 'nobody knows the table' }]
    const risky = { ...GO, platform: { file: '/p.ts', name: 'tiny', hash: 'a', risks: [], unplayed } }
    const { code, said } = await ask(ARGS, renderJson(risky), risky)
    expect(said).toContain('risk: postgres-table-locked was not played: nobody knows the table')
    expect(code).toBe(0)
  })

  test('a newer NO-GO of the same image is not outvoted by an older GO; one of another image is', async () => {
    const lost = allPhases({ stage: STAGE })
    const broken = Object.values(lost)[0]?.checks[0]
    if (broken === undefined) throw new Error('there is no check to break')
    const results = Object.fromEntries(
      Object.entries(lost).map(([id, result]) => [
        id,
        {
          ...result,
          checks: result.checks.map((check) => (check === broken ? { ...check, valid: false as const } : check)),
        },
      ]),
    )
    const noGo = composeVerdict(
      factsOf({
        run: runOf({ profile: PROFILES.release, id: `9${GO.runId}` }),
        finishedAt: new Date().toISOString(),
        results,
      }),
    )
    expect(noGo.verdict).toBe('NO-GO')
    const refused = await ask(ARGS, renderJson(GO), GO, { [noGo.runId]: renderJson(noGo) })
    expect(refused.code).toBe(1)
    expect(refused.said).toContain(`${noGo.runId}: the same image was NO-GO`)
    const other = renderJson(noGo).replaceAll(DIGEST, `sha256:${'b'.repeat(64)}`)
    expect((await ask(ARGS, renderJson(GO), GO, { [noGo.runId]: other })).code).toBe(0)
  })

  test('a NO-GO of the same image by another name is not outvoted', async () => {
    const byDigest = `sha256:${'d'.repeat(64)}`
    const stage = { ...STAGE, images: { backend: `registry.example/exam/backend@${byDigest} ${DIGEST}` } }
    const run = runOf({ profile: PROFILES.release })
    const finishedAt = new Date().toISOString()
    const go = composeVerdict(factsOf({ run, finishedAt, results: allPhases({ stage }) }))
    const checks = [checkOf({ valid: false, violations: 1 })]
    const results = allPhases({ stage: STAGE, checks })
    const noGo = composeVerdict(factsOf({ run: { ...run, id: `9${GO.runId}` }, finishedAt, results }))
    const args = ['--image-digest', byDigest, '--max-age', '1d']
    expect((await ask(args, renderJson(go), go)).code).toBe(0)
    const { code, said } = await ask(args, renderJson(go), go, { [noGo.runId]: renderJson(noGo) })
    expect(said).toContain(`${noGo.runId}: the same image was NO-GO`)
    expect(code).toBe(1)
  })

  test('a loss that was proven before is not outvoted by rehearsing again until it is green; slowness is', async () => {
    const now = new Date().toISOString()
    const noGoBy = (gate: GateId, source = GO.source, finishedAt = now): RunVerdict => {
      const check = checkOf({ id: 'broken', gate, valid: false, violations: 1, reason: 'seen once' })
      const [first, ...rest] = Object.entries(allPhases({ stage: STAGE }))
      if (first === undefined) throw new Error('there is no phase to break')
      return composeVerdict(
        factsOf({
          run: runOf({ profile: PROFILES.release, id: `1${GO.runId}` }),
          ...{ source, finishedAt },
          results: Object.fromEntries([[first[0], { ...first[1], checks: [...first[1].checks, check] }], ...rest]),
        }),
      )
    }
    const askAfter = (verdict: RunVerdict, args = ARGS) =>
      ask(args, renderJson(GO), GO, { [verdict.runId]: renderJson(verdict) })

    for (const gate of ['zero-data-loss', 'no-corrupted-sessions'] as const) {
      const lost = noGoBy(gate)
      expect(lost.verdict).toBe('NO-GO')
      const { code, said } = await askAfter(lost)
      expect(said).toContain(`${lost.runId}: the same image was NO-GO`)
      expect(said).toContain(`REFUSED: ${GO.runId} is a GO, and a loss that was proven before it is not outvoted`)
      expect(code).toBe(1)
    }
    // Nor by waiting until it is older than a GO may be.
    expect((await askAfter(noGoBy('zero-data-loss', GO.source, '2026-01-02T08:00:00.000Z'))).code).toBe(1)
    // Another load on the machine, or another version of the rehearsal, can make that different.
    expect((await askAfter(noGoBy('response-time'))).code).toBe(0)
    expect((await askAfter(noGoBy('zero-data-loss', { sha: 'another', dirty: false }))).code).toBe(0)
  })

  test('refuses with 1 when there is no run at all', async () => {
    expect(await ask(ARGS, undefined)).toMatchObject({ code: 1, said: expect.stringContaining('no run is kept') })
  })

  test('a folder of runs that is none is not taken for one without runs', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'gate-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await writeFile(join(dir, 'runs'), '')
    await writeFile(join(dir, 'rehearsal.config.ts'), 'export default {}')
    const told: string[] = []
    const output = { isTTY: false, columns: 80, write: (text: string) => void told.push(text) }
    expect(await gate(ARGS, join(dir, 'runs'), output, join(dir, 'rehearsal.config.ts'))).toBe(3)
    expect(told.join('')).toMatch(/^RUN_UNKNOWN[\s\S]*ENOTDIR/)
  })

  test('refuses with 1 when judged again the files say otherwise', async () => {
    const { code, said } = await ask(ARGS, renderJson(GO), { ...GO, verdict: 'NO-GO' })
    expect(code).toBe(1)
    expect(said).toContain('judged again from its files it does not have the stored verdict')
  })

  test('refuses with 1 when a file is missing', async () => {
    const { code, said } = await ask(ARGS, renderJson(GO), new Error('2-load/history.ndjson is not there'))
    expect(code).toBe(1)
    expect(said).toContain('its files are missing or changed: 2-load/history.ndjson')
  })

  test('refuses with 1 a verdict that cannot be read, and says every reason of one that can', async () => {
    expect(await ask(ARGS, '{')).toMatchObject({ code: 1, said: expect.stringContaining('cannot be read') })
    const { said } = await ask(ARGS, renderJson({ ...GO, profile: 'dev', source: { sha: null, dirty: null } }))
    expect(said).toContain('it is of profile dev')
    expect(said).toContain('from which source it came is not known')
  })

  test.for<[string, string[]]>([
    ['no digest', ['--max-age', '7d']],
    ['a tag for a digest', ['--image-digest', 'backend:1', '--max-age', '7d']],
    ['half a digest', ['--image-digest', 'sha256:abc', '--max-age', '7d']],
    ['no age', ['--image-digest', DIGEST]],
    ['an age without unit', ['--image-digest', DIGEST, '--max-age', '7']],
    ['an age of nothing', ['--image-digest', DIGEST, '--max-age', '0d']],
    ['a flag that takes a value and has none', ['--image-digest', DIGEST, '--max-age']],
    ['an unknown profile', [...ARGS, '--profile', 'quick']],
    ['an unknown flag', [...ARGS, '--force']],
    ['a word too many', [...ARGS, 'please']],
  ])('bad arguments are 3: %s', async ([, args]) => {
    const { code, said } = await ask(args, renderJson(GO))
    expect(code).toBe(3)
    expect(said).toMatch(/^CONFIG_INVALID[\s\S]*expected:[\s\S]*seen:[\s\S]*next:[\s\S]*usage: /)
  })

  test.for(PROFILE_NAMES.filter((name) => name !== 'release'))(
    'a GO of the smaller profile %s releases nothing',
    async (profile) => {
      const small = composeVerdict({
        ...factsOf({ run: runOf({ profile: PROFILES[profile as ProfileName] }), results: allPhases({ stage: STAGE }) }),
        finishedAt: new Date().toISOString(),
      })
      expect(small.headline).toBe('GO')
      const { code, said } = await ask([...ARGS, '--profile', profile], renderJson(small), small)
      expect(said).toContain(`${profile} asks less of the platform than release`)
      expect(said).not.toContain('PASSES')
      expect(code).toBe(3)

      const allowed = await ask([...ARGS, '--profile', profile, ALLOWS_LESS], renderJson(small), small)
      expect(allowed.said).toContain(
        `PASSES: ${small.runId} is a GO of all phases of profile ${profile} for ${DIGEST}. ` +
          `That is less than release asks; ${ALLOWS_LESS} allowed it.`,
      )
      expect(allowed.code).toBe(0)
    },
  )

  test('a smaller profile that is allowed changes nothing for one that is not named, or for another', async () => {
    const dev = { ...GO, profile: 'dev' }
    expect(await ask([...ARGS, ALLOWS_LESS], renderJson(dev), dev)).toMatchObject({
      code: 1,
      said: expect.stringContaining('it is of profile dev, and release is asked for'),
    })
    const { code, said } = await ask([...ARGS, ALLOWS_LESS], renderJson(GO))
    expect(code).toBe(0)
    expect(said).not.toContain(ALLOWS_LESS)
    expect((await ask([...ARGS, `${ALLOWS_LESS}=yes`], renderJson(GO))).code).toBe(3)
  })

  test('ages are minutes, hours and days; the profile is release unless told otherwise', () => {
    const aged = (age: string) => parseGateArguments(['--image-digest', DIGEST, '--max-age', age])
    expect(aged('90m')).toEqual({ profile: 'release', imageDigest: DIGEST, maxAgeMs: 5_400_000 })
    expect(aged('48h')).toMatchObject({ maxAgeMs: 172_800_000 })
    expect(aged('7d')).toMatchObject({ maxAgeMs: 604_800_000 })
  })
})
