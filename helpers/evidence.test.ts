import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noEvidence, quietDay } from './checkers/model-exam.ts'
import { loadEvidence, readEvidence, storeEvidence } from './evidence.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'evidence-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

describe('stored evidence', () => {
  test('is the same when it is loaded', async () => {
    const evidence = quietDay().evidence()
    await storeEvidence(evidence, dir)
    const loaded = await loadEvidence(dir)
    expect({ ...loaded, invariants: new Set(loaded.invariants) }).toEqual({
      ...evidence,
      invariants: new Set(evidence.invariants),
    })
  })

  test('keeps what was unknown unknown, with its reason', async () => {
    const broken = { id: 'broken', title: 'It holds', rows: { known: false, reason: 'canceled' } } as const
    await storeEvidence({ ...noEvidence(), invariants: [broken] }, dir)
    expect(await loadEvidence(dir)).toEqual({ ...noEvidence(), invariants: [broken] })
  })

  test('is plain lines that any tool can search, a header and one row each', async () => {
    await storeEvidence(quietDay().evidence(), dir)
    const lines = (await readFile(join(dir, 'answers.ndjson'), 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(lines[0] as string)).toEqual({ known: true, count: 6 })
    expect(lines).toHaveLength(7)
    expect(JSON.parse(lines[1] as string)).toMatchObject({ session_id: 's-c-1', question_id: 'q-1' })
  })

  test.each<[string, (path: string) => Promise<void>, string]>([
    ['lost a row', async (path) => writeFile(path, (await readFile(path, 'utf8')).replace(/\n.*\n$/, '\n')), '5 rows'],
    ['gained a row', (path) => appendFile(path, '{}\n'), '7 rows'],
    [
      'lost its first line',
      async (path) => writeFile(path, (await readFile(path, 'utf8')).replace(/^.*\n/, '')),
      'rows',
    ],
    ['is cut off in a row', async (path) => writeFile(path, (await readFile(path, 'utf8')).slice(0, -9)), 'JSON'],
    ['is gone', (path) => rm(path), 'ENOENT'],
  ])('that %s is an error, never evidence', async (_what, damage, seen) => {
    await storeEvidence(quietDay().evidence(), dir)
    await damage(join(dir, 'answers.ndjson'))
    await expect(loadEvidence(dir)).rejects.toMatchObject({
      code: 'EVIDENCE_UNREADABLE',
      seen: expect.stringContaining(seen),
    })
  })
})

test('a folder without queries is an error before the database is asked', async () => {
  const reading = readEvidence({ databaseUrl: 'postgres://127.0.0.1:1/none', sqlDir: dir, graceSeconds: 0 })
  await expect(reading).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE' })
})
