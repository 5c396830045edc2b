import type { Figure, Verdict } from '../verdict.ts'
import { databaseWork } from './database-work.ts'
import { conclude, type Observed } from './observed.ts'

/** The check, without its answer. */
export const HOT_TABLES = {
  id: 'no-scan-of-hot-tables',
  title: 'How long statements take and how often whole tables are read is on record',
  gate: 'database-pool',
} as const

/** A smaller table fits in a few pages, and reading it whole is then what a good planner does. */
export const MIN_HOT_ROWS = 1_000
/** One transaction in two that reads a whole hot table has no index for what it asks. */
export const MAX_WHOLE_READS = 0.5
/** From public reports of exam days: statements with a mean above it had saturated the database during tests. */
export const MAX_STATEMENT_MEAN_MS = 100
/** The mean of fewer calls is an accident; of a start burst there is one call a candidate. */
export const MIN_CALLS = 20

/**
 * The slowest statement and the table that is most often read whole, each against a limit, from the last look at the
 * database. Never false: what candidates measured is judged by `response-time`, and a plan that reads a table whole is
 * a risk for a larger cohort and no broken promise to this one. Past a limit it is a near miss. A change since the last
 * GO is told by the comparison with that run (`compareRuns`). Unknown when the database could not be asked, or answered
 * with nothing: pg_stat_statements that was emptied, or that the role may not read.
 */
export function judgeHotTables({ sampled }: Observed): Verdict {
  const looks = sampled.samples['postgres-work']
  const last = looks.findLast(({ value }) => value !== null)
  if (last?.value == null) {
    const reason = looks.find((look) => look.value === null)?.reason
    return conclude(HOT_TABLES, [], `postgres-work was never seen${reason === undefined ? '' : `: ${reason}`}`, {
      counts: { looks: 0 },
    })
  }
  const silent = (['statements', 'tables'] as const).filter((part) => last.value?.[part].length === 0)
  if (silent.length > 0) {
    // A database that has served candidates has run statements and has tables: no row is no measurement.
    return conclude(HOT_TABLES, [], `postgres-work told of no ${silent.join(' and no ')}`, {
      counts: { looks: looks.length },
    })
  }
  const work = databaseWork(last.value)
  const hot = work.tables.filter(({ liveRows }) => liveRows >= MIN_HOT_ROWS)
  const often = work.statements.filter(({ calls }) => calls >= MIN_CALLS)
  const [mostRead] = [...hot].sort((one, other) => other.wholeReadsPerTransaction - one.wholeReadsPerTransaction)
  const [slowest] = often
  const figures: Figure[] = []
  if (slowest !== undefined) {
    figures.push({
      label: `slowest statement on average: ${slowest.statement}`,
      ...{ measured: slowest.meanMs, limit: MAX_STATEMENT_MEAN_MS, unit: 'ms', bad: 'above' },
    })
  }
  if (mostRead !== undefined) {
    figures.push({
      label: `whole reads of ${mostRead.table} per transaction`,
      ...{ measured: mostRead.wholeReadsPerTransaction, limit: MAX_WHOLE_READS, unit: 'count', bad: 'above' },
    })
  }
  return conclude(HOT_TABLES, [], undefined, {
    counts: { looks: looks.length, hotTables: hot.length, statements: often.length },
    figures,
  })
}
