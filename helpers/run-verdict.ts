import { z } from 'zod'
import type { PhaseResult } from './phase-result.ts'
import { GATE_TITLES, type GateId } from './verdict.ts'

/*
 * The shape of `verdict.json`, schema 1, and of the phase results it is composed from. Data crosses process boundaries
 * here (worker to reporter, run to pipeline), so the shape is checked when it is read, not assumed.
 */

const validity = z.union([z.boolean(), z.literal('unknown')])
const gateValidity = z.union([validity, z.literal('not-judged')])
const gateId = z.enum(Object.keys(GATE_TITLES) as [GateId, ...GateId[]])
/** zod refuses NaN and Infinity: JSON would turn them into null, which means "not measured". */
const measured = z.number().nullable()
const count = z.int().min(0)

const violation = z.object({
  summary: z.string(),
  candidate: z.string().exactOptional(),
  session: z.string().exactOptional(),
  question: z.string().exactOptional(),
  operations: z.array(z.string()),
  rows: z.array(z.unknown()),
  requestIds: z.array(z.string()),
  logLines: z.array(z.string()).exactOptional(),
})

const figure = z.object({
  label: z.string(),
  measured,
  limit: z.number(),
  unit: z.enum(['ms', 's', 'share', 'count']),
  bad: z.enum(['above', 'below']),
})

const check = z.object({
  id: z.string().min(1),
  title: z.string(),
  valid: gateValidity,
  gate: gateId,
  counts: z.record(z.string(), z.number()),
  violations: count,
  examples: z.array(violation),
  figures: z.array(figure).exactOptional(),
  affected: z.array(z.string()).exactOptional(),
  reason: z.string().exactOptional(),
})

const latency = z.object({
  count,
  errors: count,
  p50Ms: measured,
  p90Ms: measured,
  p95Ms: measured,
  p99Ms: measured,
  p999Ms: measured,
  maxMs: measured,
})

const step = z.object({
  name: z.string(),
  model: z.enum(['open', 'closed', 'partly-open', 'barrier', 'deadline-anchored']),
  startedMs: z.number(),
  durationMs: z.number(),
  latency: z.record(z.string(), latency),
  serviceTime: z.record(z.string(), latency),
})

const fault = z.object({
  name: z.string(),
  injectedAt: z.string(),
  felt: z.boolean(),
  healedAt: z.string().nullable(),
  recoveryMs: measured,
})

const ledger = z.object({
  attempted: count.nullable(),
  ok: count.nullable(),
  fail: count.nullable(),
  info: count.nullable(),
  acknowledged: count.nullable(),
  lost: count.nullable(),
  staleOverwritten: count.nullable(),
  phantom: count.nullable(),
  recovered: count.nullable(),
})

const candidates = z.object({
  planned: count,
  unaffected: count,
  slowed: count,
  recovered: count,
  lostData: count,
  neverStarted: count,
  undecided: count,
})

const generator = z.object({
  cpu: measured,
  eventLoopDelayP99Ms: measured,
  eventLoopDelayMaxMs: measured,
  dispatchLagP99Ms: measured,
  rssBytes: measured,
  valid: validity,
  reasons: z.array(z.string()),
})

const stage = z.object({
  images: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.string()),
  startupMs: measured,
  settings: z.record(z.string(), z.string()).exactOptional(),
  notes: z.array(z.string()),
})

/** What a worker must deliver for its phase to count. */
export const phaseResultSchema = z.object({
  id: z.string().min(1),
  title: z.string(),
  startedAt: z.string(),
  durationMs: z.number().min(0).nullable(),
  planHash: z.string(),
  plan: z.array(z.string()),
  steps: z.array(step),
  faults: z.array(fault),
  checks: z.array(check),
  ledger,
  candidates: candidates.nullable(),
  generator,
  stage,
}) satisfies z.ZodType<PhaseResult>

const badSide = z.enum(['above', 'below'])

const gate = z.strictObject({
  id: gateId,
  title: z.string(),
  valid: gateValidity,
  /** Why it is not true; null when it is. */
  reason: z.string().nullable(),
  /**
   * Of a gate that is true, the figure nearest to its limit; of another, the one furthest past it. Without figures the
   * number of violations, where it is true or false. null: not measured.
   */
  measured,
  threshold: z.number().nullable(),
  /** On which side of `threshold` the trouble is. Absent in runs from before it was kept. */
  bad: badSide.exactOptional(),
  unit: z.enum(['ms', 's', 'share', 'count', 'violations']),
  /** What `measured` is of. */
  figure: z.string().nullable(),
  /** `<suite>/<check id>` of every check that counts for this gate. */
  checks: z.array(z.string()),
  examples: z.array(violation),
})

const phase = z.strictObject({
  /** Suite id: `2-load`, `3-faults/redis`. */
  id: z.string(),
  title: z.string(),
  valid: gateValidity,
  startedAt: z.string(),
  durationMs: measured,
  planHash: z.string(),
  plan: z.array(z.string()),
  steps: z.array(
    z.strictObject({ name: z.string(), model: z.string(), startedMs: z.number(), durationMs: z.number() }),
  ),
  faults: z.array(fault),
  checks: z.array(check),
  /** Keyed `<step>/<operation>`: percentiles of different steps cannot be merged, so they are never merged. */
  latency: z.record(z.string(), latency),
  serviceTime: z.record(z.string(), latency),
  ledger,
  /** null: what the phase delivered could not be read. */
  candidates: candidates.nullable(),
  generator,
  stage,
})

/**
 * A near miss: the check is true, and a number of it is within 20 % of its limit, or past it and tolerated (a single
 * window, say, where three in a row would have made it false).
 */
const nearMiss = z.strictObject({
  phase: z.string(),
  label: z.string(),
  measured: z.number(),
  limit: z.number(),
  /** On which side of `limit` the trouble is. Absent in runs from before it was kept. */
  bad: badSide.exactOptional(),
  unit: z.enum(['ms', 's', 'share', 'count']),
  /** Measured divided by limit; where less is worse, limit divided by measured. From 0.8; null: the divisor is 0. */
  used: measured,
})

/**
 * What got better or worse since an earlier run. Information only. `rows` are for any renderer: kind and label say what,
 * `before` and `now` are in `unit`, null where not measured; `unknown` is no change.
 */
const comparison = z.strictObject({
  /** null: there was none, and `reason` says why. */
  baseline: z
    .strictObject({
      runId: z.string(),
      finishedAt: z.string().nullable(),
      verdict: z.enum(['GO', 'NO-GO', 'INCONCLUSIVE']),
      sha: z.string().nullable(),
      seed: z.int(),
    })
    .nullable(),
  reason: z.string().nullable(),
  /** What was not the same around the two runs: seed, source, images, machine, settings. */
  differences: z.array(z.string()),
  /**
   * Why the figures of the two runs cannot be compared: another machine, number of CPUs, kind of host. Then no row is
   * better or worse. Absent in runs from before it was asked.
   */
  notComparable: z.array(z.string()).exactOptional(),
  worse: count,
  better: count,
  rows: z.array(
    z.strictObject({
      kind: z.enum(['latency', 'errors', 'pool', 'recovery', 'statement', 'scan']),
      phase: z.string(),
      label: z.string(),
      unit: z.enum(['ms', 'share', 'count']),
      before: measured,
      now: measured,
      change: z.enum(['worse', 'better', 'same', 'unknown', 'not-comparable']),
    }),
  ),
})

/** A reason why the run as a whole cannot be believed, other than an unknown gate. */
const problem = z.strictObject({ kind: z.string(), message: z.string() })

export const runVerdictSchema = z.strictObject({
  schema: z.literal(1),
  scope: z.enum(['full', 'partial']),
  runId: z.string(),
  startedAt: z.string(),
  /** null while the run goes on; a verdict that still says null belongs to a run that died. */
  finishedAt: z.string().nullable(),
  profile: z.string(),
  host: z.enum(['containers', 'processes', 'external']),
  hostReason: z.string(),
  seed: z.int().min(0).max(0xffff_ffff),
  planHash: z.string().nullable(),
  /** Faults that were asked for by name, and those of the profile that this run left out; null: those of the profile. */
  faultChoice: z.strictObject({ names: z.array(z.string()), leftOut: z.array(z.string()) }).nullable(),
  command: z.string(),
  source: z.strictObject({ sha: z.string().nullable(), dirty: z.boolean().nullable() }),
  environment: z.strictObject({
    node: z.string(),
    images: z.record(z.string(), z.string()),
    versions: z.record(z.string(), z.string()),
    cpus: count,
    memoryBytes: count,
    /** Model and architecture. Absent: not known, or a run from before it was kept. */
    processor: z.string().exactOptional(),
    /** Phases that were allowed to play side by side. Absent: not known. */
    atOnce: count.exactOptional(),
    /** As the services report them; null: not read. */
    settings: z.record(z.string(), z.string()).nullable(),
    notes: z.array(z.string()),
  }),
  verdict: z.enum(['GO', 'NO-GO', 'INCONCLUSIVE']),
  /** The verdict as people are told it: `GO (2 of 7 phases, not a release decision)`. */
  headline: z.string(),
  /** Why it is not GO, most important first; empty when it is. */
  reasons: z.array(z.string()),
  problems: z.array(problem),
  coverage: z.strictObject({
    complete: count,
    begun: z.array(z.string()),
    /** Suite ids of this run, and those of them that delivered. */
    planned: z.array(z.string()),
    delivered: z.array(z.string()),
  }),
  gates: z.array(gate),
  phases: z.array(phase),
  /** Summed over the phases that measured it; null: no phase did. `unmeasured` names the phases that did not. */
  ledger: z.strictObject({
    attempted: count.nullable(),
    ok: count.nullable(),
    fail: count.nullable(),
    info: count.nullable(),
    acknowledged: count.nullable(),
    lost: count.nullable(),
    staleOverwritten: count.nullable(),
    phantom: count.nullable(),
    recovered: count.nullable(),
    unmeasured: z.record(z.string(), z.array(z.string())),
  }),
  /** Summed over the phases (a candidate of two phases counts twice); null: no phase delivered. */
  candidates: candidates.nullable(),
  /** The worst of every phase. */
  generator: z.strictObject({
    cpu: measured,
    eventLoopDelayP99Ms: measured,
    eventLoopDelayMaxMs: measured,
    dispatchLagP99Ms: measured,
    rssBytes: measured,
    valid: validity,
    reasons: z.array(z.string()),
  }),
  nearMisses: z.array(nearMiss),
  /** How the backend is spoken to, and what it declares not to have: named risks. Absent: like the reference. */
  platform: z
    .strictObject({
      name: z.string(),
      file: z.string(),
      hash: z.string(),
      risks: z.array(z.strictObject({ capability: z.string(), words: z.string(), checks: z.array(z.string()) })),
      /** Faults that the run would have played, and that this platform cannot be broken by: risks as well. Absent: none. */
      unplayed: z.array(z.strictObject({ fault: z.string(), words: z.string() })).exactOptional(),
    })
    .exactOptional(),
  /** What the run was held to: load, thresholds, host. Absent in runs from before it was kept. */
  configHash: z.string().exactOptional(),
  /** Absent while the run goes on, and in runs that were not compared. */
  comparison: comparison.exactOptional(),
})

export type RunVerdict = z.infer<typeof runVerdictSchema>
export type GateVerdict = RunVerdict['gates'][number]
export type PhaseVerdict = RunVerdict['phases'][number]
export type Problem = RunVerdict['problems'][number]
