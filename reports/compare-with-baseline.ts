import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type ComparedRun,
  type Comparison,
  compareRuns,
  notCompared,
  whyNotComparable,
} from '../helpers/compare-runs.ts'
import { type DatabaseWork, databaseWork } from '../helpers/observability/database-work.ts'
import type { PostgresWork } from '../helpers/observability/probe-postgres.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { readVerdict } from './read-verdict.ts'

const WORK_FILE = join('metrics', 'postgres-work.ndjson')

/**
 * What got better or worse since the last GO of the same profile and the same phases, or since the run in the folder
 * `baseline`. A GO of the same machine goes before a newer one of another, with which only figures can be put side by
 * side. Never throws: where there is nothing to compare with, the answer says why.
 *
 * @param runDir folder of the run of `verdict`; earlier runs lie beside it.
 */
export async function compareWithBaseline(
  verdict: RunVerdict,
  runDir: string,
  baseline: string | undefined,
): Promise<Comparison> {
  try {
    const found = baseline === undefined ? await lastGo(verdict, dirname(runDir)) : { dir: baseline, unreadable: 0 }
    const { dir } = found
    if (dir === undefined) {
      const phases = verdict.coverage.planned.join(', ')
      const passedOver = found.unreadable === 0 ? '' : `; ${found.unreadable} folders there could not be read`
      return notCompared(
        `no earlier GO of profile ${verdict.profile} with the same phases (${phases}) is kept${passedOver}`,
      )
    }
    const read = await readVerdict(dir)
    if ('unreadable' in read) return notCompared(`${dir} cannot be read: ${read.unreadable}`)
    if (!read.verdict.phases.some(({ id }) => verdict.phases.some((phase) => phase.id === id))) {
      return notCompared(`${read.verdict.runId} and this run have no phase in common`)
    }
    return compareRuns(await withWork(verdict, runDir), await withWork(read.verdict, dir))
  } catch (error) {
    return notCompared(`the comparison failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * The newest GO beside the run that set out to do the same, on the same machine where there is one. Ids begin with the
 * time, so their order is that of time.
 */
async function lastGo(
  now: RunVerdict,
  runsDir: string,
): Promise<{ readonly dir?: string; readonly unreadable: number }> {
  let unreadable = 0
  let elsewhere: string | undefined
  const names = (await readdir(runsDir))
    .filter((name) => name !== now.runId)
    .sort()
    .reverse()
  const planned = phasesOf(now)
  for (const name of names) {
    const read = await readVerdict(join(runsDir, name))
    if ('unreadable' in read) {
      unreadable += 1
      continue
    }
    const { verdict } = read
    const finished = verdict.finishedAt !== null && verdict.startedAt < now.startedAt
    if (finished && verdict.verdict === 'GO' && verdict.profile === now.profile && phasesOf(verdict) === planned) {
      if (whyNotComparable(now, verdict).length === 0) return { dir: join(runsDir, name), unreadable }
      elsewhere ??= join(runsDir, name)
    }
  }
  return elsewhere === undefined ? { unreadable } : { dir: elsewhere, unreadable }
}

function phasesOf({ coverage }: RunVerdict): string {
  return [...coverage.planned].sort().join(' ')
}

async function withWork(verdict: RunVerdict, runDir: string): Promise<ComparedRun> {
  const entries = verdict.phases.map(async ({ id }) => [id, await lastWork(join(runDir, id, WORK_FILE))] as const)
  return { verdict, work: Object.fromEntries(await Promise.all(entries)) }
}

/** The last look at the database that had an answer; null: none is on record. */
async function lastWork(path: string): Promise<DatabaseWork | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const looks = text.split('\n').filter((line) => line !== '')
  // The last line of a run that was killed may be half a line.
  for (const line of looks.reverse()) {
    const value = lookIn(line)
    if (value !== null) return databaseWork(value)
  }
  return null
}

function lookIn(line: string): PostgresWork | null {
  try {
    return (JSON.parse(line) as { value: PostgresWork | null }).value
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
