import pg from 'pg'
import { RehearsalError } from '../errors.ts'
import { leftOut, mapSql, namesRelation, type SchemaMapping } from './map-sql.ts'
import { type ColumnKind, KINDS, RELATIONS } from './relations.ts'

const APPLICATION_NAME = 'exam-rehearsal mapping'
const TIMEOUT_MS = 10_000

/** What a SELECT gives: column name → type (pg_type.oid). */
export type Columns = ReadonlyMap<string, number>

/**
 * Does every SELECT of a mapping give what is asked of it? Asked of the real database, without reading a row, before
 * anything is judged.
 *
 * @param statements the queries of `sql/`, before they are mapped: only columns that one of them names are needed
 * @throws MAPPING_INVALID with everything that is missing or of another type, at once
 */
export async function checkMapping(
  databaseUrl: string,
  mapping: SchemaMapping,
  statements: readonly string[],
): Promise<void> {
  const problems = await askInTurn(
    databaseUrl,
    [...mapping.relations.keys()].map((relation) => ({
      name: relation,
      async ask(client) {
        const { fields } = await client.query(mapSql(`SELECT * FROM ${relation} LIMIT 0`, mapping))
        const given = new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID]))
        return columnProblems(relation, given, neededColumns(relation, mapping, statements))
      },
    })),
  )
  if (problems.length > 0) throw mismatch(problems.join('; '))
}

/**
 * Can these statements be asked of this database? They are planned and not run.
 *
 * @throws MAPPING_INVALID with everything that cannot, at once
 */
export async function checkStatements(
  databaseUrl: string,
  statements: readonly { readonly name: string; readonly sql: string }[],
): Promise<void> {
  if (statements.length === 0) return
  const problems = await askInTurn(
    databaseUrl,
    statements.map(({ name, sql }) => ({
      name,
      async ask(client) {
        await client.query(`EXPLAIN ${sql}`)
        return []
      },
    })),
  )
  if (problems.length > 0) {
    throw new RehearsalError('MAPPING_INVALID', {
      expected: 'every invariant of sqlDir can be asked of the database',
      seen: problems.join('; '),
      next: 'Correct the files in the folder that sqlDir names; see docs/schema-mapping.md.',
      service: 'PostgreSQL',
    })
  }
}

interface Question {
  readonly name: string
  readonly ask: (client: pg.Client) => Promise<readonly string[]>
}

/** Ask one after the other, in a transaction that may only read; a question that fails does not disturb the next. */
async function askInTurn(databaseUrl: string, questions: readonly Question[]): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
  })
  // Whoever asks next hears of it; unheard, the event would end the process.
  client.on('error', () => undefined)
  const problems: string[] = []
  try {
    await client.connect()
    await client.query('BEGIN READ ONLY')
    for (const { name, ask } of questions) {
      await client.query('SAVEPOINT look')
      try {
        problems.push(...(await ask(client)))
      } catch (error) {
        problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      }
      await client.query('ROLLBACK TO SAVEPOINT look')
    }
  } catch (cause) {
    throw mismatch(`the database could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  } finally {
    await client.end().catch(() => undefined)
  }
  return problems
}

/** The columns of a relation that some query which is asked names. */
export function neededColumns(
  relation: string,
  mapping: SchemaMapping,
  statements: readonly string[],
): Readonly<Record<string, ColumnKind>> {
  const asked = statements.filter((sql) => namesRelation(sql, relation) && leftOut(sql, mapping) === undefined)
  const columns = Object.entries(RELATIONS[relation] ?? {})
  return Object.fromEntries(columns.filter(([column]) => asked.some((sql) => new RegExp(`\\b${column}\\b`).test(sql))))
}

/** What of the needed columns a SELECT does not give, or gives as something else. */
export function columnProblems(
  relation: string,
  given: Columns,
  needed: Readonly<Record<string, ColumnKind>>,
): readonly string[] {
  const problems: string[] = []
  for (const [column, kind] of Object.entries(needed)) {
    const type = given.get(column)
    if (type === undefined) problems.push(`${relation}.${column} is missing`)
    else if (kind !== 'key' && !KINDS[kind].includes(type)) {
      problems.push(`${relation}.${column} is no ${kind} (type ${type})`)
    }
  }
  const known = RELATIONS[relation]
  const extra = known === undefined ? [] : [...given.keys()].filter((column) => !(column in known))
  // What nobody reads does no harm; beside a missing one it is most likely the same column by a wrong name.
  if (problems.length > 0 && extra.length > 0) problems.push(`${relation} has ${extra.join(', ')}, which nobody reads`)
  return problems
}

function mismatch(seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('MAPPING_INVALID', {
    expected: 'every SELECT of the mapping gives the columns that the queries read',
    seen,
    next: 'Correct the folder that `schema` of the platform names; see docs/schema-mapping.md.',
    service: 'PostgreSQL',
    ...(cause === undefined ? {} : { cause }),
  })
}
