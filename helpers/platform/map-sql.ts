import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { RehearsalError } from '../errors.ts'
import type { Capability } from './capabilities.ts'
import { lackReason } from './not-judged.ts'

/** Of a mapping file or a query: the platform has nothing that it could be asked of, and why. */
const LEFT_OUT = /^-- (?:absent|not judged): (.+)$/m

/** Queries about something that a platform may declare not to have; one of its own in their place is asked all the same. */
const QUERIES_THAT_NEED: Readonly<Record<string, Capability>> = {
  'invariants/nothing-while-frozen.sql': 'runtimeFreezeToggle',
  'freeze/job-runs.sql': 'runtimeFreezeToggle',
  'freeze/protected-tables.sql': 'runtimeFreezeToggle',
}

/** One query of `sql/`, before it is mapped. */
export interface Statement {
  /** Its file below `sql/` without `.sql`: `invariants/unscored-sessions`. */
  readonly name: string
  readonly sql: string
  /** The platform has put a file of its own in its place. */
  readonly isOwn: boolean
}

/** Relations as the queries of `sql/` know them, each as a SELECT over a platform's own tables. */
export interface SchemaMapping {
  readonly relations: ReadonlyMap<string, string>
  /** Relations that the platform has not, with the reason. */
  readonly absent: ReadonlyMap<string, string>
}

/**
 * Read `<relation>.sql` for each relation of a platform. A file with `-- absent: <why>` and no SELECT says that there is
 * none.
 *
 * @throws PLATFORM_INVALID, the first of what `readMapping` would have told; a run has been checked before
 */
export async function loadMapping(dir: string): Promise<SchemaMapping> {
  const read = await readMapping(dir)
  if ('mapping' in read) return read.mapping
  throw read.problems[0]
}

/** The mapping in a folder, or everything that is wrong with it: not there, empty, a file that is no SELECT. Never throws. */
export async function readMapping(
  dir: string,
): Promise<{ readonly mapping: SchemaMapping } | { readonly problems: readonly RehearsalError[] }> {
  const relations = new Map<string, string>()
  const absent = new Map<string, string>()
  const problems: RehearsalError[] = []
  try {
    for (const name of (await readdir(dir)).filter((one) => one.endsWith('.sql')).sort()) {
      const text = await readFile(join(dir, name), 'utf8')
      const select = withoutComments(text).replace(/;\s*$/, '').trim()
      const why = LEFT_OUT.exec(text)?.[1]
      if (/^(?:SELECT|WITH)\b/i.test(select)) relations.set(basename(name, '.sql'), select)
      else if (select === '' && why !== undefined) absent.set(basename(name, '.sql'), why)
      else {
        const seen = JSON.stringify(select.slice(0, 60))
        problems.push(invalid(`${join(dir, name)}: one SELECT, or a line "-- absent: <why>"`, seen))
      }
    }
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    return { problems: [...problems, invalid(`the folder ${dir}, and its files can be read`, seen)] }
  }
  if (relations.size === 0 && problems.length === 0) {
    problems.push(invalid(`at least one <relation>.sql in ${dir}`, 'none'))
  }
  for (const [relation, select] of relations) {
    // As common table expressions the one would read the other, in place of the table of that name.
    const captured = [...relations.keys()].find(
      (other) => other !== relation && new RegExp(`\\b(?:FROM|JOIN)\\s+${other}\\b`, 'i').test(select),
    )
    if (captured === undefined) continue
    problems.push(
      invalid(`${relation}.sql: a table that has the name of a relation with its schema`, `FROM ${captured}`),
    )
  }
  return problems.length > 0 ? { problems } : { mapping: { relations, absent } }
}

/**
 * The same statement over a platform's own tables: the relations that it names are put in front of it as common table
 * expressions. Nothing is created, so a connection that may only read will do.
 */
export function mapSql(sql: string, { relations }: SchemaMapping): string {
  const bare = withoutComments(sql).trim()
  const named = [...relations].filter(([name]) => names(bare, name))
  if (named.length === 0) return sql
  const front = named.map(([name, select]) => `${name} AS NOT MATERIALIZED (\n${select}\n)`).join(',\n')
  const own = /^WITH\s+/i.exec(bare)?.[0]
  return own === undefined ? `WITH ${front}\n${bare}` : `WITH ${front},\n${bare.slice(own.length)}`
}

/** Why a statement cannot be asked of this platform; undefined when it can. */
export function leftOut(sql: string, { absent }: SchemaMapping): string | undefined {
  const why = LEFT_OUT.exec(sql)?.[1]
  if (why !== undefined && withoutComments(sql).trim() === '') return why
  const bare = withoutComments(sql)
  const missing = [...absent].find(([name]) => names(bare, name))
  return missing === undefined ? undefined : `${missing[0]}: ${missing[1]}`
}

/**
 * Write every query of `sqlDir` for a platform to `target`, below the run: what was asked is stored with what was
 * answered. A file of the same place below `schemaDir` (`invariants/constraints-present.sql`) replaces one.
 *
 * @param lacks what the platform declares not to have: queries about that are left out, too
 * @returns a sentence for each query that is left out, for the report
 */
export async function writeMappedSql(
  sqlDir: string,
  schemaDir: string,
  target: string,
  lacks: readonly Capability[] = [],
): Promise<readonly string[]> {
  const mapping = await loadMapping(schemaDir)
  const notes: string[] = []
  for (const { path, original, sql } of await queriesOf(sqlDir, schemaDir, lacks)) {
    const why = leftOut(sql, mapping)
    if (why !== undefined) notes.push(`not judged: ${path.replace(/\.sql$/, '')}: ${why}`)
    // The first line is the promise; evidence is told by it, and by the mark of what is left out.
    const promise = original.slice(0, original.indexOf('\n'))
    const body = why === undefined ? mapSql(sql, mapping) : `-- not judged: ${why}`
    await mkdir(dirname(join(target, path)), { recursive: true })
    await writeFile(join(target, path), `${promise}\n${body}\n`)
  }
  return notes
}

/** Every query of `sqlDir` before it is mapped, in the version of the platform where there is one. */
export async function readStatements(
  sqlDir: string,
  schemaDir: string,
  lacks: readonly Capability[] = [],
): Promise<readonly Statement[]> {
  return (await queriesOf(sqlDir, schemaDir, lacks)).map(({ path, sql, isOwn }) => ({
    name: path.replace(/\.sql$/, ''),
    sql,
    isOwn,
  }))
}

async function queriesOf(sqlDir: string, schemaDir: string, lacks: readonly Capability[]) {
  const entries = await readdir(sqlDir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
  return Promise.all(
    files.map(async (entry) => {
      const path = relative(sqlDir, join(entry.parentPath, entry.name))
      const original = await readFile(join(sqlDir, path), 'utf8')
      const own = await ownVersion(join(schemaDir, path))
      const needed = QUERIES_THAT_NEED[path]
      const isLacking = needed !== undefined && lacks.includes(needed)
      return {
        path,
        original,
        sql: own ?? (isLacking ? `-- not judged: ${lackReason(needed)}` : original),
        isOwn: own !== undefined,
      }
    }),
  )
}

async function ownVersion(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Our queries and mappings have no comment signs inside of texts. */
function withoutComments(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '')
}

/** Does a statement read a relation? Comments do not. */
export function namesRelation(sql: string, relation: string): boolean {
  return names(withoutComments(sql), relation)
}

/** As a table, not as a part of a text: `'session_answers'` in a list of names is none. */
function names(sql: string, relation: string): boolean {
  return new RegExp(`(?<!['\\w.])${relation}(?!['\\w])`).test(sql)
}

function invalid(expected: string, seen: string): RehearsalError {
  return new RehearsalError('PLATFORM_INVALID', {
    expected,
    seen,
    next: 'Correct the folder that `schema` of the platform names; see docs/own-backend.md.',
  })
}
