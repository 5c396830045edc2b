import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { quietDay } from './checkers/model-exam.ts'
import { loadEvidence, readEvidence, storeEvidence } from './evidence.ts'
import { readByKind } from './evidence-values.ts'

const { INT8, NUMERIC } = pg.types.builtins
const COLUMNS = { session_id: INT8, question_id: INT8, selected_index: NUMERIC, client_seq: INT8 }

afterEach(() => vi.restoreAllMocks())

/** What is read where PostgreSQL prints this for every query. */
async function answersPrinted(row: Readonly<Record<keyof typeof COLUMNS, string>>) {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, asked: unknown) {
    const types = (asked as pg.QueryConfig).types ?? this
    const fields = Object.entries(COLUMNS).map(([name, dataTypeID]) => ({ name, dataTypeID }))
    const parsed = fields.map(({ name, dataTypeID }) => [
      name,
      types.getTypeParser(dataTypeID, 'text')(row[name as keyof typeof COLUMNS]),
    ])
    return Promise.resolve({ fields, rows: [Object.fromEntries(parsed)] })
  } as never)
  const sqlDir = fileURLToPath(new URL('../sql/', import.meta.url))
  return (await readEvidence({ databaseUrl: 'postgres://127.0.0.1:1/none', sqlDir, graceSeconds: 0 })).answers
}

const ROW = { session_id: '9007199254740993', question_id: '7', selected_index: '2', client_seq: '3' }

test('keys are the texts that candidates are told, and numbers are numbers, whatever their type', async () => {
  const row = { session_id: '9007199254740993', question_id: '7', selected_index: 2, client_seq: 3 }
  expect(await answersPrinted(ROW)).toEqual({ known: true, rows: [row] })
})

test.each(['NaN', '9007199254740993', 'Infinity'])('a number that is %s makes the rows unknown', async (text) => {
  const reason = expect.stringMatching(/EVIDENCE_UNREADABLE[\s\S]*session_answers\.client_seq/)
  expect(await answersPrinted({ ...ROW, client_seq: text })).toEqual({ known: false, reason })
})

test('the blanks that fill a char(n) up are no part of what it says', () => {
  const rows = [{ id: 'a ', status: 'ACTIVE      ', submitted_at: null }]
  const { BPCHAR } = pg.types.builtins
  const columns = ['id', 'status', 'submitted_at'].map((name) => ({ name, dataTypeID: BPCHAR }))
  readByKind(rows, columns, 'test_sessions')
  // A key is what candidates are told, letter for letter.
  expect(rows).toEqual([{ id: 'a ', status: 'ACTIVE', submitted_at: null }])
})

test('rows that were stored with keys as numbers and numbers as texts are read as today', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'evidence-'))
  try {
    const evidence = quietDay().evidence()
    const first = evidence.answers.rows[0] as object
    Object.assign(first, { session_id: 7, client_seq: '3' })
    await storeEvidence(evidence, dir)
    expect((await loadEvidence(dir)).answers).toMatchObject({ rows: { 0: { session_id: '7', client_seq: 3 } } })
    Object.assign(first, { session_id: 2 ** 53 })
    await storeEvidence(evidence, dir)
    await expect(loadEvidence(dir)).rejects.toThrow(/session_answers\.session_id/)
  } finally {
    await rm(dir, { recursive: true })
  }
})
