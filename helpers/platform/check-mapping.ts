import pg from 'pg'
import { RehearsalError } from '../errors.ts'
import { spellingsOfExam } from '../spellings-of-exam.ts'
import { leftOut, mapSql, namesRelation, type SchemaMapping, type Statement } from './map-sql.ts'
import { type ColumnKind, KINDS, RELATIONS } from './relations.ts'

const APPLICATION_NAME = 'exam-rehearsal mapping'
const TIMEOUT_MS = 10_000
/** Of those that are not the one. */
const EXAMS_SHOWN = 3

/** What a SELECT gives: column name → type (pg_type.oid). */
export type Columns = ReadonlyMap<string, number>

/** It asks the catalogue by names of tables, which no SELECT can stand for. */
const ABOUT_TABLES = 'invariants/constraints-present'

/** A column that queries need. */
export interface NeededColumn {
  readonly kind: ColumnKind
  /** Their files below `sql/`, without `.sql`. */
  readonly readBy: readonly string[]
}

/**
 * Does every SELECT of a mapping give what is asked of it, and is every other relation that is read a table of that name?
 * And can the queries be planned over both? Asked of the real database, without reading a row, before anything is judged.
 *
 * @param statements the queries of `sql/`, before they are mapped: only columns that one of them names are needed
 * @throws MAPPING_INVALID with everything that is missing or of another type, at once
 */
export async function checkMapping(
  databaseUrl: string,
  mapping: SchemaMapping,
  statements: readonly Statement[],
): Promise<void> {
  const ofRelation = (relation: string): Question => ({
    name: relation,
    async ask(client) {
      const { fields } = await client.query(mapSql(`SELECT * FROM ${relation} LIMIT 0`, mapping))
      const given = new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID]))
      return columnProblems(relation, given, neededColumns(relation, mapping, statements))
    },
  })
  const problems = await askInTurn(databaseUrl, [
    ...[...mapping.relations.keys()].map(ofRelation),
    ...withoutFile(mapping, statements).map(({ relation, readBy }) => {
      const { name, ask } = ofRelation(relation)
      const remedy = `${relation}.sql is not there: write it, or "-- absent: <why>" in it; ${relation} is read by ${readBy.join(', ')}`
      return {
        name,
        async ask(client: pg.Client) {
          const found = await ask(client).catch((error: unknown) => [`${relation}: ${messageOf(error)}`])
          return found.length === 0 ? [] : [...found, remedy]
        },
      }
    }),
    ...tablesOfTheReference(statements),
  ])
  if (problems.length > 0) throw mismatch(problems.join('; '))
  const unplanned = await askInTurn(databaseUrl, planned(mapping, statements))
  if (unplanned.length > 0) throw mismatch(unplanned.join('; '))
}

/**
 * Every query over the relations, to be planned and not run: keys of two relations may be of types that PostgreSQL does not
 * compare, which no single SELECT shows.
 */
function planned(mapping: SchemaMapping, statements: readonly Statement[]): readonly Question[] {
  return statements
    .filter(({ name, sql }) => /^(?:evidence|invariants|freeze)\//.test(name) && leftOut(sql, mapping) === undefined)
    .map(({ name, sql }) => ({
      name,
      async ask(client) {
        await client.query(`EXPLAIN ${mapSql(sql, mapping)}`)
        return []
      },
    }))
}

/**
 * Relations that a query reads and the mapping says nothing of: they can only be tables of that name. What a platform has
 * written itself may name any table.
 */
export function withoutFile(
  mapping: SchemaMapping,
  statements: readonly Statement[],
): readonly { readonly relation: string; readonly readBy: readonly string[] }[] {
  const asked = statements.filter(({ sql, isOwn }) => !isOwn && leftOut(sql, mapping) === undefined)
  return Object.keys(RELATIONS).flatMap((relation) => {
    if (mapping.relations.has(relation)) return []
    const readBy = asked.flatMap(({ name, sql }) => (namesRelation(sql, relation) ? [name] : []))
    return readBy.length === 0 ? [] : [{ relation, readBy }]
  })
}

/** Are the tables there whose keys are asked for by name? Without them every key would count as missing. */
function tablesOfTheReference(statements: readonly Statement[]): readonly Question[] {
  const asked = statements.find(({ name, isOwn }) => name === ABOUT_TABLES && !isOwn)
  if (asked === undefined) return []
  const tables = Object.keys(RELATIONS).filter((relation) => asked.sql.includes(`'${relation}'`))
  return [
    {
      name: ABOUT_TABLES,
      async ask(client) {
        const { rows } = await client.query<{ name: string }>(
          `SELECT name FROM unnest($1::text[]) name
           WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(name) AND relkind IN ('r', 'p'))`,
          [tables],
        )
        if (rows.length === 0) return []
        const missing = rows.map(({ name }) => name).join(', ')
        return [
          `${ABOUT_TABLES} asks for keys of tables that are not there: ${missing}; write ${ABOUT_TABLES}.sql with the keys of your tables, or "-- not judged: <why>" in it`,
        ]
      },
    },
  ]
}

/**
 * Is the exam that candidates are about to ask for among the rows that are read? Under another id nothing of it is found: it
 * would be read while sessions are open, and without its closing time.
 *
 * @param examId as `seed` has named it
 * @throws MAPPING_INVALID when the relation `exams` is mapped and has no such row
 */
export async function checkExam(databaseUrl: string, mapping: SchemaMapping, examId: string): Promise<void> {
  if (!mapping.relations.has('exams')) return
  const [problem] = await askInTurn(databaseUrl, [
    {
      name: 'exams',
      async ask(client) {
        const { rows } = await client.query<{ id: string }>(
          mapSql('SELECT id::text AS id FROM exams ORDER BY id::text = ANY ($1::text[]) DESC LIMIT $2', mapping),
          [spellingsOfExam(examId), EXAMS_SHOWN],
        )
        return examProblems(
          examId,
          rows.map(({ id }) => id),
        )
      },
    },
  ])
  if (problem === undefined) return
  throw new RehearsalError('MAPPING_INVALID', {
    expected: `the relation exams has the exam that was registered, with the id ${examId}`,
    seen: problem,
    next: 'Let seed() return { examId } with the id that the platform gave the exam, as a text, or correct exams.sql; see docs/adapter.md.',
    service: 'PostgreSQL',
  })
}

/** What is wrong with the ids of exams: nothing where one is this. */
export function examProblems(examId: string, ids: readonly string[]): readonly string[] {
  const spellings = spellingsOfExam(examId)
  if (ids.some((id) => spellings.includes(id))) return []
  return [ids.length === 0 ? 'no row' : `exams with the ids ${ids.join(', ')}`]
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
        problems.push(`${name}: ${messageOf(error)}`)
      }
      await client.query('ROLLBACK TO SAVEPOINT look')
    }
  } catch (cause) {
    throw mismatch(`the database could not be asked: ${messageOf(cause)}`, cause)
  } finally {
    await client.end().catch(() => undefined)
  }
  return problems
}

/** The columns of a relation that some query which is asked names. */
export function neededColumns(
  relation: string,
  mapping: SchemaMapping,
  statements: readonly Statement[],
): Readonly<Record<string, NeededColumn>> {
  const asked = statements.filter(({ sql }) => namesRelation(sql, relation) && leftOut(sql, mapping) === undefined)
  const needed: Record<string, NeededColumn> = {}
  for (const [column, kind] of Object.entries(RELATIONS[relation] ?? {})) {
    const readBy = asked.flatMap(({ name, sql }) => (new RegExp(`\\b${column}\\b`).test(sql) ? [name] : []))
    if (readBy.length > 0) needed[column] = { kind, readBy }
  }
  return needed
}

/** What of the needed columns a SELECT does not give, or gives as something else. */
export function columnProblems(
  relation: string,
  given: Columns,
  needed: Readonly<Record<string, NeededColumn>>,
): readonly string[] {
  const problems: string[] = []
  const readers: string[] = []
  for (const [column, { kind, readBy }] of Object.entries(needed)) {
    const type = given.get(column)
    if (type === undefined) {
      problems.push(`${relation}.${column} is missing`)
      readers.push(`${relation}.${column} is read by ${readBy.join(', ')}`)
    } else if (kind !== 'key' && !KINDS[kind].includes(type)) {
      problems.push(`${relation}.${column} is no ${kind} (type ${type})`)
    }
  }
  const known = RELATIONS[relation]
  const extra = known === undefined ? [] : [...given.keys()].filter((column) => !(column in known))
  // What nobody reads does no harm; beside a missing one it is most likely the same column by a wrong name.
  if (problems.length > 0 && extra.length > 0) problems.push(`${relation} has ${extra.join(', ')}, which nobody reads`)
  return [...problems, ...readers]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function mismatch(seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('MAPPING_INVALID', {
    expected: 'every SELECT of the mapping gives the columns that the queries read',
    seen,
    next: 'Correct the folder that `schema` of the platform names. Where the platform keeps nothing for a column: NULL of its type, if evidence/ reads it, and for each invariant that is about it a file of its name in that folder with "-- not judged: <why>"; see docs/schema-mapping.md.',
    service: 'PostgreSQL',
    ...(cause === undefined ? {} : { cause }),
  })
}
