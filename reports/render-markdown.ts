import type { GateVerdict, PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import {
  formatCount,
  formatCounts,
  formatDuration,
  formatMeasured,
  formatMebibytes,
  formatMs,
  formatPercentile,
  formatShare,
  NOT_MEASURED,
  upperBoundOfNone,
} from './figures.ts'
import { markdownCodeBlock, markdownText as text } from './hostile-text.ts'

/** Reasons on the first screen; the rest follows below. */
const REASONS_FIRST = 8

/**
 * The report of a run in Markdown. Pure; every text of the run is escaped, every number goes through `figures.ts`.
 * The first screen answers: GO or not, why, who was hit.
 */
export function renderMarkdown(verdict: RunVerdict): string {
  const sections = [
    summary(verdict),
    gates(verdict),
    phases(verdict),
    candidateClasses(verdict),
    violations(verdict),
    riskRegister(verdict),
    decisionList(verdict),
    signOff(verdict),
    planAndEnvironment(verdict),
    runAgain(verdict),
  ]
  return `${sections.join('\n\n')}\n`
}

function summary(verdict: RunVerdict): string {
  return [
    `# Exam-day rehearsal: ${text(verdict.headline)}`,
    [
      `**${verdict.verdict}** · profile ${text(verdict.profile)} · ${text(verdict.startedAt)}`,
      `· ${verdict.finishedAt === null ? 'not finished' : `took ${formatDuration(elapsedMs(verdict))}`}`,
      `· seed ${verdict.seed} · run ${text(verdict.runId)}`,
    ].join(' '),
    whyNotGo(verdict),
    `**Who was hit.** ${whoWasHit(verdict)}`,
    ledgerLine(verdict),
  ].join('\n\n')
}

function whyNotGo(verdict: RunVerdict): string {
  if (verdict.reasons.length === 0) return '**Why.** Every gate that was judged is true.'
  const first = verdict.reasons.slice(0, REASONS_FIRST).map((reason) => `- ${text(reason)}`)
  const more = verdict.reasons.length - REASONS_FIRST
  if (more > 0) first.push(`- … and ${more} more; see the gates and phases below.`)
  return `**Why.**\n\n${first.join('\n')}`
}

function whoWasHit({ candidates }: RunVerdict): string {
  if (candidates === null) return `Candidates: ${NOT_MEASURED}, no phase delivered a result.`
  const { planned, ...classes } = candidates
  const parts = Object.entries(classes).map(([name, count]) => `${CLASS_TITLES[name as keyof typeof classes]} ${count}`)
  return `Of ${planned} candidates: ${parts.join(', ')}.`
}

const CLASS_TITLES = {
  unaffected: 'unaffected',
  slowed: 'slowed',
  recovered: 'recovered',
  lostData: 'lost data',
  neverStarted: 'never started',
  undecided: 'undecided',
} as const satisfies Record<keyof Omit<NonNullable<RunVerdict['candidates']>, 'planned'>, string>

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

function ledgerLine({ ledger }: RunVerdict): string {
  if (ledger.attempted === null) return `**Ledger.** ${NOT_MEASURED}, no phase delivered a result.`
  const parts = (Object.keys(LEDGER_TITLES) as (keyof typeof LEDGER_TITLES)[]).map((field) => {
    const missing = ledger[field] === null ? [] : (ledger.unmeasured[field] ?? [])
    const without = missing.length === 0 ? '' : ` (${NOT_MEASURED} in ${missing.map(text).join(', ')})`
    return `${LEDGER_TITLES[field]} ${formatCount(ledger[field])}${without}`
  })
  const bound = upperBoundOfNone(ledger.lost, ledger.acknowledged)
  return `**Ledger.** ${parts.join(', ')}.${bound === undefined ? '' : ` Lost ${bound}.`}`
}

function gates(verdict: RunVerdict): string {
  const rows = verdict.gates.map((gate) => [
    text(gate.title),
    `**${answer(gate.valid)}**`,
    measuredCell(gate),
    gate.threshold === null ? '–' : formatMeasured(gate.threshold, gate.unit),
    text(gate.reason ?? ''),
  ])
  return `## Gates\n\n${table(['Gate', 'Holds', 'Measured', 'Limit', 'Why'], rows)}`
}

function measuredCell(gate: GateVerdict): string {
  const value = formatMeasured(gate.measured, gate.unit)
  return gate.figure === null ? value : `${value} (${text(gate.figure)})`
}

function answer(valid: GateVerdict['valid']): string {
  if (valid === true) return 'yes'
  return valid === false ? 'NO' : valid
}

function phases(verdict: RunVerdict): string {
  const missing = verdict.coverage.planned.filter((suite) => !verdict.coverage.delivered.includes(suite))
  const parts = [
    '## Phases',
    ...verdict.phases.map(phase),
    ...missing.map((suite) => `### ${text(suite)}\n\nDelivered no result.`),
  ]
  return parts.join('\n\n')
}

function phase(result: PhaseVerdict): string {
  const parts = [
    `### ${text(result.id)}: ${text(result.title)} (${answer(result.valid)})`,
    `Started ${text(result.startedAt)}, took ${formatDuration(result.durationMs)}; stage ready after ${formatDuration(result.stage.startupMs)}.`,
    `**Expected.**\n\n${result.plan.length === 0 ? 'No plan was delivered.' : result.plan.map((line) => `- ${text(line)}`).join('\n')}`,
    `**What happened.**`,
    stepTable(result),
    faultTable(result),
    latencyTable('Time from the instant the plan wanted it sent', result.latency),
    latencyTable('Time from the instant it was sent', result.serviceTime),
    `Load generator: ${generatorLine(result.generator)}`,
    `**Evidence.**`,
    checkTable(result),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function stepTable(result: PhaseVerdict): string {
  if (result.steps.length === 0) return 'No step was run.'
  const rows = result.steps.map((step) => [
    text(step.name),
    text(step.model),
    formatDuration(step.startedMs),
    formatDuration(step.durationMs),
  ])
  return table(['Step', 'Load model', 'Began, from the start of the run', 'Took'], rows)
}

function faultTable(result: PhaseVerdict): string {
  if (result.faults.length === 0) return ''
  const rows = result.faults.map((fault) => [
    text(fault.name),
    text(fault.injectedAt),
    fault.felt ? 'yes' : '**NO**',
    fault.healedAt === null ? '**not healed**' : text(fault.healedAt),
    formatDuration(fault.recoveryMs),
  ])
  return table(['Fault', 'Injected', 'Felt', 'Healed', 'Recovery'], rows)
}

function latencyTable(title: string, latency: PhaseVerdict['latency']): string {
  const entries = Object.entries(latency)
  if (entries.length === 0) return ''
  const rows = entries.map(([name, { count, errors, p50Ms, p95Ms, p99Ms, maxMs }]) => [
    text(name),
    formatCount(count),
    formatCount(errors),
    formatPercentile(p50Ms),
    formatPercentile(p95Ms),
    formatPercentile(p99Ms),
    formatMs(maxMs),
  ])
  return `${title}:\n\n${table(['Step / operation', 'n', 'Errors', 'p50', 'p95', 'p99', 'max'], rows)}`
}

function generatorLine(generator: RunVerdict['generator']): string {
  const parts = [
    `healthy: ${answer(generator.valid)}`,
    `cpu ${formatShare(generator.cpu)} of a core`,
    `event-loop delay p99 ${formatMs(generator.eventLoopDelayP99Ms)}, max ${formatMs(generator.eventLoopDelayMaxMs)}`,
    `dispatch lag p99 ${formatMs(generator.dispatchLagP99Ms)}`,
    `memory ${formatMebibytes(generator.rssBytes)}`,
    ...generator.reasons.map(text),
  ]
  return `${parts.join('; ')}.`
}

function checkTable(result: PhaseVerdict): string {
  if (result.checks.length === 0) return 'Nothing was checked.'
  const rows = result.checks.map((check) => [
    text(check.title),
    `**${answer(check.valid)}**`,
    formatCount(check.violations),
    text(formatCounts(check.counts)),
    text(check.reason ?? ''),
    text(check.id),
  ])
  return table(['Promise', 'Holds', 'Violations', 'Counted', 'Why', 'Check'], rows)
}

function candidateClasses(verdict: RunVerdict): string {
  const rows = verdict.phases.map(({ id, candidates }) => [
    text(id),
    ...(candidates === null
      ? ['planned', ...Object.keys(CLASS_TITLES)].map(() => NOT_MEASURED)
      : [candidates.planned, ...classCounts(candidates)].map(formatCount)),
  ])
  if (verdict.candidates !== null) {
    rows.push(['all phases', ...[verdict.candidates.planned, ...classCounts(verdict.candidates)].map(formatCount)])
  }
  const explained =
    'Every candidate of a phase is in exactly one class; who sat in two phases counts twice in the last row.'
  if (rows.length === 0) return `## Candidates\n\n${NOT_MEASURED}: no phase delivered a result.`
  return `## Candidates\n\n${explained}\n\n${table(['Phase', 'Planned', ...Object.values(CLASS_TITLES)], rows)}`
}

function classCounts(candidates: NonNullable<RunVerdict['candidates']>): number[] {
  return (Object.keys(CLASS_TITLES) as (keyof typeof CLASS_TITLES)[]).map((name) => candidates[name])
}

function violations(verdict: RunVerdict): string {
  const broken = verdict.phases.flatMap((result) =>
    result.checks.filter((check) => check.valid !== true).map((check) => ({ suite: result.id, check })),
  )
  if (broken.length === 0) return '## Violations\n\nNone was found by the checks of this run.'
  const parts = broken.map(({ suite, check }) => {
    const witnesses = check.examples.map((example) => {
      const about = [
        ...(example.candidate === undefined ? [] : [`candidate ${example.candidate}`]),
        ...(example.session === undefined ? [] : [`session ${example.session}`]),
        ...(example.question === undefined ? [] : [`question ${example.question}`]),
        ...(example.requestIds.length === 0 ? [] : [`requests ${example.requestIds.join(' ')}`]),
      ]
      const lines = [...example.operations, ...example.rows.map((row) => `row: ${JSON.stringify(row)}`)]
      return [
        `- ${text(example.summary)}${about.length === 0 ? '' : ` (${text(about.join(', '))})`}`,
        ...(lines.length === 0 ? [] : [indent(markdownCodeBlock(lines))]),
      ].join('\n\n')
    })
    const more = check.violations - check.examples.length
    return [
      `### ${text(suite)}: ${text(check.title)} (${answer(check.valid)})`,
      text(check.reason ?? `${check.violations} violations`),
      ...witnesses,
      ...(more > 0 && check.examples.length > 0 ? [`… and ${more} more like these.`] : []),
    ].join('\n\n')
  })
  return ['## Violations', ...parts].join('\n\n')
}

function riskRegister(verdict: RunVerdict): string {
  if (verdict.nearMisses.length === 0) {
    return '## Risk register\n\nNo measured number of this run is within 20 % of its limit.'
  }
  const rows = verdict.nearMisses.map((miss) => [
    text(miss.phase),
    text(miss.label),
    formatMeasured(miss.measured, miss.unit),
    formatMeasured(miss.limit, miss.unit),
    miss.used === null ? '–' : formatShare(miss.used),
  ])
  return `## Risk register\n\nHeld, but within 20 % of the limit, or past it as far as the check tolerates:\n\n${table(['Phase', 'What', 'Measured', 'Limit', 'Used'], rows)}`
}

function decisionList(verdict: RunVerdict): string {
  const items = verdict.gates.map((gate) => {
    const box = gate.valid === true ? '[x]' : '[ ]'
    return `- ${box} ${text(gate.title)}${gate.valid === true ? '' : `: **${answer(gate.valid)}**`}`
  })
  return `## GO / NO-GO list\n\n${items.join('\n')}\n\n**Verdict: ${text(verdict.headline)}**`
}

function signOff(verdict: RunVerdict): string {
  const release = verdict.scope === 'full' ? 'release' : 'record'
  const people = ['Technical lead', 'Operations', 'Examination office']
  return [
    `## Sign-off`,
    `For the ${release} of this result, by people:`,
    table(
      ['Role', 'Name', 'Date', 'Signature'],
      people.map((role) => [role, '', '', '']),
    ),
  ].join('\n\n')
}

function faultChoice({ faultChoice: choice }: RunVerdict): string {
  if (choice === null) return 'those of the profile'
  const missing = choice.leftOut.length === 0 ? '' : `; of the profile left out: ${choice.leftOut.join(', ')}`
  return `asked for: ${choice.names.join(', ')}${missing}`
}

function planAndEnvironment(verdict: RunVerdict): string {
  const { environment, source } = verdict
  const sha =
    source.sha === null ? 'not known' : `${source.sha}${source.dirty === true ? ' with uncommitted changes' : ''}`
  const rows: [string, string][] = [
    ['Scope', `${verdict.scope}: ${verdict.coverage.planned.join(', ')}`],
    ['Faults', faultChoice(verdict)],
    ['Host', `${verdict.host}: ${verdict.hostReason}`],
    ['Source', sha],
    ['Plan hash', verdict.planHash ?? NOT_MEASURED],
    ['Node.js', environment.node],
    ['CPUs', formatCount(environment.cpus)],
    ['Memory', formatMebibytes(environment.memoryBytes)],
    ...Object.entries(environment.versions).map(([name, version]): [string, string] => [`Version of ${name}`, version]),
    ...Object.entries(environment.images).map(([name, image]): [string, string] => [`Image of ${name}`, image]),
    ...(environment.settings === null
      ? [['Service settings', 'not read'] as [string, string]]
      : Object.entries(environment.settings)),
    ...environment.notes.map((note): [string, string] => ['Note', note]),
  ]
  return [
    '## Plan and environment',
    table(
      ['', ''],
      rows.map(([name, value]) => [text(name), text(value)]),
    ),
    `Load generator, worst of all phases: ${generatorLine(verdict.generator)}`,
  ].join('\n\n')
}

function runAgain(verdict: RunVerdict): string {
  return `## Run it again\n\n${markdownCodeBlock([verdict.command])}`
}

function elapsedMs(verdict: RunVerdict): number | null {
  return verdict.finishedAt === null ? null : Date.parse(verdict.finishedAt) - Date.parse(verdict.startedAt)
}

/** Cells are Markdown already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function indent(block: string): string {
  return block
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
