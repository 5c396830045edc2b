import type { z } from 'zod'
import type { PhaseResult } from './phase-result.ts'
import { phaseResultSchema } from './run-verdict.ts'
import { GATE_TITLES, type GateId, type Verdict } from './verdict.ts'

/** Flaws of one part that are named; one broken list would else bury the reasons. */
const FLAWS_NAMED = 5
/** A false check whose gate cannot be read must count somewhere, or a proven loss would be dropped. */
const GATE_OF_THE_UNREADABLE: GateId = 'evidence-complete'

/** What could be read of a result, and what could not. */
export interface Salvaged {
  /** undefined: it is not even an object. */
  readonly result: PhaseResult | undefined
  /** One a part that could not be read, with path and reason; empty when everything could. */
  readonly flaws: readonly string[]
}

const PARTS = phaseResultSchema.shape
const CHECK = PARTS.checks.element.shape
const EXAMPLE = CHECK.examples.element
const STEP = PARTS.steps.element
const FAULT = PARTS.faults.element

/**
 * Read what a phase delivered, part by part, so that one unreadable number does not throw away a proven loss. A check
 * that is readably false stays false; any other check of which something cannot be read is unknown, with the reason. A
 * step or a fault that cannot be read is left out; a number that cannot be read is null, which means not measured.
 *
 * Whoever uses a result with flaws must not call its run GO: what was left out may have been the worst of it.
 *
 * @param delivered anything, as it came over from a worker
 * @param suite id of the file that delivered it; stands in where id or title cannot be read
 */
export function salvagePhaseResult(delivered: unknown, suite: string): Salvaged {
  const whole = phaseResultSchema.safeParse(delivered)
  if (whole.success) return { result: delivered as PhaseResult, flaws: [] }
  if (!isRecord(delivered)) return { result: undefined, flaws: [`it is ${describe(delivered)} and no result`] }

  const flaws: string[] = []
  const part = <Value>(name: string, schema: z.ZodType<Value>): Value | undefined =>
    read(schema, delivered[name], name, flaws)
  const list = <Value>(name: string, schema: z.ZodType<Value>): Value[] => {
    const items = delivered[name]
    if (!Array.isArray(items)) {
      flaws.push(`${name}: it is ${describe(items)} and no list`)
      return []
    }
    return items.flatMap((item, index) => read(schema, item, `${name}.${index}`, flaws) ?? [])
  }
  const checks = Array.isArray(delivered.checks) ? delivered.checks : []
  if (!Array.isArray(delivered.checks)) flaws.push(`checks: it is ${describe(delivered.checks)} and no list`)
  const result = {
    id: part('id', PARTS.id) ?? suite,
    title: part('title', PARTS.title) ?? suite,
    startedAt: part('startedAt', PARTS.startedAt) ?? 'not readable',
    durationMs: part('durationMs', PARTS.durationMs) ?? null,
    planHash: part('planHash', PARTS.planHash) ?? 'not readable',
    plan: part('plan', PARTS.plan) ?? [],
    steps: list('steps', STEP),
    faults: list('faults', FAULT),
    checks: checks.map((check, index) => salvageCheck(check, index, flaws)),
    ledger: part('ledger', PARTS.ledger) ?? UNREAD_LEDGER,
    candidates: part('candidates', PARTS.candidates) ?? null,
    generator: part('generator', PARTS.generator) ?? UNREAD_GENERATOR,
    stage: part('stage', PARTS.stage) ?? { images: {}, versions: {}, startupMs: null, notes: [] },
  }
  return { result, flaws }
}

const UNREAD_LEDGER = {
  ...{ attempted: null, ok: null, fail: null, info: null, acknowledged: null },
  ...{ lost: null, staleOverwritten: null, phantom: null, recovered: null },
} as const satisfies PhaseResult['ledger']

const UNREAD_GENERATOR = {
  ...{ cpu: null, eventLoopDelayP99Ms: null, eventLoopDelayMaxMs: null, dispatchLagP99Ms: null, rssBytes: null },
  valid: 'unknown',
  reasons: ['what it measured could not be read'],
} as const satisfies PhaseResult['generator']

function salvageCheck(delivered: unknown, index: number, flaws: string[]): Verdict {
  const path = `checks.${index}`
  const whole = PARTS.checks.element.safeParse(delivered)
  if (whole.success) return delivered as Verdict

  const raw = isRecord(delivered) ? delivered : {}
  const field = <Value>(name: string, schema: z.ZodType<Value>): Value | undefined => schema.safeParse(raw[name]).data
  const id = field('id', CHECK.id) ?? `unreadable-check-${index}`
  const gate = field('gate', CHECK.gate)
  const examples = (Array.isArray(raw.examples) ? raw.examples : []).filter((one) => EXAMPLE.safeParse(one).success)
  const violations = field('violations', CHECK.violations)
  const figures = field('figures', CHECK.figures)
  const affected = field('affected', CHECK.affected)
  const isFalse = raw.valid === false
  const said = field('reason', CHECK.reason)
  const flaw = describeFlaws(whole.error, path)
  flaws.push(flaw)
  const reason = [
    ...(said === undefined ? [] : [said]),
    `of what was delivered this could not be read: ${flaw}`,
    ...(isFalse && violations === undefined
      ? ['how many violations there are is not known; at least those shown']
      : []),
    ...(gate === undefined ? [`its gate is not known, so it counts for "${GATE_TITLES[GATE_OF_THE_UNREADABLE]}"`] : []),
  ].join('; ')
  return {
    id,
    title: field('title', CHECK.title) ?? id,
    valid: isFalse ? false : 'unknown',
    gate: gate ?? GATE_OF_THE_UNREADABLE,
    counts: readableCounts(raw.counts),
    violations: violations ?? (isFalse ? Math.max(1, examples.length) : 0),
    examples: examples as Verdict['examples'],
    ...(figures === undefined ? {} : { figures }),
    ...(affected === undefined ? {} : { affected }),
    reason,
  }
}

function readableCounts(counts: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(isRecord(counts) ? counts : {}).filter((entry): entry is [string, number] =>
      Number.isFinite(entry[1]),
    ),
  )
}

/** The value if it can be read; else undefined, and why in `flaws`. */
function read<Value>(schema: z.ZodType<Value>, value: unknown, path: string, flaws: string[]): Value | undefined {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  flaws.push(describeFlaws(parsed.error, path))
  return undefined
}

function describeFlaws(error: z.ZodError, path: string): string {
  const { issues } = error
  const named = issues.slice(0, FLAWS_NAMED).map((issue) => `${[path, ...issue.path].join('.')}: ${issue.message}`)
  const more = issues.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : value === undefined
        ? 'missing'
        : `a ${typeof value}`
}
