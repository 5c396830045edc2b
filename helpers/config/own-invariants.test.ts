import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ownInvariants, readOwnInvariants } from './own-invariants.ts'

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'own-sql-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  return dir
}

const TAKEN = new Set(['orphaned-answers'])

describe('invariants of one’s own', () => {
  test('are read in order, and their hash is that of names and texts', async () => {
    const a = '-- A is so.\nSELECT 1 WHERE false;\n'
    const dir = await folder({
      'b-holds.sql': '-- B is so.\nWITH x AS (SELECT 1) SELECT * FROM x\n',
      'a.sql': a,
      'x.txt': '',
    })
    const read = await readOwnInvariants(dir, TAKEN)
    if ('problems' in read) throw new Error('there are problems')
    expect(read.invariants.map(({ id }) => id)).toEqual(['a', 'b-holds'])
    const { hash } = ownInvariants(dir, read.invariants)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(ownInvariants('elsewhere', read.invariants).hash).toBe(hash)
    expect(ownInvariants(dir, [{ id: 'a', sql: `${a} ` }]).hash).not.toBe(hash)
  })

  test('are told of all that is wrong with them at once', async () => {
    const dir = await folder({
      'orphaned-answers.sql': '-- Mine.\nSELECT 1\n',
      'No_Name.sql': '-- A promise.\nSELECT 1\n',
      'no-promise.sql': 'SELECT 1\n',
      'writes.sql': '-- A promise.\nDELETE FROM users\n',
      'two.sql': '-- A promise.\nSELECT 1; SELECT 2\n',
    })
    const read = await readOwnInvariants(dir, TAKEN)
    const told = 'problems' in read ? read.problems.map(({ expected }) => expected) : []
    expect(told).toHaveLength(5)
    for (const words of [
      'a name of its own',
      'No_Name',
      'no-promise.sql: a first line',
      'writes.sql: one SELECT',
      'two.sql',
    ]) {
      expect(told.join('\n')).toContain(words)
    }
  })

  test('that cannot be read are told beside all others', async () => {
    const dir = await folder({ 'no-promise.sql': 'SELECT 1\n', 'whole.sql': '-- A is so.\nSELECT 1\n' })
    await symlink(join(dir, 'nowhere'), join(dir, '.#ok.sql'))
    await mkdir(join(dir, 'x.sql'))
    const read = await readOwnInvariants(dir, TAKEN)
    const told =
      'problems' in read ? read.problems.map(({ code, expected, seen }) => `${code} ${expected} ${seen}`) : []
    expect(told).toEqual([
      expect.stringMatching(/^CONFIG_INVALID .*\.#ok\.sql.* ENOENT/),
      expect.stringMatching(/^CONFIG_INVALID .*x\.sql.* EISDIR/),
      expect.stringContaining('no-promise.sql: a first line'),
    ])
  })

  test('must be there', async () => {
    expect(await readOwnInvariants('/no/such/folder', TAKEN)).toMatchObject({ problems: [{ code: 'CONFIG_INVALID' }] })
    expect(await readOwnInvariants(await folder({}), TAKEN)).toMatchObject({ problems: [{ seen: 'none' }] })
  })
})
