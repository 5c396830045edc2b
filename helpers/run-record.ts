import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from './atomic-file.ts'
import type { Checker } from './checkers/checker.ts'
import { composeVerdict, type Observation, type RunFacts } from './compose-verdict.ts'
import { RehearsalError } from './errors.ts'
import { fileDigest } from './file-digest.ts'
import { judgePhase } from './judge-phase.ts'
import { PHASE_COMPLETED } from './phase-completed.ts'
import { loadPhaseRecord, RECORD_FILE } from './phase-folder.ts'
import type { PhaseResult } from './phase-result.ts'
import type { Run } from './run.ts'
import { type Problem, phaseResultSchema, type RunVerdict, runVerdictSchema } from './run-verdict.ts'
import type { Verdict } from './verdict.ts'

/** Version of `run.json`; another one is refused. */
const RUN_SCHEMA = 1
export const RUN_FILE = 'run.json'

/** `run.json`: what the verdict of a run is composed from, beside what its phases were judged from. */
export interface StoredRun {
  readonly schema: typeof RUN_SCHEMA
  /** Without its folder, which may have been moved. */
  readonly run: Omit<Run, 'dir'>
  readonly facts: Omit<RunFacts, 'run' | 'observation'>
  readonly delivered: readonly StoredDelivery[]
  readonly observed: Observation['problems']
}

interface StoredDelivery {
  readonly suite: string
  /** SHA-256 of the record of the phase; null: it has none, because its stage never stood. */
  readonly record: string | null
  /** The result itself, only where there is no record to judge it from. */
  readonly result: PhaseResult | null
  readonly durationMs: PhaseResult['durationMs']
  /** Its check `phase-completed`: what went wrong when the stage was taken down is known only there. */
  readonly completed: Verdict | null
}

const { comparison, problems, source } = runVerdictSchema.shape
const { checks, durationMs } = phaseResultSchema.shape
const named = z.array(z.string())

/** What is read of `run.json`: a file that was damaged is refused as a whole, before anything is judged by it. */
const storedRunSchema = z.looseObject({
  schema: z.literal(RUN_SCHEMA),
  run: z.looseObject({
    id: z.string(),
    epoch: z.looseObject({ monotonicNs: z.string(), wall: z.string() }),
    profile: z.looseObject({ name: z.string(), thresholds: z.looseObject({ p95Ms: z.number() }) }),
    seed: runVerdictSchema.shape.seed,
    host: runVerdictSchema.shape.host,
    hostReason: z.string(),
    faults: z.looseObject({ names: named, leftOut: named }).exactOptional(),
    backend: z.looseObject({}).exactOptional(),
    platform: z.looseObject({ file: z.string(), name: z.string(), hash: z.string(), lacks: named }).exactOptional(),
    ownInvariants: z.looseObject({ dir: z.string(), hash: z.string() }).exactOptional(),
    external: z.looseObject({ url: z.string() }).exactOptional(),
  }),
  facts: z.looseObject({
    finishedAt: z.string().nullable(),
    command: z.string(),
    source,
    machine: z.looseObject({
      node: z.string(),
      cpus: z.int(),
      memoryBytes: z.int(),
      processor: z.string().exactOptional(),
    }),
    atOnce: z.int().exactOptional(),
    planned: named,
    problems,
    comparison,
  }),
  delivered: z.array(
    z.looseObject({
      suite: z.string(),
      record: z.string().nullable(),
      result: phaseResultSchema.nullable(),
      durationMs,
      completed: checks.element.nullable(),
    }),
  ),
  observed: problems,
})

/** Write `run.json` into the folder of the run, atomically. Throws what the file system throws. */
export async function storeRunRecord(facts: RunFacts): Promise<void> {
  const { run, observation, ...rest } = facts
  const { dir, ...withoutDir } = run
  const delivered: StoredDelivery[] = []
  for (const { suite, result } of observation.delivered) {
    const record = await recordDigest(dir, suite)
    delivered.push({
      suite,
      record,
      result: record === null ? result : null,
      durationMs: result.durationMs,
      completed: result.checks.find(({ id }) => id === PHASE_COMPLETED.id) ?? null,
    })
  }
  const stored: StoredRun = {
    schema: RUN_SCHEMA,
    run: withoutDir,
    facts: rest,
    delivered,
    observed: observation.problems,
  }
  await writeFileAtomically(join(dir, RUN_FILE), `${JSON.stringify(stored, null, 1)}\n`)
}

/**
 * Judge a run again, from its folder alone and by the checkers given: each phase from its record, then the run from
 * these. What is missing or no longer what was stored is a problem of the run or trouble of its phase, so the answer
 * may be NO-GO or INCONCLUSIVE, and never a GO.
 *
 * @throws EVIDENCE_UNREADABLE when the folder has no `run.json` that can be read: then nobody knows what was rehearsed.
 */
export async function judgeRunAgain(runDir: string, checkers: readonly Checker[]): Promise<RunVerdict> {
  const { run, facts, delivered, observed } = await readRun(runDir)
  const problems: Problem[] = []
  const judged: { suite: string; result: PhaseResult }[] = []
  for (const delivery of delivered) {
    try {
      judged.push({ suite: delivery.suite, result: await judgeDelivery(runDir, delivery, checkers, problems) })
    } catch (error) {
      problems.push({
        kind: 'not-verifiable',
        message: `Phase ${delivery.suite} cannot be judged again: ${describe(error)}`,
      })
    }
  }
  return composeVerdict({
    ...facts,
    run: { ...run, dir: runDir },
    problems: [...facts.problems, ...problems],
    observation: { delivered: judged, problems: observed },
  })
}

async function judgeDelivery(
  runDir: string,
  { suite, record, result, durationMs, completed }: StoredDelivery,
  checkers: readonly Checker[],
  problems: Problem[],
): Promise<PhaseResult> {
  if (record === null) {
    if (result === null) throw new Error('there is neither a record nor a result of it')
    return { ...result, checks: result.checks.map(notProvenByFolder) }
  }
  if ((await recordDigest(runDir, suite)) !== record) {
    problems.push({ kind: 'not-as-stored', message: `Phase ${suite}: ${RECORD_FILE} is not what was stored.` })
  }
  const again = judgePhase(await loadPhaseRecord(join(runDir, suite)), checkers)
  const checks = again.checks.map((check) => (completed !== null && isGoneOn(check, completed) ? completed : check))
  return { ...again, durationMs, checks }
}

/** Whether what went wrong after a phase was judged was added to what its record tells of its end: see `withTrouble`. */
function isGoneOn(check: Verdict, completed: Verdict): boolean {
  if (check.id !== PHASE_COMPLETED.id) return false
  return check.valid === true || completed.reason?.startsWith(`${check.reason}\n`) === true
}

/** A result that nothing in the folder proves is not believed where it says that all is well. */
function notProvenByFolder(check: Verdict): Verdict {
  if (check.valid !== true) return check
  return { ...check, valid: 'unknown', reason: 'nothing that is stored with the run proves it' }
}

async function recordDigest(runDir: string, suite: string): Promise<string | null> {
  try {
    return await fileDigest(join(runDir, suite, RECORD_FILE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * `run.json` of the run in a folder, as it was stored.
 *
 * @throws EVIDENCE_UNREADABLE when it is missing, damaged, of another shape or of another version.
 */
export async function readRun(runDir: string): Promise<StoredRun> {
  const path = join(runDir, RUN_FILE)
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw unreadable(path, describe(cause), cause)
  }
  const checked = storedRunSchema.safeParse(parsed)
  // As it is in the file, and not as it was checked: the configuration is hashed with every field that was stored.
  if (checked.success) return parsed as StoredRun
  const schema = (parsed as { schema?: unknown } | null)?.schema
  if (schema !== RUN_SCHEMA) throw unreadable(path, `schema ${JSON.stringify(schema)}`)
  const [issue] = checked.error.issues
  throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`)
}

function unreadable(path: string, seen: string, cause?: unknown): RehearsalError {
  return new RehearsalError('EVIDENCE_UNREADABLE', {
    expected: `what the verdict of a run was composed from, of schema ${RUN_SCHEMA}: ${path}`,
    seen,
    next: 'Restore the folder of the run. A run of an older version has no such file and cannot be judged again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
