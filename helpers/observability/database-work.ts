import type { PostgresWork } from './probe-postgres.ts'

/** What the database had done by one look, from the rows of `sql/metrics/`. Counted since its statistics began. */
export interface DatabaseWork {
  readonly tables: readonly {
    readonly table: string
    readonly liveRows: number
    /** Times the whole table was read row by row, per transaction of the database. */
    readonly wholeReadsPerTransaction: number
  }[]
  /** The statements that took most of the time, each once, slowest on average first. */
  readonly statements: readonly { readonly statement: string; readonly calls: number; readonly meanMs: number }[]
}

/**
 * Sum up one look at the database.
 *
 * A statement is known by its normalised text and not by its query id: ids hold the object ids of a database, and each
 * phase has a fresh one. A table is measured by rows read ÷ rows there ÷ transactions, so that runs of different length
 * and size can be compared.
 *
 * @throws Error when a column is missing or no number
 */
export function databaseWork({ database, tables, statements }: PostgresWork): DatabaseWork {
  const [first] = database
  if (first === undefined) throw new Error('database.sql gave no row')
  const transactions = numberOf(first, 'commits') + numberOf(first, 'rollbacks')
  const byText = new Map<string, { calls: number; totalMs: number }>()
  for (const row of statements) {
    const sum = byText.get(String(row.query)) ?? { calls: 0, totalMs: 0 }
    byText.set(String(row.query), {
      calls: sum.calls + numberOf(row, 'calls'),
      totalMs: sum.totalMs + numberOf(row, 'total_ms'),
    })
  }
  return {
    tables: tables.flatMap((row) => {
      const liveRows = numberOf(row, 'live_rows')
      if (liveRows === 0 || transactions === 0) return []
      const wholeReadsPerTransaction = numberOf(row, 'rows_read_sequentially') / liveRows / transactions
      return [{ table: String(row.table_name), liveRows, wholeReadsPerTransaction }]
    }),
    statements: [...byText]
      .filter(([, { calls }]) => calls > 0)
      .map(([statement, { calls, totalMs }]) => ({ statement, calls, meanMs: totalMs / calls }))
      .sort((one, other) => other.meanMs - one.meanMs),
  }
}

function numberOf(row: Readonly<Record<string, unknown>>, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${column} is no number`)
  return value
}
