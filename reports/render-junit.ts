import { create } from 'xmlbuilder2'
import type { GateVerdict, PhaseVerdict, RunVerdict } from '../helpers/run-verdict.ts'
import { boundWords, formatCounts, formatDuration, formatMs, formatPercentile, measuredBeside } from './figures.ts'
import { visibleLines, visibleText } from './hostile-text.ts'
import { candidatesUnknown, ledgerCount, limitWords } from './report-sections.ts'

interface Case {
  readonly name: string
  readonly classname: string
  readonly valid: GateVerdict['valid']
  readonly message: string
  readonly detail: string
}

/**
 * The verdict as JUnit XML for pipelines: one case per gate, per check, per response-time figure and per fault. false
 * is `<failure>`, unknown is `<error>`, a gate that was not judged is `<skipped>`. Pure.
 *
 * One more case, `rehearsal/verdict`, says the whole: a run can be INCONCLUSIVE although no single gate is unknown,
 * and a pipeline that only counts cases must not take it for a pass.
 */
export function renderJunit(verdict: RunVerdict): string {
  const suites: [string, Case[], number | null][] = [
    ['rehearsal', [wholeCase(verdict)], null],
    ['gates', verdict.gates.map(gateCase), null],
    ...verdict.phases.map((phase): [string, Case[], number | null] => [phase.id, phaseCases(phase), phase.durationMs]),
  ]
  const all = suites.flatMap(([, cases]) => cases)
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'exam-day-rehearsal',
    ...totals(all),
  })
  for (const [name, cases, durationMs] of suites) {
    const suite = root.ele('testsuite', {
      name: visibleText(name),
      ...totals(cases),
      ...(durationMs === null ? {} : { time: String(durationMs / 1_000) }),
    })
    if (name === 'rehearsal') addProperties(suite.ele('properties'), verdict)
    for (const one of cases) addCase(suite, one)
  }
  return `${root.end({ prettyPrint: true })}\n`
}

type Node = ReturnType<ReturnType<typeof create>['ele']>

function addCase(suite: Node, one: Case): void {
  const node = suite.ele('testcase', { name: visibleText(one.name), classname: visibleText(one.classname) })
  const message = visibleText(one.message)
  const detail = visibleLines(one.detail)
  if (one.valid === false) node.ele('failure', { message }).txt(detail)
  else if (one.valid === 'unknown') node.ele('error', { message: `INCONCLUSIVE: ${message}` }).txt(detail)
  else if (one.valid === 'not-judged') node.ele('skipped', { message })
  else if (detail !== '') node.ele('system-out').txt(detail)
}

function totals(cases: readonly Case[]): Record<string, string> {
  const count = (valid: GateVerdict['valid']) => String(cases.filter((one) => one.valid === valid).length)
  return {
    tests: String(cases.length),
    failures: count(false),
    errors: count('unknown'),
    skipped: count('not-judged'),
  }
}

function addProperties(properties: Node, verdict: RunVerdict): void {
  const values: Record<string, string | number | null> = {
    verdict: verdict.verdict,
    headline: verdict.headline,
    scope: verdict.scope,
    run: verdict.runId,
    profile: verdict.profile,
    seed: verdict.seed,
    command: verdict.command,
    ...ledgerProperties(verdict.ledger),
    ...prefixed('candidates', verdict.candidates ?? {}),
    'candidates.unknown': verdict.candidates === null ? null : (candidatesUnknown(verdict)[0] ?? null),
  }
  for (const [name, value] of Object.entries(values)) {
    // Not measured: no property, so that nobody reads a number that is none.
    if (value !== null) properties.ele('property', { name, value: visibleText(String(value)) })
  }
}

/** A sum that some phase is missing from says so: a pipeline that wants a number must not take it for the whole. */
function ledgerProperties({ unmeasured, ...sums }: RunVerdict['ledger']): Record<string, string | null> {
  return Object.fromEntries(
    (Object.keys(sums) as (keyof typeof sums)[]).map((field) => [
      `ledger.${field}`,
      sums[field] === null ? null : ledgerCount({ unmeasured, ...sums }, field),
    ]),
  )
}

function prefixed(prefix: string, record: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${prefix}.${key}`, value]))
}

function wholeCase(verdict: RunVerdict): Case {
  const valid = ({ GO: true, 'NO-GO': false, INCONCLUSIVE: 'unknown' } as const)[verdict.verdict]
  return {
    name: 'verdict',
    classname: 'rehearsal',
    valid,
    message: verdict.headline,
    detail: verdict.reasons.join('\n'),
  }
}

function gateCase(gate: GateVerdict): Case {
  const limit = gate.threshold === null ? '' : ` (limit ${limitWords(gate)})`
  const measured = `measured ${measuredBeside(gate.measured, gate.threshold, gate.unit)}${limit}${gate.figure === null ? '' : `: ${gate.figure}`}`
  return {
    name: `${gate.id}: ${gate.title}`,
    classname: 'gates',
    valid: gate.valid,
    message: gate.reason ?? '',
    detail: [measured, ...gate.examples.flatMap(describeExample)].join('\n'),
  }
}

function phaseCases(phase: PhaseVerdict): Case[] {
  return [...phase.checks.map((check) => checkCase(phase, check)), ...figureCases(phase), ...faultCases(phase)]
}

function checkCase(phase: PhaseVerdict, check: PhaseVerdict['checks'][number]): Case {
  return {
    name: `${check.id}: ${check.title}`,
    classname: `${phase.id}.checks`,
    valid: check.valid,
    message: check.reason ?? `${check.violations} violations`,
    detail: [formatCounts(check.counts), ...check.examples.flatMap(describeExample)].join('\n'),
  }
}

/**
 * Each limit a check holds the platform to, and each latency distribution as measured. Where a check is true, so are
 * its figures: how far past a limit is tolerated (one window of many) is for the check to say, not for a rendering.
 */
function figureCases(phase: PhaseVerdict): Case[] {
  const figures = phase.checks.flatMap(({ figures = [], valid }) => figures.map((figure) => ({ ...figure, valid })))
  const classname = `${phase.id}.slo`
  return [
    ...figures.map(({ label, measured, limit, unit, bad, valid }): Case => {
      const said = `measured ${measuredBeside(measured, limit, unit)}, limit ${boundWords({ limit, unit, bad })}`
      const within = measured === null ? 'unknown' : bad === 'above' ? measured <= limit : measured >= limit
      return { name: label, classname, valid: figureValidity(valid, within), message: said, detail: said }
    }),
    ...Object.entries(phase.latency).map(([name, latency]): Case => {
      const { count, errors, p50Ms, p95Ms, p99Ms, maxMs } = latency
      const percentiles = `p50 ${formatPercentile(p50Ms)}, p95 ${formatPercentile(p95Ms)}, p99 ${formatPercentile(p99Ms)}`
      const detail = `n ${count}, errors ${errors}, ${percentiles}, max ${formatMs(maxMs)}`
      return { name: `${name} latency`, classname: `${phase.id}.measured`, valid: true, message: '', detail }
    }),
  ]
}

/** What is past its limit is a failure only where its check is false: an unknown check proves nothing against the platform. */
function figureValidity(valid: GateVerdict['valid'], within: Case['valid']): Case['valid'] {
  if (valid === true || valid === 'not-judged') return valid
  return valid === 'unknown' && within === false ? 'unknown' : within
}

function faultCases(phase: PhaseVerdict): Case[] {
  return phase.faults.map((fault) => {
    const detail = `injected ${fault.injectedAt}, healed ${fault.healedAt ?? 'never'}, recovery ${formatDuration(fault.recoveryMs)}`
    const proven = fault.felt && fault.healedAt !== null
    return {
      name: fault.name,
      classname: `${phase.id}.faults`,
      valid: proven ? true : 'unknown',
      message: proven ? '' : `${fault.felt ? '' : 'not felt '}${fault.healedAt === null ? 'not healed' : ''}`.trim(),
      detail,
    }
  })
}

function describeExample(example: GateVerdict['examples'][number]): string[] {
  return [
    example.summary,
    ...example.operations.map((line) => `  ${line}`),
    ...example.rows.map((row) => `  row: ${JSON.stringify(row)}`),
  ]
}
