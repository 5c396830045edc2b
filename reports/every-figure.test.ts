import { expect, test } from 'vitest'
import { compareRuns } from '../helpers/compare-runs.ts'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf } from '../helpers/testing/run-facts-of.ts'
import { formatDuration, formatMeasured, formatMebibytes, formatMs, formatShare, type Unit } from './figures.ts'
import { renderHtml } from './render-html.ts'
import { renderJunit } from './render-junit.ts'
import { renderMarkdown } from './render-markdown.ts'
import { renderJson } from './write-report.ts'

/*
 * Every number that verdict.json can hold, each one of its own, is read back from every rendering that shows it. A
 * number that is new in verdict.json fails this file until it is said here where it is shown, or why nowhere.
 */

type Kind = 'count' | 'ms' | 'duration' | 'share' | 'mebibytes' | 'as-unit'

interface Rule {
  /** Path in verdict.json; `*` is any index or name. */
  readonly path: string
  readonly kind: Kind
  /** `m` report.md, `h` report.html, `j` junit.xml. */
  readonly shown: string
}

const LEDGER = 'attempted ok fail info acknowledged lost staleOverwritten phantom recovered'.split(' ')
const CLASSES = 'planned unaffected slowed recovered lostData neverStarted undecided'.split(' ')
const rulesOf = (names: readonly string[], rule: Rule): Rule[] =>
  names.map((name) => ({ ...rule, path: `${rule.path}.${name}` }))

const LATENCY = (name: string, shown: string): Rule[] => [
  ...rulesOf(['count', 'errors'], { path: `phases.*.${name}.*`, kind: 'count', shown }),
  ...rulesOf(['p50Ms', 'p95Ms', 'p99Ms', 'maxMs'], { path: `phases.*.${name}.*`, kind: 'ms', shown }),
  // For comparing runs: the shape between the percentiles that people read.
  ...rulesOf(['p90Ms', 'p999Ms'], { path: `phases.*.${name}.*`, kind: 'ms', shown: '' }),
]
const GENERATOR = (path: string, shown: string): Rule[] => [
  { path: `${path}.cpu`, kind: 'share', shown },
  ...rulesOf(['eventLoopDelayP99Ms', 'eventLoopDelayMaxMs', 'dispatchLagP99Ms'], { path, kind: 'ms', shown }),
  { path: `${path}.rssBytes`, kind: 'mebibytes', shown },
]

const RULES: readonly Rule[] = [
  // The version of the file is for programs.
  { path: 'schema', kind: 'count', shown: '' },
  { path: 'seed', kind: 'count', shown: 'mhj' },
  { path: 'environment.cpus', kind: 'count', shown: 'mh' },
  { path: 'environment.atOnce', kind: 'count', shown: 'mh' },
  { path: 'environment.memoryBytes', kind: 'mebibytes', shown: 'mh' },
  // In words of its own, in the headline.
  { path: 'coverage.complete', kind: 'count', shown: '' },
  { path: 'gates.*.measured', kind: 'as-unit', shown: 'mhj' },
  { path: 'gates.*.threshold', kind: 'as-unit', shown: 'mhj' },
  ...rulesOf(LEDGER, { path: 'ledger', kind: 'count', shown: 'mhj' }),
  // The ledger of one phase is for programs; people are shown the sum, and which phases did not measure.
  ...rulesOf(LEDGER, { path: 'phases.*.ledger', kind: 'count', shown: '' }),
  ...rulesOf(CLASSES, { path: 'candidates', kind: 'count', shown: 'mhj' }),
  ...rulesOf(CLASSES, { path: 'phases.*.candidates', kind: 'count', shown: 'mh' }),
  ...GENERATOR('generator', 'mh'),
  ...GENERATOR('phases.*.generator', 'mh'),
  { path: 'phases.*.durationMs', kind: 'duration', shown: 'mh' },
  { path: 'phases.*.stage.startupMs', kind: 'duration', shown: 'mh' },
  { path: 'phases.*.steps.*.startedMs', kind: 'duration', shown: 'mh' },
  { path: 'phases.*.steps.*.durationMs', kind: 'duration', shown: 'mh' },
  { path: 'phases.*.faults.*.recoveryMs', kind: 'duration', shown: 'mhj' },
  ...LATENCY('latency', 'mhj'),
  ...LATENCY('serviceTime', 'mh'),
  { path: 'phases.*.checks.*.counts.*', kind: 'count', shown: 'mhj' },
  { path: 'phases.*.checks.*.violations', kind: 'count', shown: 'mh' },
  // One case each in junit.xml; people are shown the one that speaks for its gate, and the near misses.
  { path: 'phases.*.checks.*.figures.*.measured', kind: 'as-unit', shown: 'j' },
  { path: 'phases.*.checks.*.figures.*.limit', kind: 'as-unit', shown: 'j' },
  { path: 'nearMisses.*.measured', kind: 'as-unit', shown: 'mh' },
  { path: 'nearMisses.*.limit', kind: 'as-unit', shown: 'mh' },
  { path: 'nearMisses.*.used', kind: 'share', shown: 'mh' },
  { path: 'comparison.worse', kind: 'count', shown: 'mh' },
  { path: 'comparison.better', kind: 'count', shown: 'mh' },
  { path: 'comparison.rows.*.before', kind: 'as-unit', shown: 'mh' },
  { path: 'comparison.rows.*.now', kind: 'as-unit', shown: 'mh' },
  // Named by its run, which ends in the seed, and in words where it is another one.
  { path: 'comparison.baseline.seed', kind: 'count', shown: '' },
]

/** A run with a number wherever one can be. */
function fullVerdict(): RunVerdict {
  const [step] = phaseOf().steps
  if (step === undefined) throw new Error('no step')
  const summary = { ...step.latency['save-answer'], p999Ms: 120 } as NonNullable<(typeof step.latency)[string]>
  const fault = { name: 'redis-killed', injectedAt: 'then', felt: true, healedAt: 'later' }
  const figure = (measured: number, unit: 'ms' | 's' | 'share' | 'count') =>
    ({ label: `a limit in ${unit}`, measured, limit: 500, unit, bad: 'above' }) as const
  const phase = (slower: number) =>
    phaseOf({
      steps: [
        { ...step, latency: { 'save-answer': { ...summary, p95Ms: 100 * slower } }, serviceTime: { login: summary } },
      ],
      checks: [
        checkOf({ valid: false, violations: 3, reason: 'answers are gone' }),
        checkOf({ id: 'near', gate: 'response-time', figures: [figure(431, 'ms'), figure(450, 's')] }),
        checkOf({ id: 'many', gate: 'database-pool', figures: [figure(0.9, 'share'), figure(9, 'count')] }),
      ],
      faults: [{ ...fault, recoveryMs: 5_000 / slower }],
    })
  const facts = (slower: number) => factsOf({ results: { '2-load': phase(slower), '4-integrity': phase(slower) } })
  const now = composeVerdict(facts(4))
  const before = { ...composeVerdict(facts(1)), seed: 1 }
  const comparison = compareRuns({ verdict: now, work: {} }, { verdict: before, work: {} })
  // Those that are neither better nor worse are in verdict.json alone.
  const rows = comparison.rows.filter(({ change }) => change === 'worse' || change === 'better')
  expect(rows.length).toBeGreaterThan(1)
  return composeVerdict({ ...facts(4), comparison: { ...comparison, rows } })
}

interface Leaf {
  readonly path: string
  readonly rule: Rule
  readonly said: string
}

/** The verdict with another number in each place, and what each is called for people. */
function renumbered(verdict: RunVerdict): { readonly verdict: RunVerdict; readonly leaves: Leaf[] } {
  const leaves: Leaf[] = []
  const unruled: string[] = []
  const walk = (value: unknown, path: string, parent: object): unknown => {
    if (typeof value === 'number') {
      const rule = RULES.find((one) => matches(one.path, path))
      if (rule === undefined) {
        unruled.push(path)
        return value
      }
      const { unit } = parent as { unit?: Unit }
      const number = numberOf(rule.kind, unit, leaves.length + 1)
      leaves.push({ path, rule, said: sayingOf(rule.kind, unit, number) })
      return number
    }
    if (Array.isArray(value)) return value.map((inner, index) => walk(inner, `${path}.${index}`, value))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, walk(inner, path === '' ? key : `${path}.${key}`, value)]),
    )
  }
  const changed = walk(verdict, '', verdict) as RunVerdict
  expect(unruled, 'numbers of which nobody has said where they are shown').toEqual([])
  return { verdict: changed, leaves }
}

function matches(rule: string, path: string): boolean {
  const [wanted, seen] = [rule.split('.'), path.split('.')]
  return wanted.length === seen.length && wanted.every((part, index) => part === '*' || part === seen[index])
}

/** A number that no other has, also not when it is rounded for people. */
function numberOf(kind: Kind, unit: Unit | undefined, position: number): number {
  switch (kind === 'as-unit' ? unit : kind) {
    case 'duration':
      return 1_000_000 + 1_000 * position
    case 'share':
      return 20 + 0.0137 * position
    case 'mebibytes':
      return (500_000 + 7 * position) * 1_048_576
    case 's':
      return 40_000 + 0.3 * position
    default:
      return 7_000_000 + 11 * position
  }
}

function sayingOf(kind: Kind, unit: Unit | undefined, value: number): string {
  if (kind === 'as-unit') return formatMeasured(value, unit ?? never())
  if (kind === 'duration') return formatDuration(value)
  if (kind === 'share') return formatShare(value)
  if (kind === 'mebibytes') return formatMebibytes(value)
  return kind === 'ms' ? formatMs(value) : String(value)
}

const { verdict, leaves } = renumbered(fullVerdict())

test('every rule is of a number that is there', () => {
  const used = new Set(leaves.map(({ rule }) => rule.path))
  expect(RULES.map(({ path }) => path).filter((path) => !used.has(path))).toEqual([])
})

test('no two numbers look alike', () => {
  expect(new Set(leaves.map(({ said }) => said)).size).toBe(leaves.length)
})

test('verdict.json holds each of them as it is', () => {
  expect(JSON.parse(renderJson(verdict))).toEqual(verdict)
})

test.each([
  ['report.md', 'm', renderMarkdown],
  ['report.html', 'h', (of: RunVerdict) => renderHtml(of, new Map())],
  ['junit.xml', 'j', renderJunit],
] as const)('%s shows each that it is to show, and none that it is not', (_, letter, render) => {
  const text = render(verdict)
  const isShown = (said: string) => new RegExp(`(?<![\\d.])${said.replace('.', '\\.')}(?!\\.?\\d)`).test(text)
  const [to, not] = [
    leaves.filter(({ rule }) => rule.shown.includes(letter)),
    leaves.filter(({ rule }) => !rule.shown.includes(letter)),
  ]
  expect(to.length).toBeGreaterThan(50)
  expect(to.filter(({ said }) => !isShown(said)).map(({ path, said }) => `${path}: ${said}`)).toEqual([])
  expect(not.filter(({ said }) => isShown(said)).map(({ path, said }) => `${path}: ${said}`)).toEqual([])
})

function never(): never {
  throw new Error('a measured number has no unit')
}
