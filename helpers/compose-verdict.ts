import { createHash } from 'node:crypto'
import { configHash } from './config/config-hash.ts'
import { unplayedBy } from './faults/unplayable-on.ts'
import type { LatencySummary } from './load/latency.ts'
import { PHASE_COMPLETED } from './phase-completed.ts'
import type { CandidateClasses, LedgerCounts, PhaseResult, StepResult } from './phase-result.ts'
import { coverage, describeCoverage } from './phases.ts'
import { lackReason } from './platform/not-judged.ts'
import type { RunPlatform } from './platform/run-platform.ts'
import { redactDeep } from './redact.ts'
import type { Run } from './run.ts'
import type { GateVerdict, PhaseVerdict, Problem, RunVerdict } from './run-verdict.ts'
import { type Figure, GATE_TITLES, type GateId, mergeValidity, type Verdict } from './verdict.ts'

/** Witnesses kept per gate; every check keeps its own beside them. */
const EXAMPLES_PER_GATE = 3
/** From this share of a limit on, a number that still holds is a near miss. */
const NEAR_MISS_FROM = 0.8

/** What the Vitest side of a run saw, as plain data. */
export interface Observation {
  /** One entry per suite file that delivered, in the order of delivery. */
  readonly delivered: readonly { readonly suite: string; readonly result: PhaseResult }[]
  /** Whatever no check explains: crashed workers, errors outside tests, files that could not be loaded, ... */
  readonly problems: readonly Problem[]
}

/** Everything the verdict is composed from. */
export interface RunFacts {
  readonly run: Run
  /** ISO-8601 UTC; null while the run goes on. */
  readonly finishedAt: string | null
  /** The exact command that repeats this run. */
  readonly command: string
  readonly source: { readonly sha: string | null; readonly dirty: boolean | null }
  readonly machine: {
    readonly node: string
    readonly cpus: number
    readonly memoryBytes: number
    /** Model and architecture; absent: not known. */
    readonly processor?: string
  }
  /** Phases that were allowed to play side by side; absent: not known, as in runs from before it was kept here. */
  readonly atOnce?: number
  /** Suite ids that this run set out to rehearse: `2-load`, `3-faults/redis`. */
  readonly planned: readonly string[]
  readonly observation: Observation
  /** What went wrong around the tests: interrupted, something left behind, ... */
  readonly problems: readonly Problem[]
  /** What got better or worse since an earlier run; it never changes the verdict. Absent: not compared. */
  readonly comparison?: NonNullable<RunVerdict['comparison']>
}

/**
 * Compose the verdict of a run. Pure.
 *
 * NO-GO if any gate is false: a proven loss stays proven, whatever ended the run afterwards. Otherwise INCONCLUSIVE if
 * anything is unknown: a gate, a phase that did not deliver, a fault that was not felt or not healed, a generator that
 * was not healthy, candidates that do not add up, an error that no check explains, a run that did not finish. GO only
 * when there is nothing of all this and at least one gate was judged.
 *
 * Gates merge their checks over all phases, false > unknown > not judged > true. A gate without a check is `not-judged` in a partial
 * run, which is judged on its own gates; in a full run nothing excuses it and it is unknown.
 *
 * Tokens and passwords are taken out of every text here, so that no rendering can print one.
 */
export function composeVerdict(facts: RunFacts): RunVerdict {
  const { run, observation } = facts
  const delivered = [...observation.delivered].sort((one, other) => one.suite.localeCompare(other.suite, 'en'))
  const covered = coveredBy(delivered, run)
  const gates = composeGates(delivered, covered.scope, run.host === 'external')
  const generator = worstGenerator(delivered.map(({ result }) => result))
  const problems = [
    ...(facts.finishedAt === null ? [{ kind: 'not-finished', message: 'The run has not finished.' }] : []),
    ...facts.problems,
    ...undelivered(facts),
    ...observation.problems,
    ...delivered.flatMap(({ suite, result }) => problemsOfPhase(suite, result)),
  ]
  const verdict = judge(gates, problems)
  const platform = run.platform === undefined ? undefined : composePlatform(run.platform, delivered, run)
  return redactDeep({
    schema: 1,
    scope: covered.scope,
    runId: run.id,
    startedAt: run.epoch.wall,
    finishedAt: facts.finishedAt,
    profile: run.profile.name,
    host: run.host,
    hostReason: run.hostReason,
    seed: run.seed,
    planHash: combinedPlanHash(delivered),
    faultChoice: run.faults === undefined ? null : { names: [...run.faults.names], leftOut: [...run.faults.leftOut] },
    command: facts.command,
    source: { ...facts.source },
    environment: {
      node: facts.machine.node,
      images: mergeRecords(delivered.map(({ result }) => result.stage.images)),
      versions: mergeRecords(delivered.map(({ result }) => result.stage.versions)),
      cpus: facts.machine.cpus,
      memoryBytes: facts.machine.memoryBytes,
      ...(facts.machine.processor === undefined ? {} : { processor: facts.machine.processor }),
      ...(facts.atOnce === undefined ? {} : { atOnce: facts.atOnce }),
      settings: mergeSettings(delivered.map(({ result }) => result)),
      notes: [...new Set(delivered.flatMap(({ result }) => result.stage.notes))],
    },
    verdict,
    headline: headline(verdict, covered, gates, {
      outside: outsideWords(run),
      leftOut: run.faults?.leftOut.length ?? 0,
      risks: platform === undefined ? 0 : platform.risks.length + (platform.unplayed ?? []).length,
    }),
    reasons: [
      ...gates.filter((gate) => gate.valid === false).map((gate) => `${gate.title}: ${gate.reason}`),
      // Before what failed because of it: a lost engine makes everything after it refuse a connection.
      ...delivered.flatMap(({ suite, result }) => endings(suite, result)),
      ...problems.map((problem) => problem.message),
      ...gates.filter((gate) => gate.valid === 'unknown').map((gate) => `${gate.title}: ${gate.reason}`),
      // Else there would be none at all, and no reason reads as: all that was judged is true.
      ...(problems.length === 0 && gates.every((gate) => gate.valid === 'not-judged') ? ['No gate was judged.'] : []),
    ],
    problems,
    coverage: {
      complete: covered.complete,
      begun: [...covered.begun],
      planned: [...facts.planned],
      delivered: delivered.map(({ suite }) => suite),
    },
    gates,
    phases: delivered.map(({ suite, result }) => toPhaseVerdict(suite, result)),
    ledger: sumLedgers(delivered),
    candidates: sumCandidates(delivered.flatMap(({ result }) => result.candidates ?? [])),
    generator,
    nearMisses: delivered.flatMap(({ suite, result }) => nearMisses(suite, result, run)),
    ...(platform === undefined ? {} : { platform }),
    configHash: configHash(run.profile, run.host, { ...run, faults: run.faults?.names }),
    ...(facts.comparison === undefined ? {} : { comparison: facts.comparison }),
  } satisfies RunVerdict)
}

/** 0 GO, 1 NO-GO, 2 INCONCLUSIVE. 3 (nothing rehearsed) never has a verdict. */
export function exitCodeOf(verdict: RunVerdict['verdict']): 0 | 1 | 2 {
  return ({ GO: 0, 'NO-GO': 1, INCONCLUSIVE: 2 } as const)[verdict]
}

type Delivered = Observation['delivered']

/** All phases without all of their faults are not the whole rehearsal, and neither is what is seen from outside. */
function coveredBy(delivered: Delivered, { faults, host }: Run): ReturnType<typeof coverage> {
  const covered = coverage(delivered.map(({ suite }) => suite))
  const whole = host !== 'external' && (faults === undefined || faults.leftOut.length === 0)
  return whole ? covered : { ...covered, scope: 'partial' }
}

/**
 * What the platform declares not to have, each with the checks that were therefore not judged, `<suite>/<check id>`.
 * Named also where no check needed it: that nothing could be judged there, or that it was judged all the same, is a risk
 * somebody must know. So is what could not be broken there. It does not make the run partial: nobody left it out, and no
 * rehearsal of this platform could have it.
 */
function composePlatform(
  { name, file, hash, lacks, unplayable = [] }: RunPlatform,
  delivered: Delivered,
  { profile, faults, host }: Run,
): NonNullable<RunVerdict['platform']> {
  // From outside the schedule is made of other faults.
  const suites = host === 'external' ? [] : delivered.map(({ suite }) => suite)
  const unplayed = unplayedBy(suites, profile, faults?.names, unplayable)
  return {
    name,
    file,
    hash,
    risks: lacks.map((capability) => ({
      capability,
      words: lackReason(capability),
      checks: delivered.flatMap(({ suite, result }) =>
        result.checks
          .filter((check) => check.valid === 'not-judged' && check.reason === lackReason(capability))
          .map((check) => `${suite}/${check.id}`),
      ),
    })),
    ...(unplayed.length === 0
      ? {}
      : { unplayed: unplayed.map(({ name, reason }) => ({ fault: name, words: reason })) }),
  }
}

function judge(gates: readonly GateVerdict[], problems: readonly Problem[]): RunVerdict['verdict'] {
  if (gates.some((gate) => gate.valid === false)) return 'NO-GO'
  const judged = gates.filter((gate) => gate.valid !== 'not-judged')
  if (problems.length > 0 || judged.length === 0 || judged.some((gate) => gate.valid !== true)) return 'INCONCLUSIVE'
  return 'GO'
}

function headline(
  verdict: RunVerdict['verdict'],
  covered: ReturnType<typeof coverage>,
  gates: readonly GateVerdict[],
  { outside, leftOut, risks }: { readonly outside: string; readonly leftOut: number; readonly risks: number },
): string {
  const notJudged = gates.filter((gate) => gate.valid === 'not-judged').length
  const left = notJudged === 0 ? '' : `, ${notJudged} ${notJudged === 1 ? 'gate' : 'gates'} not judged`
  const unjudged = `${left}${risks === 0 ? '' : `, ${risks} named ${risks === 1 ? 'risk' : 'risks'}`}`
  if (covered.scope === 'full') return `${verdict}${unjudged}`
  const less = leftOut === 0 ? '' : `, without ${leftOut} of the profile's faults`
  return `${verdict} (${describeCoverage(covered)}${outside}${less}, not a release decision)${unjudged}`
}

/** For the headline: how little could be seen. */
function outsideWords({ external }: Run): string {
  if (external === undefined) return ''
  return external.databaseVariable === undefined ? ', from outside without its database' : ', from outside'
}

function composeGates(delivered: Delivered, scope: RunVerdict['scope'], fromOutside: boolean): GateVerdict[] {
  const judged = delivered.flatMap(({ suite, result }) => result.checks.map((check) => ({ suite, check })))
  return (Object.keys(GATE_TITLES) as GateId[]).map((id) =>
    composeGate(
      id,
      judged.filter(({ check }) => check.gate === id),
      scope,
      fromOutside,
    ),
  )
}

function composeGate(
  id: GateId,
  own: readonly { readonly suite: string; readonly check: Verdict }[],
  scope: RunVerdict['scope'],
  fromOutside: boolean,
): GateVerdict {
  const checks = own.map(({ check }) => check)
  const merged = fromOutside ? mergeValidity(checks.map((check) => check.valid)) : mergeOf(id, checks)
  const valid = checks.length === 0 && scope === 'partial' ? 'not-judged' : merged
  return {
    id,
    title: GATE_TITLES[id],
    valid,
    reason: valid === true ? null : fromOutside ? outsideReason(own, valid, scope) : gateReason(own, valid, scope),
    ...gateMeasurement(own, valid),
    checks: own.map(({ suite, check }) => `${suite}/${check.id}`),
    examples: checks
      .filter((check) => check.valid !== true)
      .flatMap((check) => check.examples)
      .slice(0, EXAMPLES_PER_GATE)
      .map(copyViolation),
  }
}

/**
 * What no platform can declare away: a gate of these is judged, or it is unknown. From outside it is not judged: such a run
 * never claims the whole.
 */
const NEVER_LEFT_OUT: ReadonlySet<GateId> = new Set<GateId>([
  'zero-data-loss',
  'no-corrupted-sessions',
  'load-offered',
  'evidence-complete',
])

/**
 * A declared absence makes the gate not judged, unless something is false or unknown. Gates that cannot be declared away
 * are merged from what was judged; with nothing left they are unknown.
 */
function mergeOf(id: GateId, checks: readonly Verdict[]): GateVerdict['valid'] {
  const counted = NEVER_LEFT_OUT.has(id) ? checks.filter(({ valid }) => valid !== 'not-judged') : checks
  return mergeValidity(counted.map(({ valid }) => valid))
}

function gateReason(
  own: readonly { readonly suite: string; readonly check: Verdict }[],
  valid: GateVerdict['valid'],
  scope: RunVerdict['scope'],
): string {
  if (own.length === 0) {
    return scope === 'partial'
      ? 'no phase of this run checked it'
      : 'all phases ran and none of them checked it, so there is no evidence'
  }
  if (own.every(({ check }) => check.valid === 'not-judged') && valid === 'unknown') {
    return `all that it is judged by is declared absent, which this gate cannot be excused by: ${own.map(({ check }) => check.reason).join('; ')}`
  }
  return own
    .filter(({ check }) => check.valid === valid)
    .map(({ suite, check }) => `${check.reason ?? defaultReason(check)} [${suite}/${check.id}]`)
    .join('; ')
}

/** From outside much is not judged for the same reason, which is said once, beside what did hold. */
function outsideReason(
  own: readonly { readonly suite: string; readonly check: Verdict }[],
  valid: GateVerdict['valid'],
  scope: RunVerdict['scope'],
): string {
  if (valid !== 'not-judged' || own.length === 0) return gateReason(own, valid, scope)
  const ids = (some: typeof own) => some.map(({ suite, check }) => `${suite}/${check.id}`).join(', ')
  const holding = own.filter(({ check }) => check.valid === true)
  const left = Map.groupBy(
    own.filter(({ check }) => check.valid === 'not-judged'),
    ({ check }) => check.reason ?? defaultReason(check),
  )
  return [
    ...(holding.length === 0 ? [] : [`as far as it was seen it holds [${ids(holding)}]`]),
    ...[...left].map(([reason, some]) => `${reason} [${ids(some)}]`),
  ].join('; ')
}

function defaultReason(check: Verdict): string {
  return check.valid === false ? `${check.violations} violations of "${check.title}"` : `"${check.title}" is unknown`
}

/**
 * The figure that says most about the gate: furthest past its limit, or, of a gate that is true, nearest to it. What a
 * true check tolerates past a limit is a near miss, not the measure of the gate. Without any figure, violations against
 * the limit of none; violations, too, where a gate is false and every figure within its limit. Of a gate that is neither true
 * nor false nobody knows how many there are: none that were found, where not everything was looked at, would read as none.
 */
function gateMeasurement(
  own: readonly { readonly suite: string; readonly check: Verdict }[],
  valid: GateVerdict['valid'],
): Pick<GateVerdict, 'measured' | 'threshold' | 'bad' | 'unit' | 'figure'> {
  const figures = leading(own, valid).flatMap(({ suite, check }) =>
    (check.figures ?? []).map((figure) => ({ suite, figure })),
  )
  const byUse = figures
    .filter(({ figure }) => figure.measured !== null)
    .sort((one, other) => used(other.figure) - used(one.figure))
  const holding = valid === true ? byUse.find(({ figure }) => used(figure) <= 1) : undefined
  // A number within its limit beside a NO would say that nothing is wrong: what broke the gate has no figure.
  const broken = valid !== false || byUse[0] === undefined || used(byUse[0].figure) >= 1
  // Nothing measured: the first figure still tells the limit, with `measured: null`.
  const shown = broken ? (holding ?? byUse[0] ?? figures[0]) : undefined
  if (shown !== undefined) {
    const { label, measured, limit, unit, bad } = shown.figure
    return { measured, threshold: limit, bad, unit, figure: `${shown.suite}: ${label}` }
  }
  const judged = own.filter(({ check }) => typeof valid === 'boolean' && check.valid === valid)
  const violations = judged.reduce((sum, { check }) => sum + check.violations, 0)
  return {
    measured: judged.length === 0 ? null : violations,
    // Where a check has figures its limit is not "none", and which one was broken is for its reason to say.
    threshold: own.length === 0 || judged.some(({ check }) => (check.figures ?? []).length > 0) ? null : 0,
    bad: 'above',
    unit: 'violations',
    figure: null,
  }
}

/**
 * The checks whose figures speak for the gate: those that have its answer, and of them the one that has its name. The
 * line of the database pool shows the pool, not the number of connections, unless the connections are what broke it.
 */
function leading<Own extends { readonly check: Verdict }>(
  own: readonly Own[],
  valid: GateVerdict['valid'],
): readonly Own[] {
  const deciding = own.filter(({ check }) => check.valid === valid && (check.figures ?? []).length > 0)
  const named = deciding.filter(({ check }) => check.id === check.gate)
  if (named.length > 0) return named
  return deciding.length > 0 ? deciding : own
}

/**
 * Share of the limit that is used up: above 1 it is broken. An unmeasured figure uses nothing that is known. A share that
 * must not fall below its limit uses what is missing of the whole: 100 % of at least 95 % is no near miss.
 */
function used({ measured, limit, bad, unit }: Pick<Figure, 'measured' | 'limit' | 'bad' | 'unit'>): number {
  if (measured === null) return Number.NEGATIVE_INFINITY
  const share = bad === 'above' ? measured / limit : unit === 'share' ? (1 - measured) / (1 - limit) : limit / measured
  // 0 ÷ 0: nothing seen against a limit of nothing.
  return Number.isNaN(share) ? 0 : share
}

function undelivered(facts: RunFacts): Problem[] {
  if (facts.planned.length === 0) return [{ kind: 'no-phase', message: 'No phase was rehearsed.' }]
  const delivered = new Set(facts.observation.delivered.map(({ suite }) => suite))
  return facts.planned
    .filter((suite) => !delivered.has(suite))
    .map((suite) => ({ kind: 'no-result', message: `Phase ${suite} delivered no result.` }))
}

function endings(suite: string, result: PhaseResult): string[] {
  return result.checks
    .filter((check) => check.id === PHASE_COMPLETED.id && check.valid !== true)
    .map((check) => `Phase ${suite} did not run to its end: ${check.reason ?? defaultReason(check)}`)
}

function problemsOfPhase(suite: string, result: PhaseResult): Problem[] {
  const problems: Problem[] = []
  const add = (kind: string, message: string) => problems.push({ kind, message: `Phase ${suite}: ${message}` })
  if (result.checks.length === 0) add('no-check', 'checked nothing.')
  for (const fault of result.faults) {
    if (!fault.felt)
      add('fault-not-felt', `the fault "${fault.name}" was injected, but nothing shows that it was felt.`)
    if (fault.healedAt === null) add('fault-not-healed', `the fault "${fault.name}" was not healed.`)
  }
  // Where a check of the phase already says it, saying it twice would only bury the other reasons.
  const said = result.checks.some(
    ({ gate, valid }) => gate === 'load-offered' && (valid === false || valid === 'unknown'),
  )
  if (result.generator.valid !== true && !said) {
    const reasons = result.generator.reasons.join('; ')
    const state = result.generator.valid === false ? 'was not healthy' : 'is not known to have been healthy'
    add('generator', `the load generator ${state}${reasons === '' ? '' : `: ${reasons}`}.`)
  }
  if (result.candidates === null) {
    add('candidates', 'what became of the candidates is not known.')
    return problems
  }
  const { planned, ...classes } = result.candidates
  const classified = Object.values(classes).reduce((sum, members) => sum + members, 0)
  if (classified !== planned) {
    add('candidates', `${planned} candidates were planned, but ${classified} are accounted for.`)
  }
  return problems
}

function toPhaseVerdict(suite: string, result: PhaseResult): PhaseVerdict {
  return {
    id: suite,
    title: result.title,
    valid: mergeValidity(result.checks.map((check) => check.valid)),
    startedAt: result.startedAt,
    durationMs: result.durationMs,
    planHash: result.planHash,
    plan: [...result.plan],
    steps: result.steps.map(({ name, model, startedMs, durationMs }) => ({ name, model, startedMs, durationMs })),
    faults: result.faults.map((fault) => ({ ...fault })),
    checks: result.checks.map(copyCheck),
    latency: byStepAndOperation(result.steps, (step) => step.latency),
    serviceTime: byStepAndOperation(result.steps, (step) => step.serviceTime),
    ledger: { ...result.ledger },
    candidates: result.candidates === null ? null : { ...result.candidates },
    generator: { ...result.generator, reasons: [...result.generator.reasons] },
    stage: {
      images: { ...result.stage.images },
      versions: { ...result.stage.versions },
      startupMs: result.stage.startupMs,
      ...(result.stage.settings === undefined ? {} : { settings: { ...result.stage.settings } }),
      notes: [...result.stage.notes],
    },
  }
}

function copyCheck(check: Verdict): PhaseVerdict['checks'][number] {
  const { examples, figures, counts, affected, ...rest } = check
  return {
    ...rest,
    counts: { ...counts },
    examples: examples.map(copyViolation),
    ...(figures === undefined ? {} : { figures: figures.map((figure) => ({ ...figure })) }),
    ...(affected === undefined ? {} : { affected: [...affected] }),
  }
}

function copyViolation(violation: Verdict['examples'][number]): GateVerdict['examples'][number] {
  const { logLines, ...rest } = violation
  return {
    ...rest,
    ...(logLines === undefined ? {} : { logLines: [...logLines] }),
    operations: [...violation.operations],
    rows: [...violation.rows],
    requestIds: [...violation.requestIds],
  }
}

function byStepAndOperation(
  steps: readonly StepResult[],
  pick: (step: StepResult) => Readonly<Record<string, LatencySummary>>,
): Record<string, LatencySummary> {
  return Object.fromEntries(
    steps.flatMap((step) =>
      Object.entries(pick(step)).map(([operation, summary]) => [`${step.name}/${operation}`, { ...summary }]),
    ),
  )
}

const LEDGER_FIELDS = [
  'attempted',
  'ok',
  'fail',
  'info',
  'acknowledged',
  'lost',
  'staleOverwritten',
  'phantom',
  'recovered',
] as const satisfies readonly (keyof LedgerCounts)[]

/** A phase that did not measure a count is named, never counted as zero. */
function sumLedgers(delivered: Delivered): RunVerdict['ledger'] {
  const unmeasured: Record<string, string[]> = {}
  const sums = {} as Record<(typeof LEDGER_FIELDS)[number], number | null>
  for (const field of LEDGER_FIELDS) {
    sums[field] = null
    for (const { suite, result } of delivered) {
      const value = result.ledger[field]
      if (value === null) unmeasured[field] = [...(unmeasured[field] ?? []), suite]
      else sums[field] = (sums[field] ?? 0) + value
    }
  }
  return { ...sums, unmeasured }
}

function sumCandidates(all: readonly CandidateClasses[]): RunVerdict['candidates'] {
  if (all.length === 0) return null
  const add = (pick: (classes: CandidateClasses) => number) => all.reduce((sum, classes) => sum + pick(classes), 0)
  return {
    planned: add((classes) => classes.planned),
    unaffected: add((classes) => classes.unaffected),
    slowed: add((classes) => classes.slowed),
    recovered: add((classes) => classes.recovered),
    lostData: add((classes) => classes.lostData),
    neverStarted: add((classes) => classes.neverStarted),
    undecided: add((classes) => classes.undecided),
  }
}

/** The worst of each reading. A reading that one phase is missing is missing: the worst may have been there. */
function worstGenerator(results: readonly PhaseResult[]): RunVerdict['generator'] {
  const generators = results.map((result) => result.generator)
  const worst = (pick: (generator: PhaseResult['generator']) => number | null) => {
    const values = generators.map(pick).filter((value) => value !== null)
    return values.length === 0 || values.length < generators.length ? null : Math.max(...values)
  }
  return {
    cpu: worst((generator) => generator.cpu),
    eventLoopDelayP99Ms: worst((generator) => generator.eventLoopDelayP99Ms),
    eventLoopDelayMaxMs: worst((generator) => generator.eventLoopDelayMaxMs),
    dispatchLagP99Ms: worst((generator) => generator.dispatchLagP99Ms),
    rssBytes: worst((generator) => generator.rssBytes),
    valid: mergeValidity(generators.map((generator) => generator.valid)),
    reasons: [...new Set(generators.flatMap((generator) => generator.reasons))],
  }
}

/**
 * True, but within 20 % of a limit or tolerated past it. From the figures of the true checks; for a phase whose response-time check shows none,
 * from the p95 of each operation outside barriers, against the profile's limit.
 */
function nearMisses(suite: string, result: PhaseResult, run: Run): RunVerdict['nearMisses'] {
  const figures: Figure[] = result.checks.flatMap((check) => (check.valid === true ? (check.figures ?? []) : []))
  const showsResponseTime = result.checks.some(
    (check) => check.gate === 'response-time' && (check.figures ?? []).length,
  )
  if (!showsResponseTime) {
    for (const step of result.steps.filter(({ model }) => model !== 'barrier')) {
      for (const [operation, { p95Ms }] of Object.entries(step.latency)) {
        figures.push({
          label: `${step.name} ${operation} p95`,
          measured: p95Ms,
          limit: run.profile.thresholds.p95Ms,
          unit: 'ms',
          bad: 'above',
        })
      }
    }
  }
  return figures.flatMap((figure) => {
    const share = used(figure)
    if (figure.measured === null || share < NEAR_MISS_FROM) return []
    const { label, measured, limit, unit, bad } = figure
    return [{ phase: suite, label, measured, limit, bad, unit, used: Number.isFinite(share) ? share : null }]
  })
}

function combinedPlanHash(delivered: Delivered): string | null {
  if (delivered.length === 0) return null
  const hash = createHash('sha256')
  for (const { suite, result } of delivered) hash.update(`${suite}:${result.planHash}\n`)
  return hash.digest('hex')
}

/** Phases normally agree; where they do not, both values are shown. */
function mergeRecords(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const values = new Map<string, Set<string>>()
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) values.set(key, (values.get(key) ?? new Set()).add(value))
  }
  return Object.fromEntries([...values].map(([key, seen]) => [key, [...seen].join(' | ')]))
}

function mergeSettings(results: readonly PhaseResult[]): Record<string, string> | null {
  const read = results.flatMap(({ stage }) => (stage.settings === undefined ? [] : [stage.settings]))
  return read.length === 0 ? null : mergeRecords(read)
}
