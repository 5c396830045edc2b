import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'
import { emptyHistory } from './checkers/empty-history.ts'
import type { Evidence } from './checkers/evidence-rows.ts'
import { RehearsalError } from './errors.ts'
import { loadEvidenceAsFound } from './evidence.ts'
import { fileDigest, folderDigests } from './file-digest.ts'
import { readHistory } from './history/read-history.ts'
import type { PhaseFacts, PhaseRecord } from './judge-phase.ts'
import type { LoadResult } from './load/exam-day.ts'
import type { Measurements } from './load/meter.ts'
import { type ExamDayPlan, planExamDay } from './load/plan.ts'
import type { Profile } from './load/profile.ts'
import { loadMeasurements, storeMeasurements } from './load/stored-measurements.ts'
import { type CapturedLog, readRequestLog } from './observability/request-log.ts'
import { NO_SAMPLES, type Samples, SOURCE_NAMES, type SourceName } from './observability/sample.ts'
import type { Sampled } from './observability/sampler.ts'
import { planFor } from './platform/plan-for.ts'

/** Version of `record.json`; another one is refused. */
const RECORD_SCHEMA = 1
/** What a phase is judged from beside its history, rows, samples and log. Written last: where it is, they are. */
export const RECORD_FILE = 'record.json'
const MEASUREMENTS_FILE = 'measurements.ndjson'
const HISTORY_FILE = 'history.ndjson'
const LOG_FILE = 'logs/backend.ndjson'

/** `record.json`. */
interface StoredRecord {
  readonly schema: typeof RECORD_SCHEMA
  readonly facts: PhaseFacts
  /** From these the plan is drawn again; its hash must then be the same. */
  readonly plan: Pick<ExamDayPlan, 'seed' | 'planHash'> & {
    readonly profile: Profile
    readonly candidates: readonly string[]
  }
  /** The load without its plan and its measurements; null: it never came to an end. */
  readonly load: Omit<LoadResult, 'plan' | 'measurements'> | null
  readonly sampled: Omit<Sampled, 'samples'>
  /** Why the log could not be had; null: it is in `logs/backend.ndjson`. */
  readonly logUnknown: string | null
  /** Why the settings or rows could not be read is in their own files. SHA-256 of every other file, by its path. */
  readonly digests: Readonly<Record<string, string>>
}

/**
 * Store what the phase in `dir` is judged from, beside what is already there: history, evidence, samples and log. From
 * then on `loadPhaseRecord` gives the same record. Throws what the file system throws.
 */
export async function storePhaseRecord(record: PhaseRecord, dir: string): Promise<void> {
  const { facts, plan, load, sampled, captured } = record
  if (load !== null) await storeMeasurements(load.measurements, join(dir, MEASUREMENTS_FILE))
  const { samples: _, ...watched } = sampled
  const stored: StoredRecord = {
    schema: RECORD_SCHEMA,
    facts,
    plan: {
      profile: plan.profile,
      seed: plan.seed,
      planHash: plan.planHash,
      candidates: plan.candidates.map(({ candidate }) => candidate),
    },
    load: load === null ? null : withoutPlanAndMeasurements(load),
    sampled: watched,
    logUnknown: captured.known ? null : captured.reason,
    digests: await folderDigests(dir),
  }
  await writeFileAtomically(join(dir, RECORD_FILE), `${JSON.stringify(stored, null, 1)}\n`)
}

/**
 * Read what the phase in `dir` was judged from. What is missing, damaged or no longer what was stored is unknown, and is
 * named as trouble of the phase, so that its result can prove a loss, but never a pass.
 *
 * @throws EVIDENCE_UNREADABLE when `record.json` itself is missing, damaged or of another version.
 */
export async function loadPhaseRecord(dir: string): Promise<PhaseRecord> {
  const { facts, plan: drawn, load, sampled, logUnknown, digests } = await readRecord(join(dir, RECORD_FILE))
  const troubles: string[] = []
  const orTrouble = async <Value>(read: () => Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await read()
    } catch (error) {
      troubles.push(describe(error))
      return otherwise
    }
  }
  for (const [path, digest] of Object.entries(digests)) {
    const found = await orTrouble(() => fileDigest(join(dir, path)), digest)
    if (found !== digest) troubles.push(`${path} is not what was stored`)
  }
  const whole = planExamDay(drawn.profile, drawn.seed, { candidates: drawn.candidates.map((id) => ({ id })) })
  const plan = planFor(whole, facts.lacks ?? [])
  if (plan.planHash !== drawn.planHash) {
    troubles.push(`this version draws another plan from seed ${drawn.seed}: ${plan.planHash}, not ${drawn.planHash}`)
  }
  const measurements =
    load === null
      ? null
      : await orTrouble<Measurements | null>(() => loadMeasurements(join(dir, MEASUREMENTS_FILE)), null)
  const history = Object.hasOwn(digests, HISTORY_FILE)
    ? await orTrouble(() => readHistory(join(dir, HISTORY_FILE)), emptyHistory)
    : emptyHistory
  const told = facts.ending.trouble === null ? troubles : [facts.ending.trouble, ...troubles]
  return {
    facts: { ...facts, ending: { ...facts.ending, trouble: told.length === 0 ? null : told.join('; ') } },
    plan,
    load: load === null || measurements === null ? null : { ...load, plan, measurements },
    history,
    evidence: await loadRows(dir, digests),
    sampled: { ...sampled, ...(await loadSamples(dir, sampled.unwritten)) },
    captured: logUnknown === null ? await loadLog(dir) : { known: false, reason: logUnknown },
  }
}

/**
 * What the plan of the phase in `dir` was drawn from.
 * @throws EVIDENCE_UNREADABLE when `record.json` is missing, damaged or of another version.
 */
export async function readPhasePlan(
  dir: string,
): Promise<{ readonly profile: Profile; readonly seed: number; readonly candidates: readonly string[] }> {
  const { profile, seed, candidates } = (await readRecord(join(dir, RECORD_FILE))).plan
  return { profile, seed, candidates }
}

function withoutPlanAndMeasurements({ plan: _, measurements: __, ...rest }: LoadResult): StoredRecord['load'] {
  return rest
}

function loadRows(dir: string, digests: StoredRecord['digests']): Promise<Evidence> {
  const invariants = Object.keys(digests)
    .filter((path) => path.startsWith('evidence/invariants/'))
    .map((path) => basename(path, '.ndjson'))
  return loadEvidenceAsFound(join(dir, 'evidence'), invariants)
}

async function loadSamples(
  dir: string,
  unwritten: string | undefined,
): Promise<Pick<Sampled, 'samples' | 'unwritten'>> {
  const samples: Record<SourceName, unknown> = { ...NO_SAMPLES }
  let unreadable = unwritten
  for (const name of SOURCE_NAMES) {
    try {
      const text = await readFile(join(dir, 'metrics', `${name}.ndjson`), 'utf8')
      samples[name] = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    } catch (error) {
      unreadable ??= describe(error)
    }
  }
  return { samples: samples as Samples, ...(unreadable === undefined ? {} : { unwritten: unreadable }) }
}

async function loadLog(dir: string): Promise<CapturedLog> {
  try {
    return { known: true, log: readRequestLog(await readFile(join(dir, LOG_FILE), 'utf8')) }
  } catch (error) {
    return { known: false, reason: `the stored log of the backend cannot be read: ${describe(error)}` }
  }
}

async function readRecord(path: string): Promise<StoredRecord> {
  const unreadable = (seen: string, cause?: unknown) =>
    new RehearsalError('EVIDENCE_UNREADABLE', {
      expected: `what a phase was judged from, of schema ${RECORD_SCHEMA}: ${path}`,
      seen,
      next: 'Restore the folder of the run; without that file the phase cannot be judged again.',
      ...(cause === undefined ? {} : { cause }),
    })
  let parsed: Partial<StoredRecord> | null
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw unreadable(describe(cause), cause)
  }
  const { schema, facts, plan, digests, sampled } = parsed ?? {}
  if (schema !== RECORD_SCHEMA) throw unreadable(`schema ${JSON.stringify(schema)}`)
  if (facts === undefined || plan === undefined || digests === undefined || sampled === undefined) {
    throw unreadable('a record without facts, plan, digests or samples')
  }
  return parsed as StoredRecord
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
