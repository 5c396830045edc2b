import pg from 'pg'
import { RehearsalError } from './errors.ts'
import { type ColumnKind, RELATIONS } from './platform/relations.ts'

const { BPCHAR, INT8, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins

/** A column of what a query gave: name and type (pg_type.oid). */
export interface GivenColumn {
  readonly name: string
  readonly dataTypeID: number
}

/** What a column of a row is; undefined: no relation has one of that name. */
type Meaning = { readonly relation: string; readonly kind: ColumnKind } | undefined

type Row = Record<string, unknown>
type Change = readonly [name: string, change: (value: unknown) => unknown]

/** For a query whose values `readByKind` makes: everything as PostgreSQL prints it, for the type alone does not say what it is. */
export const AS_PRINTED = { getTypeParser: () => asItIs } as unknown as pg.CustomTypesConfig

/**
 * Make the values of rows that were read `AS_PRINTED`, in place. Keys stay texts: candidates are told texts, and a
 * number would be another thing, or the same for two large ids. Numbers are numbers, whatever type they are stored as.
 *
 * @param relation whose rows they are; absent: those of an invariant, of whose columns only the keys are known. There a
 *   number is shown and not compared: a row that proves a violation must not be lost for one.
 * @throws EVIDENCE_UNREADABLE when a number of the relation is none that can be held exactly
 */
export function readByKind(rows: readonly Row[], columns: readonly GivenColumn[], relation?: string): void {
  const changes = columns.flatMap(({ name, dataTypeID }): Change[] => {
    const meaning = meaningOf(name, relation)
    if (meaning?.kind === 'key') return []
    if (meaning?.kind === 'number' && relation !== undefined) return [[name, numberOf(meaning.relation, name)]]
    const parse = parserOf(dataTypeID)
    return parse === asItIs ? [] : [[name, (value) => parse(value as string)]]
  })
  change(rows, changes)
}

/**
 * The same for one row that was stored with a run, perhaps by a version that stored keys as numbers and numbers as texts.
 *
 * @param columns names that its rows have
 * @returns what changes such a row, in place
 * @throws EVIDENCE_UNREADABLE, when it is called, for a key that was read inexactly and a number that is none
 */
export function storedByKind(columns: readonly string[], relation?: string): (row: Row) => void {
  const changes = columns.flatMap((name): Change[] => {
    const meaning = meaningOf(name, relation)
    if (meaning?.kind === 'key') return [[name, keyOf(meaning.relation, name)]]
    return meaning?.kind === 'number' && relation !== undefined ? [[name, numberOf(meaning.relation, name)]] : []
  })
  return (row) => change([row], changes)
}

/** A query may add columns of other relations, such as the key of a question to its place in a paper. */
function meaningOf(column: string, relation: string | undefined): Meaning {
  const names = relation === undefined ? [] : [relation]
  for (const name of [...names, ...Object.keys(RELATIONS)]) {
    const columns = RELATIONS[name]
    const kind = columns !== undefined && Object.hasOwn(columns, column) ? columns[column] : undefined
    if (kind !== undefined) return { relation: name, kind }
  }
  return undefined
}

function change(rows: readonly Row[], changes: readonly Change[]): void {
  if (changes.length === 0) return
  for (const row of rows) {
    for (const [name, changed] of changes) {
      const value = row[name]
      if (value !== null && value !== undefined) row[name] = changed(value)
    }
  }
}

function numberOf(relation: string, column: string): (value: unknown) => number {
  return (value) => {
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
    // NaN is not smaller than anything.
    if (value !== '' && Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number
    throw unreadable(`${relation}.${column}: a number from -(2^53 - 1) to 2^53 - 1`, value)
  }
}

function keyOf(relation: string, column: string): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== 'number') return value
    if (Number.isSafeInteger(value)) return String(value)
    throw unreadable(`${relation}.${column}: a key that was stored exactly`, value)
  }
}

/** Times as PostgreSQL wrote them: a Date would lose the microseconds. Counts as numbers, as far as one can hold them. */
function parserOf(type: number): (text: string) => unknown {
  if (type === INT8) return (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text)
  // The blanks that fill a char(n) up count for nothing in PostgreSQL either.
  if (type === BPCHAR) return (text) => text.replace(/ +$/, '')
  if (type === TIMESTAMPTZ || type === TIMESTAMP) return asItIs
  return pg.types.getTypeParser(type, 'text')
}

function asItIs(text: string): string {
  return text
}

function unreadable(expected: string, value: unknown): RehearsalError {
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected,
    seen: String(value),
    next: 'Correct the SELECT of that relation, or the row; see docs/schema-mapping.md.',
  })
}
