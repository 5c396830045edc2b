import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findSuites, selectSuites } from './suite-files.ts'

const suites = ['1-freeze', '2-load', '3-faults/postgres', '3-faults/redis'].map((id) => ({ id, path: `/s/${id}` }))
const idsOf = (only: readonly string[]) => selectSuites(suites, only).suites.map(({ id }) => id)

test('finds every suite in the order of the phases, and nothing else', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'suites-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, '3-faults'))
  for (const name of ['10-late.rehearsal.ts', '2-load.rehearsal.ts', '3-faults/redis.rehearsal.ts', 'notes.ts']) {
    await writeFile(join(dir, name), '')
  }
  expect(await findSuites(dir)).toEqual([
    { id: '2-load', path: join(dir, '2-load.rehearsal.ts') },
    { id: '3-faults/redis', path: join(dir, '3-faults/redis.rehearsal.ts') },
    { id: '10-late', path: join(dir, '10-late.rehearsal.ts') },
  ])
})

test('selects all, one, or a folder, in the order of the phases', () => {
  expect(idsOf([])).toEqual(suites.map(({ id }) => id))
  expect(idsOf(['3-faults', '1-freeze'])).toEqual(['1-freeze', '3-faults/postgres', '3-faults/redis'])
  expect(idsOf(['3-faults/redis'])).toEqual(['3-faults/redis'])
})

test('every unknown name is a problem that lists the known ones; a prefix is no name', () => {
  const { problems } = selectSuites(suites, ['2', 'nothing', '1-freeze'])
  expect(problems.map(({ code, seen }) => [code, seen])).toEqual([
    ['SUITE_UNKNOWN', '"2"'],
    ['SUITE_UNKNOWN', '"nothing"'],
  ])
  expect(problems[0]?.expected).toContain('3-faults/redis')
})

test('no suite file at all is a problem', () => {
  expect(selectSuites([], []).problems).toHaveLength(1)
})
