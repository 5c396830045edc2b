import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readHistory } from '../../helpers/history/read-history.ts'
import type { Sample, SourceName, SourceValues } from '../../helpers/observability/sample.ts'
import { SAMPLED_EVERY_MS } from '../../helpers/observability/sample.ts'
import { foldOperations, highest, mean, type Point, type Spread, type Timeline, thin } from './timeline.ts'

/** A longer silence between two looks is a gap, in looks that were due. */
const GAP_LOOKS = 3

/** Something that was read, or why it could not be. */
export type Read<Value> = ({ readonly known: true } & Value) | { readonly known: false; readonly reason: string }

export interface PoolLines {
  readonly inUse: readonly Point[]
  readonly waiting: readonly Point[]
  readonly size: readonly Point[]
}

/** What the files of one phase say beyond its verdict. */
export interface PhaseEvidence {
  readonly operations: Read<{
    readonly timeline: Timeline
    readonly spreads: readonly Spread[]
    /** Why the end may be missing; absent when the history is whole. */
    readonly incomplete?: string
  }>
  readonly pool: Read<{ readonly lines: PoolLines }>
  /** Share of one core by part, 0..1 and more. */
  readonly cpu: Read<{ readonly parts: Readonly<Record<string, readonly Point[]>> }>
}

/**
 * Read what the report of a phase shows beside its verdict: history and samples. What cannot be read says why, in its place; nothing here throws, because a report without its charts is worth more than
 * none.
 *
 * @param dir folder of the phase, `<run>/<phase>`
 */
export async function readPhaseEvidence(dir: string): Promise<PhaseEvidence> {
  return {
    operations: await orWhy(() => readOperations(dir)),
    pool: await orWhy(() => readPool(dir)),
    cpu: await orWhy(() => readCpu(dir)),
  }
}

async function orWhy<Value>(read: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return { known: true, ...(await read()) }
  } catch (error) {
    return { known: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

async function readOperations(dir: string) {
  // Not kept: one pass is enough, and the history of ten thousand candidates is large.
  const history = await readHistory(join(dir, 'history.ndjson'), { keepUpToBytes: 0 })
  const folded = foldOperations(history.operations())
  if (folded === undefined) throw new Error('nothing was sent in this phase')
  if (history.complete) return folded
  const missing = history.closed ? `${history.missingEvents} events are missing` : 'its writer was ended'
  return { ...folded, incomplete: `The history is not whole: ${missing}. What is not in it is not drawn.` }
}

async function readSamples<Name extends SourceName>(
  dir: string,
  name: Name,
): Promise<readonly Sample<SourceValues[Name]>[]> {
  const path = join(dir, 'metrics', `${name}.ndjson`)
  const lines = (await readFile(path, 'utf8')).split('\n')
  // What follows the last line end is empty, or the half line of a writer that was killed.
  lines.pop()
  if (lines.length === 0) throw new Error(`${path} holds no sample`)
  return lines.map((line) => JSON.parse(line) as Sample<SourceValues[Name]>)
}

async function readPool(dir: string): Promise<{ lines: PoolLines }> {
  const samples = await readSamples(dir, 'backend')
  if (samples.every(({ value }) => value?.pool == null)) {
    throw new Error(
      samples.find(({ reason }) => reason !== undefined)?.reason ?? 'the backend published no pool figures',
    )
  }
  const line = (field: 'inUse' | 'waiting' | 'size') => {
    const points = samples.map(({ timeUs, value }): Point => [timeUs / 1e6, value?.pool?.[field] ?? null])
    return thin(withGaps(points, SAMPLED_EVERY_MS.backend), highest)
  }
  return { lines: { inUse: line('inUse'), waiting: line('waiting'), size: line('size') } }
}

async function readCpu(dir: string): Promise<{ parts: Record<string, readonly Point[]> }> {
  const samples = await readSamples(dir, 'usage')
  const names = [...new Set(samples.flatMap(({ value }) => Object.keys(value ?? {})))]
  if (names.length === 0) {
    throw new Error(samples.find(({ reason }) => reason !== undefined)?.reason ?? 'no part told its usage')
  }
  const parts = Object.fromEntries(
    names.map((name) => [name, thin(withGaps(cpuShares(samples, name), SAMPLED_EVERY_MS.usage), mean)]),
  )
  return { parts }
}

/** Processor time between two looks ÷ time between them; a part that was started in between has none. */
function cpuShares(samples: readonly Sample<SourceValues['usage']>[], name: string): readonly Point[] {
  return samples.slice(1).map((sample, index): Point => {
    const before = samples[index] as Sample<SourceValues['usage']>
    const [one, other] = [before.value?.[name], sample.value?.[name]]
    const timeS = sample.timeUs / 1e6
    if (one === undefined || other === undefined || 'unknown' in one || 'unknown' in other) return [timeS, null]
    if (one.startedAt !== other.startedAt || other.cpuMs < one.cpuMs) return [timeS, null]
    // When a look was answered says better when its figure was taken than when it was asked.
    const betweenMs = sample.timeUs / 1_000 + sample.tookMs - before.timeUs / 1_000 - before.tookMs
    return [timeS, betweenMs <= 0 ? null : (other.cpuMs - one.cpuMs) / betweenMs]
  })
}

/** No line across a time in which nobody looked. */
function withGaps(points: readonly Point[], everyMs: number): readonly Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1]
    const silentS = before === undefined ? 0 : point[0] - before[0]
    return silentS * 1_000 > everyMs * GAP_LOOKS ? [[point[0] - silentS / 2, null] as Point, point] : [point]
  })
}
