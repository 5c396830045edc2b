import { lstat, readdir, readlink, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { readVerdict } from '../reports/read-verdict.ts'
import { isBroken, isLoss, type Standing } from '../reports/release-gate.ts'

/** A run without an end that was written to since then may still go on, even if nothing of it is seen on the engine. */
const MAY_GO_ON_MS = 24 * 3_600_000

/** How much of old runs is kept. Absent: no limit of that kind. */
export interface RunLimits {
  readonly keepRuns?: number
  readonly maxBytes?: number
}

/** A run that is kept, as far as pruning needs to know it. */
export interface KeptRun {
  readonly id: string
  readonly bytes: number
  readonly verdict: Pick<RunVerdict, 'profile' | 'coverage' | 'finishedAt'> & Standing
  /** When its verdict was last written, ms since 1970. */
  readonly writtenAtMs: number
}

export interface PruneOptions {
  readonly limits: RunLimits
  /** Ids of runs that must stay, whatever they are: the current one, the newest, those that are being rehearsed. */
  readonly untouchable: ReadonlySet<string>
  readonly nowMs: number
}

/**
 * Which runs go, oldest first, until both limits hold. Pure. Never one that is untouchable, that may still go on, or
 * that is the last GO of its profile and phases: the next run is compared with it, and a release may rest on it. Nor what
 * keeps a release from resting on a GO: the newest NO-GO of its image, and the newest that lost answers or sessions.
 */
export function runsToPrune(runs: readonly KeptRun[], { limits, untouchable, nowMs }: PruneOptions): readonly string[] {
  const newestFirst = [...runs].sort((one, other) => (one.id < other.id ? 1 : -1))
  const kept = new Set<string>()
  const seen = new Set<string>()
  for (const { id, verdict } of newestFirst) {
    const kind = `${verdict.profile} ${[...verdict.coverage.planned].sort().join(' ')}`
    if (verdict.verdict !== 'GO') continue
    if (!seen.has(kind)) kept.add(id)
    seen.add(kind)
    // An earlier GO may stay as well, and a release rest on it.
    const newer = newestFirst.find((run) => run.id > id && isBroken(run.verdict, verdict))
    const loss = newestFirst.find((run) => isLoss(run.verdict, verdict))
    for (const against of [newer, loss]) if (against !== undefined) kept.add(against.id)
  }
  const mayGoOn = ({ verdict, writtenAtMs }: KeptRun) =>
    verdict.finishedAt === null && nowMs - writtenAtMs < MAY_GO_ON_MS
  let count = runs.length
  let bytes = runs.reduce((sum, run) => sum + run.bytes, 0)
  const going: string[] = []
  for (const run of newestFirst.reverse()) {
    const fits = count <= (limits.keepRuns ?? Infinity) && bytes <= (limits.maxBytes ?? Infinity)
    if (fits) break
    if (untouchable.has(run.id) || kept.has(run.id) || mayGoOn(run)) continue
    going.push(run.id)
    count -= 1
    bytes -= run.bytes
  }
  return going
}

/**
 * Remove old runs from the folder of runs until the limits hold, see `runsToPrune`. A folder that is not a run (its
 * verdict cannot be read, or says another id) is never touched. Never throws: a run that was a GO is one, whoever owns
 * the old ones, and whoever else removes them at the same time.
 *
 * @param living ids of the run that has just ended and of those that are being rehearsed
 * @returns the ids that were removed, the bytes they held, and what kept it from removing more
 */
export async function pruneRuns(
  runsDir: string,
  limits: RunLimits,
  living: readonly string[],
): Promise<{ readonly removed: readonly string[]; readonly bytes: number; readonly problem?: string }> {
  const removed: string[] = []
  let bytes = 0
  if (limits.keepRuns === undefined && limits.maxBytes === undefined) return { removed, bytes }
  try {
    const runs = await keptRuns(runsDir)
    const latest = await newest(runsDir)
    const untouchable = new Set([...living, ...(latest === undefined ? [] : [latest])])
    const going = new Set(runsToPrune(runs, { limits, untouchable, nowMs: Date.now() }))
    for (const run of runs.filter(({ id }) => going.has(id)).sort((one, other) => (one.id < other.id ? -1 : 1))) {
      await rm(join(runsDir, run.id), { recursive: true })
      removed.push(run.id)
      bytes += run.bytes
    }
    return { removed, bytes }
  } catch (error) {
    return { removed, bytes, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function keptRuns(runsDir: string): Promise<readonly KeptRun[]> {
  const runs: KeptRun[] = []
  for (const id of await readdir(runsDir)) {
    const dir = join(runsDir, id)
    const read = await readVerdict(dir)
    if ('unreadable' in read || read.verdict.runId !== id) continue
    const { mtimeMs } = await lstat(join(dir, 'verdict.json'))
    runs.push({ id, bytes: await bytesBelow(dir), verdict: read.verdict, writtenAtMs: mtimeMs })
  }
  return runs
}

/** The run that `latest` points to. */
async function newest(runsDir: string): Promise<string | undefined> {
  try {
    return basename(await readlink(join(dirname(runsDir), 'latest')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Links are counted as links: what they point to is not the run's. */
async function bytesBelow(dir: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
