import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { composeVerdict } from '../../helpers/compose-verdict.ts'
import type { PhaseVerdict } from '../../helpers/run-verdict.ts'
import { factsOf } from '../../helpers/testing/run-facts-of.ts'
import { readPhaseEvidence } from './read-phase-evidence.ts'
import { renderPhaseCharts } from './render-phase-charts.ts'

const STARTED_AT = '2026-03-02T08:00:00.000Z'

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'exam-rehearsal-evidence-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  return dir
}

function anyPhase(): PhaseVerdict {
  const [phase] = composeVerdict(factsOf()).phases
  if (phase === undefined) throw new Error('no phase')
  return phase
}

const ndjson = (...lines: unknown[]) => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
const look = (second: number, value: unknown) => ({ timeUs: second * 1e6, tookMs: 0, value })
const pool = (inUse: number) => ({ pool: { size: 20, inUse, idle: 20 - inUse, waiting: 0 } })
const usage = (cpuMs: number, startedAt = 'a') => ({ postgres: { cpuMs, startedAt } })

describe('what cannot be read says why, and is nowhere a number', () => {
  test('a phase that left no file', async () => {
    const evidence = await readPhaseEvidence('/nowhere')
    for (const part of [evidence.operations, evidence.pool, evidence.cpu]) {
      expect(part).toMatchObject({ known: false, reason: expect.stringContaining('/nowhere') })
    }
    const page = renderPhaseCharts(anyPhase(), evidence, STARTED_AT).html
    expect(page).toContain('Not drawn: ')
    expect(page).not.toContain('<svg')
  })

  test('a damaged history', async () => {
    const dir = await folderOf({ 'history.ndjson': 'not a header\n' })
    const { operations } = await readPhaseEvidence(dir)
    expect(operations).toMatchObject({ known: false, reason: expect.stringContaining('is not JSON') })
  })

  test('a history that was cut is drawn as far as it goes, and says so', async () => {
    const dir = await folderOf({
      'history.ndjson': `${ndjson(
        { schema: 1, runId: 'x', epoch: { monotonicNs: '0', wall: STARTED_AT }, seed: 1, planHash: 'p' },
        {
          type: 'invoke',
          index: 0,
          timeUs: 1e6,
          intendedUs: 1e6,
          candidate: 'c',
          connection: 'main',
          f: 'login',
          step: 'steady',
          requestId: 'r',
          attempt: 1,
        },
      )}{"type":"ok","ind`,
    })
    const { operations } = await readPhaseEvidence(dir)
    expect(operations).toMatchObject({
      known: true,
      incomplete: expect.stringContaining('not whole'),
      timeline: { open: 1 },
    })
  })

  test('a look that failed is a gap, and so is a silence', async () => {
    const failed = { timeUs: 2e6, tookMs: 2_500, value: null, reason: 'no answer' }
    const dir = await folderOf({
      'metrics/backend.ndjson': ndjson(look(1, pool(3)), failed, look(3, pool(4)), look(30, pool(5))),
    })
    const evidence = await readPhaseEvidence(dir)
    if (!evidence.pool.known) throw new Error(evidence.pool.reason)
    expect(evidence.pool.lines.inUse).toEqual([
      [1, 3],
      [2, null],
      [3, 4],
      [16.5, null],
      [30, 5],
    ])
  })

  test('a backend that publishes no pool has no pool chart', async () => {
    const dir = await folderOf({ 'metrics/backend.ndjson': ndjson(look(1, { pool: null })) })
    const { pool: read } = await readPhaseEvidence(dir)
    expect(read).toEqual({ known: false, reason: 'the backend published no pool figures' })
  })
})

test('processor time is a share of the time between two looks, and unknown across a restart', async () => {
  const dir = await folderOf({
    'metrics/usage.ndjson': ndjson(
      look(0, usage(100)),
      look(2, usage(1_100)),
      look(4, usage(20, 'b')),
      look(6, { postgres: { unknown: 'engine gone' } }),
    ),
  })
  const { cpu } = await readPhaseEvidence(dir)
  expect(cpu).toEqual({
    known: true,
    parts: {
      postgres: [
        [2, 0.5],
        [4, null],
        [6, null],
      ],
    },
  })
})
