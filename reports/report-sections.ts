import type { GateVerdict, PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { changeLines, comparisonWords } from './comparison-words.ts'
import {
  boundWords,
  formatCount,
  formatCounts,
  formatDuration,
  formatMebibytes,
  formatMs,
  formatPercentile,
  formatShare,
  measuredBeside,
  NOT_MEASURED,
  upperBoundOfNone,
} from './figures.ts'

/*
 * What the report says, before it is Markdown or HTML: words, figures and tables as plain text. Both renderings are
 * made from these, so that neither can say something else than the other. Nothing here is escaped; the renderers do
 * that, each in its own way.
 */

/** A cell of a table; `strong` is to be seen at a glance. */
export type Cell = string | { readonly strong: string }

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Reasons on the first screen; the rest follows below. */
export const REASONS_FIRST = 8

export const CLASS_TITLES = {
  unaffected: 'unaffected',
  slowed: 'slowed',
  recovered: 'recovered',
  lostData: 'lost data',
  neverStarted: 'never started',
  undecided: 'undecided',
} as const satisfies Record<keyof Omit<NonNullable<RunVerdict['candidates']>, 'planned'>, string>

export type CandidateClass = keyof typeof CLASS_TITLES
export const CANDIDATE_CLASSES = Object.keys(CLASS_TITLES) as readonly CandidateClass[]

const LEDGER_TITLES = {
  attempted: 'operations attempted',
  ok: 'ok',
  fail: 'certainly without effect',
  info: 'outcome unknown to the candidate',
  acknowledged: 'answers acknowledged',
  lost: 'lost',
  staleOverwritten: 'overwritten by an older one',
  phantom: 'never given by the candidate',
  recovered: 'unknown ones found saved',
} as const

/** Who is asked to sign. */
export const SIGNATORIES: readonly string[] = ['Technical lead', 'Operations', 'Examination office']

/** An answer in the words of the report. */
export function answer(valid: GateVerdict['valid']): string {
  if (valid === true) return 'yes'
  return valid === false ? 'NO' : valid
}

/** How long the whole run took, or that it has not finished. */
export function tookWords(verdict: RunVerdict): string {
  if (verdict.finishedAt === null) return 'not finished'
  return `took ${formatDuration(Date.parse(verdict.finishedAt) - Date.parse(verdict.startedAt))}`
}

export function whoWasHit(verdict: RunVerdict): string {
  const { candidates } = verdict
  if (candidates === null) return `Candidates: ${NOT_MEASURED}, no phase delivered a result.`
  const parts = CANDIDATE_CLASSES.map((name) => `${CLASS_TITLES[name]} ${candidates[name]}`)
  return [`Of ${candidates.planned} candidates: ${parts.join(', ')}.`, ...candidatesUnknown(verdict)].join(' ')
}

/** Whose candidates are in no class, in words for beside the sum of the others; empty: everybody is in one. */
export function candidatesUnknown(verdict: RunVerdict): readonly string[] {
  const unknown = [
    ...verdict.phases.filter(({ candidates }) => candidates === null).map(({ id }) => id),
    ...undelivered(verdict),
  ]
  return unknown.length === 0 ? [] : [`Not known of ${unknown.join(', ')}.`]
}

/** The sum that a reader can redo, on one line. */
export function ledgerWords({ ledger }: RunVerdict): string {
  if (ledger.attempted === null) return `${NOT_MEASURED}, no phase delivered a result.`
  const parts = (Object.keys(LEDGER_TITLES) as (keyof typeof LEDGER_TITLES)[]).map((field) => {
    return `${LEDGER_TITLES[field]} ${ledgerCount(ledger, field)}`
  })
  // What was acknowledged where nobody could look for losses proves nothing about them.
  const isWhole = [ledger.unmeasured.lost, ledger.unmeasured.acknowledged].every((phases) => phases === undefined)
  const bound = isWhole ? upperBoundOfNone(ledger.lost, ledger.acknowledged) : undefined
  return `${parts.join(', ')}.${bound === undefined ? '' : ` Lost ${bound}.`}`
}

/** A sum over the phases that measured it, with those that did not: `0 (not measured in 4-integrity)`. */
export function ledgerCount(ledger: RunVerdict['ledger'], field: keyof typeof LEDGER_TITLES): string {
  const missing = ledger[field] === null ? [] : (ledger.unmeasured[field] ?? [])
  const without = missing.length === 0 ? '' : ` (${NOT_MEASURED} in ${missing.join(', ')})`
  return `${formatCount(ledger[field])}${without}`
}

export function gateTable(verdict: RunVerdict): Table {
  return {
    head: ['Gate', 'Holds', 'Measured', 'Limit', 'Why'],
    rows: verdict.gates.map((gate) => [
      gate.title,
      { strong: answer(gate.valid) },
      measuredWords(gate),
      limitWords(gate),
      gate.reason ?? '',
    ]),
  }
}

/** What was measured for a gate, and of what. */
export function measuredWords(gate: GateVerdict): string {
  const value = measuredBeside(gate.measured, gate.threshold, gate.unit)
  return gate.figure === null ? value : `${value} (${gate.figure})`
}

/** `500 ms`, `at least 54`. */
export function limitWords({ threshold: limit, unit, bad }: GateVerdict): string {
  return limit === null ? '–' : boundWords({ limit, unit, bad })
}

/** Suites that were planned and delivered nothing. */
export function undelivered({ coverage }: RunVerdict): readonly string[] {
  return coverage.planned.filter((suite) => !coverage.delivered.includes(suite))
}

export function phaseHeading(phase: PhaseVerdict): string {
  return `${phase.id}: ${phase.title} (${answer(phase.valid)})`
}

export function phaseTimes(phase: PhaseVerdict): string {
  return `Started ${phase.startedAt}, took ${formatDuration(phase.durationMs)}; stage ready after ${formatDuration(phase.stage.startupMs)}.`
}

export function stepTable(phase: PhaseVerdict): Table {
  return {
    head: ['Step', 'Load model', 'Began, from the start of the run', 'Took'],
    rows: phase.steps.map((step) => [
      step.name,
      step.model,
      formatDuration(step.startedMs),
      formatDuration(step.durationMs),
    ]),
  }
}

export function faultTable(phase: PhaseVerdict): Table {
  return {
    head: ['Fault', 'Injected', 'Felt', 'Healed', 'Recovery'],
    rows: phase.faults.map((fault) => [
      fault.name,
      fault.injectedAt,
      fault.felt ? 'yes' : { strong: 'NO' },
      fault.healedAt ?? { strong: 'not healed' },
      formatDuration(fault.recoveryMs),
    ]),
  }
}

export const INTENDED_TITLE = 'Time from the instant the plan wanted it sent'
export const SERVICE_TITLE = 'Time from the instant it was sent'

export function latencyTable(latency: PhaseVerdict['latency']): Table {
  return {
    head: ['Step / operation', 'n', 'Errors', 'p50', 'p95', 'p99', 'max'],
    rows: Object.entries(latency).map(([name, { count, errors, p50Ms, p95Ms, p99Ms, maxMs }]) => [
      name,
      formatCount(count),
      formatCount(errors),
      formatPercentile(p50Ms),
      formatPercentile(p95Ms),
      formatPercentile(p99Ms),
      formatMs(maxMs),
    ]),
  }
}

export function generatorWords(generator: RunVerdict['generator']): string {
  const parts = [
    `healthy: ${answer(generator.valid)}`,
    `cpu ${formatShare(generator.cpu)} of a core`,
    `event-loop delay p99 ${formatMs(generator.eventLoopDelayP99Ms)}, max ${formatMs(generator.eventLoopDelayMaxMs)}`,
    `dispatch lag p99 ${formatMs(generator.dispatchLagP99Ms)}`,
    `memory ${formatMebibytes(generator.rssBytes)}`,
    ...generator.reasons,
  ]
  return `${parts.join('; ')}.`
}

export function checkTable(phase: PhaseVerdict): Table {
  return {
    head: ['Promise', 'Holds', 'Violations', 'Counted', 'Why', 'Check'],
    rows: phase.checks.map((check) => [
      check.title,
      { strong: answer(check.valid) },
      violationsWords(check),
      formatCounts(check.counts),
      check.reason ?? '',
      check.id,
    ]),
  }
}

/** None that were found, where nobody could look, are not none. */
function violationsWords({ valid, violations }: PhaseVerdict['checks'][number]): string {
  return typeof valid !== 'boolean' && violations === 0 ? NOT_MEASURED : formatCount(violations)
}

export const CANDIDATES_EXPLAINED =
  'Every candidate of a phase is in exactly one class; who sat in two phases counts twice in the last row.'

export function candidateTable(verdict: RunVerdict): Table {
  const row = (name: string, candidates: RunVerdict['candidates']): string[] => [
    name,
    ...(['planned', ...CANDIDATE_CLASSES] as const).map((each) => formatCount(candidates?.[each] ?? null)),
  ]
  return {
    head: ['Phase', 'Planned', ...Object.values(CLASS_TITLES)],
    rows: [
      ...verdict.phases.map(({ id, candidates }) => row(id, candidates)),
      ...(verdict.candidates === null ? [] : [row('all phases', verdict.candidates)]),
    ],
  }
}

/** One operation, row or fact that proves a violation. */
export interface Witness {
  readonly summary: string
  /** Whom and what it is about: candidate, session, question, request ids; may be empty. */
  readonly about: string
  /** Operations, oldest first, each naming the faults that were active; then rows as read. */
  readonly lines: readonly string[]
  readonly requestIds: readonly string[]
}

/** A check that is not true, with its witnesses. */
export interface BrokenPromise {
  readonly suite: string
  readonly check: PhaseVerdict['checks'][number]
  readonly heading: string
  readonly reason: string
  readonly witnesses: readonly Witness[]
  /** Violations beyond those witnesses. */
  readonly more: number
}

/** Where no violation is listed. */
export function noViolation({ phases }: RunVerdict): string {
  return phases.some(({ checks }) => checks.length > 0)
    ? 'None was found by the checks of this run.'
    : 'Nothing was checked, so nobody knows.'
}

export function brokenPromises(verdict: RunVerdict): readonly BrokenPromise[] {
  return verdict.phases.flatMap(({ id: suite, checks }) =>
    checks
      .filter(({ valid }) => valid !== true && valid !== 'not-judged')
      .map((check) => ({
        suite,
        check,
        heading: `${suite}: ${check.title} (${answer(check.valid)})`,
        reason: check.reason ?? `${check.violations} violations`,
        witnesses: check.examples.map(toWitness),
        more: check.examples.length === 0 ? 0 : Math.max(0, check.violations - check.examples.length),
      })),
  )
}

function toWitness(example: PhaseVerdict['checks'][number]['examples'][number]): Witness {
  const about = [
    ...(example.candidate === undefined ? [] : [`candidate ${example.candidate}`]),
    ...(example.session === undefined ? [] : [`session ${example.session}`]),
    ...(example.question === undefined ? [] : [`question ${example.question}`]),
    ...(example.requestIds.length === 0 ? [] : [`requests ${example.requestIds.join(' ')}`]),
  ]
  return {
    summary: example.summary,
    about: about.join(', '),
    lines: [
      ...example.operations,
      ...example.rows.map((row) => `row: ${JSON.stringify(row)}`),
      ...(example.logLines ?? []).map((line) => `log: ${line}`),
    ],
    requestIds: example.requestIds,
  }
}

/** Beside the report, and named on its first screen: what to do with what it says. */
export const FINDINGS_FILE = 'findings.md'

/** What that file holds; follows its name. */
export const FINDINGS_EXPLAINED = 'says what to fix, what to find out, what to watch, and what the runbook gains.'

export const NO_RISK = 'No measured number of this run is within 20 % of its limit.'

/** Heading of what follows; the sentence below it names the run, which `--baseline` may have chosen. */
export const COMPARED_TITLE = 'Compared with an earlier run'

/** What got better or worse since an earlier run; undefined where nothing was compared. */
export function comparedSection(
  verdict: RunVerdict,
): { readonly words: string; readonly differences: readonly string[]; readonly changes: Table } | undefined {
  const { comparison } = verdict
  if (comparison === undefined) return undefined
  return {
    words: comparisonWords(comparison),
    differences: comparison.differences,
    changes: {
      head: ['', 'Phase', 'What', 'Before', 'Now'],
      rows: changeLines(comparison).map(({ change, phase, label, before, now }) => [
        change === 'worse' ? { strong: change } : change,
        ...[phase, label, before, now],
      ]),
    },
  }
}

/**
 * What the platform declares not to have, each with what was therefore not judged, and what could not be broken there: risks
 * that somebody must accept.
 */
export function namedRisks({ platform }: RunVerdict): readonly string[] {
  if (platform === undefined) return []
  const { risks, unplayed = [] } = platform
  return [
    ...risks.map(({ words, checks }) =>
      checks.length === 0
        ? `${words}; no check of this run was left out for it`
        : `${words}; not judged: ${checks.join(', ')}`,
    ),
    ...unplayed.map(({ fault, words }) => `${fault} was not played: ${words}`),
  ]
}

export const NAMED_RISKS_EXPLAINED = 'Of this platform, and not proven to be harmless:'

export const RISK_EXPLAINED = 'Held, but within 20 % of the limit, or past it as far as the check tolerates:'

export function riskTable(verdict: RunVerdict): Table {
  return {
    head: ['Phase', 'What', 'Measured', 'Limit', 'Used'],
    rows: verdict.nearMisses.map((miss) => [
      miss.phase,
      miss.label,
      measuredBeside(miss.measured, miss.limit, miss.unit),
      boundWords(miss),
      miss.used === null ? '–' : formatShare(miss.used),
    ]),
  }
}

/** For what people sign: a whole run can be released, a partial one only put on record. */
export function signOffWords(verdict: RunVerdict): string {
  return `For the ${verdict.scope === 'full' ? 'release' : 'record'} of this result, by people:`
}

function faultChoiceWords({ faultChoice: choice }: RunVerdict): string {
  if (choice === null) return 'those of the profile'
  const missing = choice.leftOut.length === 0 ? '' : `; of the profile left out: ${choice.leftOut.join(', ')}`
  return `asked for: ${choice.names.join(', ')}${missing}`
}

/** What was rehearsed, on what, and with what. */
export function environmentRows(verdict: RunVerdict): readonly (readonly [string, string])[] {
  const { environment, source } = verdict
  const sha =
    source.sha === null ? 'not known' : `${source.sha}${source.dirty === true ? ' with uncommitted changes' : ''}`
  return [
    ['Scope', `${verdict.scope}: ${verdict.coverage.planned.join(', ')}`],
    ['Faults', faultChoiceWords(verdict)],
    ['Host', `${verdict.host}: ${verdict.hostReason}`],
    ...(verdict.platform === undefined
      ? []
      : [['Platform', `${verdict.platform.name}: ${verdict.platform.file} (${verdict.platform.hash})`] as const]),
    ['Source', sha],
    ['Plan hash', verdict.planHash ?? NOT_MEASURED],
    ['Node.js', environment.node],
    ['CPUs', formatCount(environment.cpus)],
    ['Processor', environment.processor ?? 'not known'],
    ['Memory', formatMebibytes(environment.memoryBytes)],
    ['Phases side by side', formatCount(environment.atOnce ?? null)],
    ...Object.entries(environment.versions).map(([name, version]) => [`Version of ${name}`, version] as const),
    ...Object.entries(environment.images).map(([name, image]) => [`Image of ${name}`, image] as const),
    ...(environment.settings === null
      ? [['Service settings', 'not read'] as const]
      : Object.entries(environment.settings)),
    ...environment.notes.map((note) => ['Note', note] as const),
  ]
}
