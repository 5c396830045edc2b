import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { openProtectedState } from './protected-state.ts'

const SQL_DIR = fileURLToPath(new URL('../../sql/', import.meta.url))
const { INT8, NUMERIC, TEXT } = pg.types.builtins

afterEach(() => {
  vi.restoreAllMocks()
})

test('a platform that leaves out what the freeze protects is told so, and nothing counts as unchanged', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'protected-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'freeze'))
  await writeFile(join(dir, 'freeze/protected-tables.sql'), '-- What it protects.\n-- not judged: nobody wrote it\n')
  await writeFile(join(dir, 'freeze/job-runs.sql'), 'SELECT 1;')
  await expect(openProtectedState('postgres://127.0.0.1:1/none', dir)).rejects.toThrow('nobody wrote it')
})

test.each([
  ['bigint', INT8],
  ['numeric', NUMERIC],
])('counts of a job are numbers and its id is a text where they are %s', async (_type, dataTypeID) => {
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async () => undefined)
  vi.spyOn(pg.Client.prototype, 'end').mockImplementation(async () => undefined)
  const types = {
    id: dataTypeID,
    job: TEXT,
    status: TEXT,
    reason: TEXT,
    steps_done: dataTypeID,
    rows_written: dataTypeID,
  }
  const printed = {
    id: '9007199254740993',
    job: 'nightly',
    status: 'DONE',
    reason: '',
    steps_done: '3',
    rows_written: '12',
  }
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, asked: unknown) {
    const parsers = (asked as pg.QueryConfig).types ?? this
    const fields = Object.entries(types).map(([name, type]) => ({ name, dataTypeID: type }))
    const row = fields.map(({ name, dataTypeID: type }) => [
      name,
      parsers.getTypeParser(type, 'text')(printed[name as keyof typeof printed]),
    ])
    return Promise.resolve({ fields, rows: [Object.fromEntries(row)] })
  } as never)
  await using state = await openProtectedState('postgres://127.0.0.1:1/none', SQL_DIR)
  expect(await state.jobRuns()).toEqual([{ ...printed, steps_done: 3, rows_written: 12 }])
})
