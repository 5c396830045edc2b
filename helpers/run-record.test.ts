import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { INTEGRITY_CHECKERS } from './checkers/integrity-checkers.ts'
import { quietDay } from './checkers/model-exam.ts'
import { composeVerdict, type RunFacts } from './compose-verdict.ts'
import type { RehearsalError } from './errors.ts'
import { storeEvidence } from './evidence.ts'
import { openJournal } from './history/journal.ts'
import { readHistory } from './history/read-history.ts'
import { judgePhase, type PhaseRecord } from './judge-phase.ts'
import { PROFILES } from './load/profiles.ts'
import { loadResultOf, sampleOf } from './load/testing/load-result-of.ts'
import { REFERENCE_ROUTES } from './observability/reference-routes.ts'
import { readRequestLog } from './observability/request-log.ts'
import { NO_SAMPLES, SOURCE_NAMES } from './observability/sample.ts'
import { storePhaseRecord } from './phase-folder.ts'
import { judgeRunAgain, readRun, storeRunRecord } from './run-record.ts'
import type { RunVerdict } from './run-verdict.ts'
import { checkOf, phaseOf } from './testing/phase-of.ts'
import { factsOf, runOf } from './testing/run-facts-of.ts'
import { withTrouble } from './with-trouble.ts'

const SUITE = '2-load'
const CHECKERS = Object.values(INTEGRITY_CHECKERS)
const STEADY = checkOf({ id: 'steady-state-before', gate: 'graceful-failure' })

let runDir = ''
let facts: RunFacts
/** `verdict.json` as the run itself wrote it. */
let told = ''

/** A run in a folder, as a real one leaves it: everything that its verdict rests on, and a verdict. */
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'run-record-'))
  onTestFinished(() => rm(runDir, { recursive: true }))
  const dir = join(runDir, SUITE)
  const record = await recordIn(dir)
  await storePhaseRecord(record, dir)
  facts = factsOf({
    run: runOf({ dir: runDir }),
    results: { [SUITE]: { ...judgePhase(record, CHECKERS), durationMs: 12_345.678 } },
  })
  await storeRunRecord(facts)
  told = text(composeVerdict(facts))
})

async function recordIn(dir: string): Promise<PhaseRecord> {
  await mkdir(join(dir, 'metrics'), { recursive: true })
  await mkdir(join(dir, 'logs'))
  const exam = quietDay()
  const path = join(dir, 'history.ndjson')
  const { epoch, seed } = runOf()
  {
    await using journal = await openJournal(path, { header: { runId: 'r', epoch, seed, planHash: 'p' } })
    for (const event of exam.history().events()) {
      const { index: _, ...rest } = event
      if (rest.type === 'invoke') journal.invoke(rest)
      else journal.complete(rest)
    }
  }
  const evidence = exam.evidence()
  await storeEvidence(evidence, join(dir, 'evidence'))
  for (const name of SOURCE_NAMES) await writeFile(join(dir, 'metrics', `${name}.ndjson`), '')
  const log = '{"event":"request","request_id":"r-1","time":"2026-03-02T08:00:00.000Z"}\n'
  await writeFile(join(dir, 'logs', 'backend.ndjson'), log)
  const load = loadResultOf({ profile: PROFILES.smoke, samples: [sampleOf(), sampleOf({ latencyMs: 17.25 })] })
  return {
    facts: {
      id: SUITE,
      title: 'Phase 2',
      epoch: { ...epoch, wall: exam.expectations().epoch?.wall ?? epoch.wall },
      startedUs: 5_000.25,
      endedUs: 60_000_000.125,
      graceSeconds: 0,
      routes: REFERENCE_ROUTES,
      scheduleWords: [],
      ending: { interrupted: false, gone: null, trouble: null },
      before: STEADY,
      after: { ...STEADY, id: 'steady-state-after', counts: { slowestMs: 3.25 } },
      companion: [],
      faults: null,
      stage: phaseOf().stage,
    },
    plan: load.plan,
    load,
    history: await readHistory(path),
    evidence,
    sampled: { samples: NO_SAMPLES, fromUs: 0, toUs: 10_000_000 },
    captured: { known: true, log: readRequestLog(log) },
  }
}

const text = (verdict: RunVerdict): string => JSON.stringify(verdict, null, 2)
const again = (): Promise<RunVerdict> => judgeRunAgain(runDir, CHECKERS)
const check = (verdict: RunVerdict, id: string) => verdict.phases[0]?.checks.find((one) => one.id === id)
const edit = async (path: string, change: (before: string) => string): Promise<void> => {
  const before = await readFile(join(runDir, path), 'utf8')
  const after = change(before)
  expect(after, 'the edit changes something').not.toBe(before)
  await writeFile(join(runDir, path), after)
}

describe('a run that is judged again from its folder', () => {
  test('has the same verdict, byte for byte, however often', async () => {
    expect(text(await again())).toBe(told)
    expect(text(await again())).toBe(told)
    expect(check(await again(), 'no-lost-answer')?.valid).toBe(true)
  })

  test('is NO-GO when a stored row no longer holds what was acknowledged', async () => {
    await edit(`${SUITE}/evidence/answers.ndjson`, (before) => before.replace('"client_seq":2', '"client_seq":1'))
    const verdict = await again()
    expect(verdict.verdict).toBe('NO-GO')
    expect(check(verdict, 'no-lost-answer')?.valid).toBe(false)
    expect(check(verdict, 'phase-completed')).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('evidence/answers.ndjson is not what was stored'),
    })
  })

  test('is NO-GO when a line of its history promises more than there is', async () => {
    const line = /"question":"q-1","version":1/g
    await edit(`${SUITE}/history.ndjson`, (before) => before.replace(line, '"question":"q-1","version":7'))
    expect((await again()).verdict).toBe('NO-GO')
  })

  test('is never GO when a change proves nothing: a time in a row, a measurement, a sample, a line of the log', async () => {
    const changes: readonly (readonly [string, (before: string) => string])[] = [
      ['evidence/sessions.ndjson', (before) => before.replace('"mode"', '"Mode"')],
      ['measurements.ndjson', (before) => before.replace('"steady"', '"drain"')],
      ['metrics/redis.ndjson', (before) => `${before}{"timeUs":1,"tookMs":1,"value":null}\n`],
      ['logs/backend.ndjson', (before) => before.replace('r-1', 'r-2')],
    ]
    for (const [path, change] of changes) {
      const before = await readFile(join(runDir, SUITE, path), 'utf8')
      await edit(`${SUITE}/${path}`, change)
      const completed = check(await again(), 'phase-completed')
      expect(completed).toMatchObject({ valid: 'unknown', reason: `${path} is not what was stored` })
      await writeFile(join(runDir, SUITE, path), before)
    }
    expect(text(await again())).toBe(told)
  })

  test('is unknown in what a missing file had told, whichever it is', async () => {
    const entries = await readdir(join(runDir, SUITE), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    expect(files.length).toBeGreaterThan(12)
    for (const path of files) {
      const before = await readFile(path)
      await rm(path)
      const verdict = await again()
      expect(verdict.verdict, path).not.toBe('GO')
      const name = path.slice(join(runDir, SUITE).length + 1)
      if (name === 'record.json') expect(verdict.reasons.join()).toContain('cannot be judged again')
      else expect(check(verdict, 'phase-completed')?.valid, name).toBe('unknown')
      if (name === 'history.ndjson') expect(check(verdict, 'well-formed-history')?.valid).toBe('unknown')
      if (name.startsWith('evidence/invariants/')) {
        const asked = name.endsWith('constraints-present.ndjson') ? 'constraints-present' : 'sql-invariants'
        expect(check(verdict, asked)?.valid, name).toBe('unknown')
      }
      await writeFile(path, before)
    }
    expect(text(await again())).toBe(told)
  })

  test('is not believed when its record was edited', async () => {
    await edit(`${SUITE}/record.json`, (before) => before.replace('"graceSeconds": 0', '"graceSeconds": 9999'))
    const verdict = await again()
    expect(verdict.verdict).not.toBe('GO')
    expect(verdict.problems).toContainEqual({ kind: 'not-as-stored', message: expect.stringContaining('record.json') })
  })

  test('keeps what went wrong after the phase was judged', async () => {
    const trouble = { id: 'phase-completed', valid: 'unknown', reason: 'the stage did not come down' } as const
    const [first] = facts.observation.delivered
    const result = first?.result as NonNullable<typeof first>['result']
    const checks = result.checks.map((one) => (one.id === trouble.id ? { ...one, ...trouble } : one))
    const troubled = {
      ...facts,
      observation: { delivered: [{ suite: SUITE, result: { ...result, checks } }], problems: [] },
    }
    await storeRunRecord(troubled)
    expect(text(await again())).toBe(text(composeVerdict(troubled)))
  })

  test('keeps it also of a phase that had not come to its end, after why', async () => {
    const dir = join(runDir, SUITE)
    await rm(dir, { recursive: true })
    const record = await recordIn(dir)
    const ending = { ...record.facts.ending, trouble: 'the companion has not left' }
    const troubled = { ...record, facts: { ...record.facts, ending } }
    await storePhaseRecord(troubled, dir)
    const result = withTrouble(judgePhase(troubled, CHECKERS), new Error('the stage did not come down'))
    const ended = { ...facts, observation: { delivered: [{ suite: SUITE, result }], problems: [] } }
    await storeRunRecord(ended)
    expect(check(await again(), 'phase-completed')?.reason).toMatch(/has not left[\s\S]*and then: .*did not come down/)
    expect(text(await again())).toBe(text(composeVerdict(ended)))
    await edit(`${SUITE}/logs/backend.ndjson`, (before) => before.replace('r-1', 'r-2'))
    expect(check(await again(), 'phase-completed')?.reason).toContain('is not what was stored')
  })

  test('believes no good word of a phase that has no record', async () => {
    await rm(join(runDir, SUITE), { recursive: true })
    await storeRunRecord(facts)
    const verdict = await again()
    expect(verdict.verdict).not.toBe('GO')
    expect(verdict.phases[0]?.checks.some(({ valid }) => valid === true)).toBe(false)
  })

  test('without its run.json nobody knows what was rehearsed: refused', async () => {
    await edit('run.json', () => '{"schema":99}')
    await expect(again()).rejects.toThrow(/EVIDENCE_UNREADABLE[\s\S]*schema 99/)
    await rm(join(runDir, 'run.json'))
    await expect(again()).rejects.toThrow(/EVIDENCE_UNREADABLE/)
  })
})

describe('a run.json that was damaged', () => {
  const DAMAGES: readonly unknown[] = [undefined, null, 5, 'x', []]

  test.each(['', '{"schema":1,"run":{', 'null', '{"schema":1,"run":{},"facts":{},"delivered":5,"observed":[]}'])(
    'is refused as unreadable: %s',
    async (damaged) => {
      await writeFile(join(runDir, 'run.json'), damaged)
      await expect(again()).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE' })
      await expect(readRun(runDir)).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE' })
    },
  )

  test.each([
    ['run', 10],
    ['facts', 10],
    ['delivered', 4],
    ['observed', 1],
  ])('in any one field of its %s gives an error with a code, or a verdict', async (field, least) => {
    const whole = JSON.parse(await readFile(join(runDir, 'run.json'), 'utf8'))
    const paths = [
      [field],
      ...Object.keys(whole[field]).flatMap((inner) => [
        [field, inner],
        ...(typeof whole[field][inner] === 'object' ? Object.keys(whole[field][inner] ?? {}) : []).map((innermost) => [
          field,
          inner,
          innermost,
        ]),
      ]),
    ]
    expect(paths.length).toBeGreaterThanOrEqual(least)
    const uncaught: string[] = []
    for (const path of paths) {
      for (const damage of DAMAGES) {
        const damaged = structuredClone(whole)
        const parent = path.slice(0, -1).reduce((value, key) => value[key], damaged)
        parent[path.at(-1) as string] = damage
        await writeFile(join(runDir, 'run.json'), JSON.stringify(damaged))
        let code = 'composed'
        try {
          const { run, facts, delivered, observed } = await readRun(runDir)
          const judged = delivered.flatMap(({ suite, result }) => (result === null ? [] : [{ suite, result }]))
          const observation = { delivered: judged, problems: observed }
          composeVerdict({ ...facts, run: { ...run, dir: runDir }, observation })
        } catch (error) {
          code = (error as RehearsalError).code ?? String(error)
        }
        if (code !== 'composed' && code !== 'EVIDENCE_UNREADABLE') uncaught.push(`${path.join('.')} ${damage}: ${code}`)
      }
    }
    expect(uncaught).toEqual([])
  })
})
