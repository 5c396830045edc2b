import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { leftOut, loadMapping, mapSql, namesRelation, readStatements, writeMappedSql } from './map-sql.ts'
import { RELATIONS } from './relations.ts'

const MAPPING = {
  relations: new Map([
    ['test_sessions', 'SELECT id FROM attempt'],
    ['users', 'SELECT id FROM person'],
  ]),
  absent: new Map([['job_run', 'it has no jobs']]),
}

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mapping-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  return dir
}

test('the relations that a statement names come in front of it, and no others', () => {
  expect(mapSql('-- All.\nSELECT * FROM test_sessions;', MAPPING)).toBe(
    'WITH test_sessions AS NOT MATERIALIZED (\nSELECT id FROM attempt\n)\nSELECT * FROM test_sessions;',
  )
  expect(mapSql('WITH a AS (SELECT 1) SELECT * FROM a, users', MAPPING)).toMatch(
    /^WITH users AS NOT MATERIALIZED \(\nSELECT id FROM person\n\),\na AS \(SELECT 1\)/,
  )
})

test.each(["SELECT 'test_sessions'", 'SELECT * FROM pg_stat_activity', '-- test_sessions\nSELECT 1'])(
  '%s stays as it is',
  (sql) => expect(mapSql(sql, MAPPING)).toBe(sql),
)

test('what the platform has not is left out with its reason', () => {
  expect(leftOut('SELECT * FROM job_run', MAPPING)).toBe('job_run: it has no jobs')
  expect(leftOut('-- Promise.\n-- not judged: nothing to see', MAPPING)).toBe('nothing to see')
  expect(leftOut('SELECT * FROM users', MAPPING)).toBeUndefined()
})

test('every query is written, some in a version of the platform, some left out, all with their promise', async () => {
  const sqlDir = await folder({
    'invariants/jobs.sql': '-- Jobs rest.\nSELECT * FROM job_run;\n',
    'invariants/own.sql': '-- Own.\nSELECT 1;\n',
    'evidence/all.sql': '-- All.\nSELECT * FROM users;\n',
  })
  const schemaDir = await folder({
    'users.sql': '-- People.\nSELECT id FROM person;\n',
    'job_run.sql': '-- absent: it has no jobs\n',
    'invariants/own.sql': 'SELECT 2;\n',
  })
  const target = await folder({})
  expect(await writeMappedSql(sqlDir, schemaDir, target)).toEqual([
    'not judged: invariants/jobs: job_run: it has no jobs',
  ])
  const read = (name: string) => readFile(join(target, name), 'utf8')
  expect(await read('invariants/jobs.sql')).toBe('-- Jobs rest.\n-- not judged: job_run: it has no jobs\n')
  expect(await read('invariants/own.sql')).toContain('-- Own.\nSELECT 2;')
  expect(await read('evidence/all.sql')).toContain('WITH users AS NOT MATERIALIZED (\nSELECT id FROM person\n)')
})

test('a query about a freeze is left out where there is none, but for one of the platform itself', async () => {
  const freeze = { 'invariants/nothing-while-frozen.sql': '-- Rest.\nSELECT 1 FROM system_flag_history;\n' }
  const [sqlDir, none] = [await folder(freeze), await folder({ 'users.sql': 'SELECT 1' })]
  const own = await folder({
    'users.sql': 'SELECT 1',
    'invariants/nothing-while-frozen.sql': 'SELECT 1 FROM exam_lock',
  })
  const why = 'the platform has no exam-day freeze that can be switched while it runs'
  const lacks = ['runtimeFreezeToggle'] as const
  const name = 'invariants/nothing-while-frozen'
  expect(await readStatements(sqlDir, none, lacks)).toEqual([{ name, sql: `-- not judged: ${why}`, isOwn: false }])
  expect(await writeMappedSql(sqlDir, none, await folder({}), lacks)).toEqual([`not judged: ${name}: ${why}`])
  expect(await readStatements(sqlDir, none)).toMatchObject([{ sql: expect.stringContaining('system_flag_history') }])
  expect(await readStatements(sqlDir, own, lacks)).toEqual([{ name, sql: 'SELECT 1 FROM exam_lock', isOwn: true }])
})

test.each([
  ['DROP TABLE person', 'users.sql: one SELECT'],
  ['-- a comment only', 'users.sql: one SELECT'],
])('%j is no mapping', async (text, told) => {
  await expect(loadMapping(await folder({ 'users.sql': text }))).rejects.toThrow(told)
})

test('an empty folder, and none, is refused', async () => {
  await expect(loadMapping(await folder({}))).rejects.toThrow('at least one')
  await expect(loadMapping('/nowhere/at/all')).rejects.toThrow('PLATFORM_INVALID')
})

test('a table that has the name of another relation is named with its schema', async () => {
  const users = 'SELECT id, mail AS email FROM users'
  const unqualified = await folder({ 'users.sql': users, 'exams.sql': 'SELECT e.id FROM exam e JOIN users u ON true' })
  await expect(loadMapping(unqualified)).rejects.toThrow('FROM users')
  const own = await folder({ 'users.sql': users, 'exams.sql': 'SELECT e.id FROM exam e JOIN public.users u ON true' })
  expect([...(await loadMapping(own)).relations.keys()].sort()).toEqual(['exams', 'users'])
})

test('what our queries are like: one statement, no recursion, no comment signs in texts', async () => {
  const sqlDir = fileURLToPath(new URL('../../sql/', import.meta.url))
  const statements = await readStatements(sqlDir, '/nowhere')
  expect(statements.length).toBeGreaterThan(30)
  for (const { sql } of statements) {
    const bare = sql.replaceAll(/--.*$/gm, '').trim()
    expect(bare).toMatch(/^(?:SELECT|WITH)\s/)
    expect(bare).not.toMatch(/^WITH\s+RECURSIVE|\/\*|;[\s\S]*\S/)
    expect(sql).not.toMatch(/'[^'\n]*--[^'\n]*'/)
  }
})

test('no query gives a column the name of a relation: it would be left out where there is none, and it reads none', async () => {
  for (const { name, sql } of await readStatements(fileURLToPath(new URL('../../sql/', import.meta.url)), '/nowhere')) {
    const named = Object.keys(RELATIONS).filter((relation) => namesRelation(sql, relation))
    const read = named.filter((relation) => new RegExp(`\\b(?:FROM|JOIN)\\s+${relation}\\b`).test(sql))
    expect(named, name).toEqual(read)
  }
})
