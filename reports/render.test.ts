import { describe, expect, test } from 'vitest'
import { create } from 'xmlbuilder2'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { allPhases, factsOf, runOf } from '../helpers/testing/run-facts-of.ts'
import type { Validity } from '../helpers/verdict.ts'
import { comparisonWords } from './comparison-words.ts'
import { renderConsole } from './render-console.ts'
import { renderFindings } from './render-findings.ts'
import { renderHtml } from './render-html.ts'
import { renderJunit } from './render-junit.ts'
import { renderMarkdown } from './render-markdown.ts'
import { renderJson } from './write-report.ts'

/** A run with something in every section, and no two numbers alike. */
const EVENTFUL: RunVerdict = composeVerdict(
  factsOf({
    results: {
      '2-load': phaseOf({
        checks: [
          checkOf({
            counts: { acknowledged: 4_800, lost: 3 },
            valid: false,
            violations: 3,
            reason: '3 answers are gone',
          }),
          checkOf({
            id: 'response-time',
            title: 'everything was quick enough',
            gate: 'response-time',
            figures: [{ label: 'steady save-answer p95', measured: 431, limit: 500, unit: 'ms', bad: 'above' }],
          }),
          checkOf({ id: 'pool', gate: 'database-pool', valid: 'unknown', reason: 'the pool could not be read' }),
        ],
        ledger: { ...phaseOf().ledger, lost: 3, staleOverwritten: 1, phantom: null },
        candidates: {
          planned: 413,
          unaffected: 371,
          slowed: 17,
          recovered: 12,
          lostData: 3,
          neverStarted: 8,
          undecided: 2,
        },
        faults: [
          {
            name: 'redis killed',
            injectedAt: '2026-03-02T08:01:00.000Z',
            felt: true,
            healedAt: '2026-03-02T08:01:05.000Z',
            recoveryMs: 977,
          },
        ],
      }),
    },
  }),
)

/** Everything that a reader can compare between renderings, by name. */
interface Figures {
  readonly candidates: Record<string, number>
  readonly ledger: Record<string, number>
  readonly latency: { count: number; errors: number; p50: number; p95: number; p99: number; max: number }
  readonly gates: Record<string, string>
}

describe('all renderings show the same numbers', () => {
  const expected: Figures = {
    candidates: {
      planned: 413,
      unaffected: 371,
      slowed: 17,
      recovered: 12,
      lostData: 3,
      neverStarted: 8,
      undecided: 2,
    },
    // phantom was not measured: no rendering may have a number for it.
    ledger: {
      attempted: 6_021,
      ok: 6_013,
      fail: 3,
      info: 5,
      acknowledged: 4_800,
      lost: 3,
      staleOverwritten: 1,
      recovered: 2,
    },
    latency: { count: 4_811, errors: 7, p50: 11.5, p95: 31.5, p99: 91.5, max: 141 },
    gates: {
      'zero-data-loss': '3 violations / 0 violations',
      'response-time': '431 ms / 500 ms',
      'database-pool': 'not measured / 0 violations',
    },
  }

  test('verdict.json', () => {
    const verdict = JSON.parse(renderJson(EVENTFUL)) as RunVerdict
    const {
      p50Ms: p50,
      p95Ms: p95,
      p99Ms: p99,
      maxMs: max,
      count,
      errors,
    } = verdict.phases[0]?.latency['steady/save-answer'] ?? never()
    const { unmeasured: _, ...ledger } = verdict.ledger
    expect(verdict.candidates).toEqual(expected.candidates)
    expect(ledger).toEqual({ ...expected.ledger, phantom: null })
    expect({ count, errors, p50, p95, p99, max }).toEqual(expected.latency)
    expect(verdict.gates.find(({ id }) => id === 'response-time')).toMatchObject({ measured: 431, threshold: 500 })
  })

  test('report.md', () => {
    const markdown = renderMarkdown(EVENTFUL)
    const rows = markdown
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    const row = (name: string, cells: number) =>
      rows.find((cells_) => cells_[0] === name && cells_.length === cells) ?? never()
    const [planned, unaffected, slowed, recovered, lostData, neverStarted, undecided] = row('all phases', 8)
      .slice(1)
      .map(Number)
    expect({ planned, unaffected, slowed, recovered, lostData, neverStarted, undecided }).toEqual(expected.candidates)
    const [count, errors, p50, p95, p99, max] = row('steady/save-answer', 7).slice(1).map(Number.parseFloat)
    expect({ count, errors, p50, p95, p99, max }).toEqual(expected.latency)
    const ledgerLine = /\*\*Ledger\.\*\* (.*)/.exec(markdown)?.[1] ?? never()
    const titles = {
      attempted: 'operations attempted',
      ok: 'ok',
      fail: 'certainly without effect',
      info: 'outcome unknown to the candidate',
      acknowledged: 'answers acknowledged',
      lost: 'lost',
      staleOverwritten: 'overwritten by an older one',
      recovered: 'unknown ones found saved',
    }
    const ledger = Object.fromEntries(
      Object.entries(titles).map(([name, title]) => [
        name,
        Number(new RegExp(`(?:^|, )${title} (\\d+)`).exec(ledgerLine)?.[1]),
      ]),
    )
    expect(ledger).toEqual(expected.ledger)
    expect(ledgerLine).toContain('never given by the candidate not measured,')
    for (const [id, said] of Object.entries(expected.gates)) {
      const title = EVENTFUL.gates.find((gate) => gate.id === id)?.title ?? never()
      const [, , measured, limit] = row(title, 5)
      expect(`${measured?.replace(/ \(.*\)$/, '')} / ${limit}`).toBe(said)
    }
  })

  test('report.html', () => {
    const page = renderHtml(EVENTFUL, new Map())
    const text = (fragment: string) =>
      fragment
        .replace(/<[^>]*>/g, '')
        .replaceAll('&gt;', '>')
        .trim()
    const rows = [...page.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => text(cell)),
    )
    const row = (name: string, cells: number) =>
      rows.find((each) => each[0] === name && each.length === cells) ?? never()
    const [planned, unaffected, slowed, recovered, lostData, neverStarted, undecided] = row('all phases', 8)
      .slice(1)
      .map(Number)
    expect({ planned, unaffected, slowed, recovered, lostData, neverStarted, undecided }).toEqual(expected.candidates)
    // The same once more on the first screen.
    const hit = [...page.matchAll(/<dd[^>]*>(\d+)<\/dd>/g)].map(([, count]) => Number(count))
    expect(hit).toEqual(Object.values(expected.candidates))
    const [count, errors, p50, p95, p99, max] = row('steady/save-answer', 7).slice(1).map(Number.parseFloat)
    expect({ count, errors, p50, p95, p99, max }).toEqual(expected.latency)
    const ledgerLine = /<strong>Ledger\.<\/strong> (.*?)<\/p>/.exec(page)?.[1] ?? never()
    expect(`**Ledger.** ${ledgerLine}`).toBe(/^\*\*Ledger\.\*\* .*$/m.exec(renderMarkdown(EVENTFUL))?.[0])
    for (const [id, said] of Object.entries(expected.gates)) {
      const title = EVENTFUL.gates.find((gate) => gate.id === id)?.title ?? never()
      const [, , measured, limit] = row(title, 5)
      expect(`${measured?.replace(/ \(.*\)$/, '')} / ${limit}`).toBe(said)
    }
    // And whatever else is a table in one of them is the same table in the other.
    const cells = (markdown: string) =>
      markdown
        .split('\n')
        .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
        .map((line) => line.slice(2, -2).replaceAll('**', '').split(' | '))
        .map((line) => line.map((cell) => cell.replace(/\\(.)/g, '$1').replaceAll('&gt;', '>').trim()))
    const known = new Set(rows.map((each) => each.join(' | ')))
    for (const line of cells(renderMarkdown(EVENTFUL)).filter((each) => each[0] !== '')) {
      expect(known).toContain(line.join(' | '))
    }
  })

  test('junit.xml', () => {
    const xml = renderJunit(EVENTFUL)
    const property = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(xml)?.[1]
    const read = (prefix: string, names: object) =>
      Object.fromEntries(Object.keys(names).map((name) => [name, Number(property(`${prefix}.${name}`))]))
    expect(read('candidates', expected.candidates)).toEqual(expected.candidates)
    expect(read('ledger', expected.ledger)).toEqual(expected.ledger)
    expect(property('ledger.phantom')).toBeUndefined()
    expect(xml).toContain('n 4811, errors 7, p50 11.5 ms, p95 31.5 ms, p99 91.5 ms, max 141 ms')
    for (const [id, said] of Object.entries(expected.gates)) {
      const [, measured, limit] =
        new RegExp(`name="${id}:[\\s\\S]*?measured (.*?) \\(limit (.*?)\\)`).exec(xml) ?? never()
      expect(`${measured} / ${limit}`).toBe(said)
    }
  })

  test('console', () => {
    const text = renderConsole(EVENTFUL, '/runs/1')
    const numbers = (line: string) =>
      [...(new RegExp(`^${line} .*$`, 'm').exec(text)?.[0] ?? never()).matchAll(/\d+/g)].map(Number)
    expect(numbers('Candidates')).toEqual(Object.values(expected.candidates))
    expect(numbers('Ledger')).toEqual(Object.values(expected.ledger))
    expect(text).toContain('phantom not measured')
    for (const said of Object.values(expected.gates)) expect(text).toContain(said.replace(' / ', ', limit '))
  })
})

describe('what was not measured cannot be printed as a number', () => {
  const nothing = composeVerdict(factsOf({ results: {}, planned: ['2-load'] }))

  test('a run without any result says so everywhere', () => {
    expect(renderMarkdown(nothing)).toContain('Candidates: not measured, no phase delivered a result.')
    expect(renderMarkdown(nothing)).toContain('**Ledger.** not measured, no phase delivered a result.')
    expect(renderConsole(nothing, '/runs/1')).toMatch(/Candidates {2}not measured\nLedger {6}not measured\n/)
    expect(renderJunit(nothing)).not.toMatch(/name="(ledger|candidates)\./)
    const page = renderHtml(nothing, new Map())
    expect(page).toContain('Candidates: not measured, no phase delivered a result.')
    expect(page).toContain('<strong>Ledger.</strong> not measured, no phase delivered a result.')
    expect(page).not.toContain('<dd')
  })

  test('a percentile without enough samples is "n too small", not 0', () => {
    const summary = { count: 4, errors: 0, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, p999Ms: null, maxMs: 5 }
    const [step] = phaseOf().steps
    const steps = [{ ...(step ?? never()), latency: { login: summary } }]
    const markdown = renderMarkdown(composeVerdict(factsOf({ results: { '2-load': phaseOf({ steps }) } })))
    expect(markdown).toContain('| steady/login | 4 | 0 | n too small | n too small | n too small | 5 ms |')
  })
})

describe('the report answers on its first screen', () => {
  test('GO or not, why, who was hit', () => {
    const [first = ''] = renderMarkdown(EVENTFUL).split('## Gates')
    expect(first).toContain('# Exam-day rehearsal: NO-GO (1 of 7 phases, not a release decision)')
    expect(first).toContain('3 answers are gone')
    expect(first).toContain(
      'Of 413 candidates: unaffected 371, slowed 17, recovered 12, lost data 3, never started 8, undecided 2.',
    )
  })

  test('what one phase did not measure is told beside the sum, and nothing is claimed of it', () => {
    const blind = phaseOf({ ledger: { ...phaseOf().ledger, lost: null }, candidates: null })
    const verdict = composeVerdict(factsOf({ results: { '2-load': phaseOf(), '4-integrity': blind } }))
    for (const text of [renderConsole(verdict, 'r'), renderMarkdown(verdict), renderHtml(verdict, new Map())]) {
      expect(text).toContain('lost 0 (not measured in 4-integrity)')
      expect(text).toMatch(/[Nn]ot known of 4.integrity/)
      expect(text).not.toContain('95 % confidence')
    }
    const xml = renderJunit(verdict)
    expect(xml).toContain('name="ledger.lost" value="0 (not measured in 4-integrity)"')
    expect(xml).toContain('name="candidates.unknown" value="Not known of 4-integrity."')
    expect(renderJunit(EVENTFUL)).not.toContain('candidates.unknown')
  })

  test('a check and a gate of which nobody knows have no number of violations', () => {
    const unread = checkOf({ valid: 'unknown', reason: 'the rows could not be read' })
    const verdict = composeVerdict(
      factsOf({ results: { '2-load': phaseOf({ checks: [checkOf({ id: 'other' }), unread] }) } }),
    )
    const markdown = renderMarkdown(verdict)
    expect(markdown).toMatch(/\| \*\*unknown\*\* \| not measured \| 0 violations \|/)
    expect(markdown).toMatch(/\| \*\*unknown\*\* \| not measured \| [^|]*\| the rows could not be read \|/)
    expect(renderConsole(verdict, 'r')).not.toContain('(0 violations, limit')
    expect(renderJunit(verdict)).not.toContain('measured 0 violations')
  })

  test('zero found is not over-read: the upper bound stands beside it', () => {
    expect(renderMarkdown(composeVerdict(factsOf()))).toContain('0 of 4800: with 95 % confidence fewer than 0.063 %')
  })

  test('what the platform lacks is a named risk in every rendering, and no violation', () => {
    const reason = 'the platform has no metrics of its own'
    const left = checkOf({ id: 'database-pool', title: 'reserve', gate: 'database-pool', valid: 'not-judged', reason })
    const verdict = composeVerdict(
      factsOf({
        results: { '2-load': phaseOf({ checks: [checkOf(), left] }), '4-integrity': phaseOf() },
        run: runOf({
          platform: {
            ...{ file: '/p.ts', name: 'tiny', hash: 'abc123', lacks: ['metrics', 'answerVersions'] },
            unplayable: ['backend-sweeper-stopped'],
          },
        }),
      }),
    )
    const markdown = renderMarkdown(verdict)
    const page = renderHtml(verdict, new Map())
    for (const text of [markdown, page, renderFindings(verdict)]) {
      expect(text.replaceAll('\\', '')).toContain(`${reason}; not judged: 2-load/database-pool`)
      expect(text).toContain('the platform has no version numbers on answers; no check of this run was left out for it')
    }
    for (const text of [markdown, page, renderFindings(verdict)])
      expect(text.replaceAll('\\', '')).toContain('backend-sweeper-stopped was not played: it holds a lock')
    expect(markdown).toContain('3 named risks')
    expect(markdown.replaceAll('\\', '')).toContain('tiny: /p.ts (abc123)')
    expect(markdown).toContain('None was found by the checks of this run.')
    expect(renderJunit(verdict)).toMatch(/<skipped message="[^"]*the platform has no metrics of its own/)
    expect(renderConsole(verdict, 'r')).toContain('[ - ] The database pool keeps its reserve (not judged)')
  })

  test('the first screen says where what to do next stands', () => {
    for (const verdict of [EVENTFUL, composeVerdict(factsOf())]) {
      expect(renderMarkdown(verdict).split('## Gates')[0]).toContain('findings.md beside this says what to fix')
      expect(renderHtml(verdict, new Map()).split('id="gates"')[0]).toContain('<a href="findings.md">findings.md</a>')
    }
  })

  test('where nothing was checked nothing is said to hold', () => {
    const verdict = composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks: [] }) } }))
    expect(renderMarkdown(verdict)).toContain('Nothing was checked, so nobody knows.')
    expect(renderHtml(verdict, new Map())).toContain('Nothing was checked, so nobody knows.')
  })

  test('every section is there', () => {
    const headings = [...renderMarkdown(EVENTFUL).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual([
      'Gates',
      'Phases',
      'Candidates',
      'Violations',
      'Risk register',
      'GO / NO-GO list',
      'Sign-off',
      'Plan and environment',
      'Run it again',
    ])
    const page = renderHtml(EVENTFUL, new Map())
    expect([...page.matchAll(/<h2 id="[a-z-]*">(.*?)<\/h2>/g)].map(([, heading]) => heading)).toEqual([
      'Why',
      'Who was hit',
      ...headings,
    ])
  })
})

describe('JUnit', () => {
  const totals = (verdict: RunVerdict) => /<testsuites ([^>]*)>/.exec(renderJunit(verdict))?.[1]

  test('false is a failure, unknown is an error, not judged is skipped', () => {
    const xml = renderJunit(EVENTFUL)
    expect(xml).toMatch(/name="zero-data-loss:[^>]*>\s*<failure message="3 answers are gone/)
    expect(xml).toMatch(/name="database-pool:[^>]*>\s*<error message="INCONCLUSIVE: the pool could not be read/)
    expect(xml).toMatch(/name="exam-mode:[^>]*>\s*<skipped/)
  })

  test('one case per gate, check, figure, latency and fault, and one for the whole', () => {
    // 1 whole + 12 gates + 3 checks + 1 figure + 1 latency + 1 fault; failures: whole, gate, check; errors: gate, check.
    expect(totals(EVENTFUL)).toBe('name="exam-day-rehearsal" tests="19" failures="3" errors="2" skipped="9"')
  })

  test('a figure that a true check tolerates past its limit is no failure of a GO run', () => {
    const lag = { label: 'dispatch lag p99', measured: 204, limit: 20, unit: 'ms', bad: 'above' } as const
    const cases = (valid: Validity) =>
      totals(
        composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks: [checkOf({ valid, figures: [lag] })] }) } })),
      )
    expect(cases(true)).toMatch(/failures="0" errors="0"/)
    // Nothing is proven against the platform: no case of an INCONCLUSIVE run may be a failure.
    expect(cases('unknown')).toMatch(/failures="0" errors="4"/)
    expect(cases(false)).toMatch(/failures="4"/)
  })

  test('a run that is inconclusive although every gate is true is an error', () => {
    const problems = [{ kind: 'interrupted', message: 'The run was interrupted: SIGINT.' }]
    expect(totals(composeVerdict(factsOf({ results: allPhases(), problems })))).toMatch(/failures="0" errors="1"/)
  })
})

test('a limit that must not be undercut is called the least', () => {
  const gates = EVENTFUL.gates.filter(({ id }) => id === 'response-time')
  const withSide = (bad: 'below' | undefined) => {
    const { bad: _, ...gate } = gates[0] ?? never()
    return { ...EVENTFUL, gates: [bad === undefined ? gate : { ...gate, bad }] }
  }
  expect(renderConsole(withSide('below'), '/runs/1')).toContain('(431 ms, limit at least 500 ms)')
  expect(renderConsole(withSide(undefined), '/runs/1')).toContain('(431 ms, limit 500 ms)')
})

test('numbers of which none was measured twice are not called the same', () => {
  const row = { kind: 'latency', phase: '2-load', label: 'p95', unit: 'ms', before: null, now: 4 } as const
  const baseline = { runId: 'r', finishedAt: null, verdict: 'GO', sha: null, seed: 1 } as const
  const words = (rows: readonly (typeof row & { change: 'unknown' })[]) =>
    comparisonWords({ baseline, reason: null, differences: [], worse: 0, better: 0, rows: [...rows] })
  expect(words([{ ...row, change: 'unknown' }])).toBe(
    'Compared with r (GO): of 1 numbers none could be compared, 1 not measured in one of the two.',
  )
  expect(words([])).toBe('Compared with r (GO): of 0 numbers none could be compared.')
})

test('findings: a fault that several phases played is one line of the runbook, with the longest recovery', () => {
  const played = (id: string, recoveryMs: number | null, felt = true) =>
    phaseOf({
      id,
      faults: [
        {
          name: 'redis killed',
          injectedAt: '2026-03-02T08:01:00.000Z',
          felt,
          healedAt: '2026-03-02T08:01:05.000Z',
          recoveryMs,
        },
      ],
    })
  const linesOf = (results: Record<string, ReturnType<typeof phaseOf>>) =>
    renderFindings(composeVerdict(factsOf({ results })))
      .split('## Add to the runbook')[1]
      ?.trim()
      .split('\n')
  expect(linesOf({ '1-freeze': played('1-freeze', 207), '4-integrity': played('4-integrity', 414) })).toEqual([
    '- "redis killed": back to normal at the latest 414 ms after it was healed, of 2 times; if it takes longer, escalate.',
  ])
  expect(
    linesOf({
      '1-freeze': played('1-freeze', 207),
      '2-load': played('2-load', null),
      '4-integrity': played('4-integrity', null, false),
    }),
  ).toEqual([
    '- "redis killed" could not be rehearsed in 4-integrity: nothing felt it. Do not rely on it.',
    '- "redis killed": recovery was not seen in 2-load; have a person at hand.',
    '- "redis killed": back to normal 207 ms after it was healed; if it takes longer, escalate.',
  ])
})

test('findings: what was not judged, or not checked at all, is no green', () => {
  const partial = renderFindings(composeVerdict(factsOf({ results: { '2-load': phaseOf() } })))
  expect(partial).toContain('## Fix\n\nNothing was found broken.')
  expect(partial).toMatch(/## Find out\n\n- Not judged in this run: .*Response times meet their SLO;/)
  expect(partial).not.toContain('Nothing was left unknown')
  const nothing = renderFindings(composeVerdict(factsOf({ results: {} })))
  expect(nothing).toContain('## Fix\n\nNothing was checked, so nobody knows.')
  const whole = renderFindings(composeVerdict(factsOf({ results: allPhases() })))
  expect(whole).toContain('Nothing was left unknown.')
})

test('findings: what to fix, to find out, to watch, and for the runbook', () => {
  const findings = renderFindings(EVENTFUL)
  expect(findings).toMatch(/## Fix\n\n- 2-load: .*3 answers are gone/)
  expect(findings).toMatch(/## Find out\n\n- 2-load: .*the pool could not be read/)
  expect(findings).toMatch(/## Watch\n\n- 2-load: steady save-answer p95 was 431 ms, limit 500 ms/)
  expect(findings).toMatch(/## Add to the runbook\n\n- "redis killed": back to normal 977 ms after/)
})

describe('text from the backend is data', () => {
  const HOSTILE = [
    'red \u001b[31mANSI\u001b[0m',
    'null \u0000 bell \u0007',
    '| a | cell |',
    '`code` and ``` fence',
    '</failure>]]><script>alert(1)</script>',
    '[link](https://evil.test) https://evil.test www.evil.test @everyone',
    '\n# Heading\n## GO\n- [x] done',
    'right-to-left \u202egnp.exe',
    'half \ud800 surrogate',
  ].join(' ')
  const witness = {
    summary: HOSTILE,
    candidate: HOSTILE,
    operations: [HOSTILE],
    rows: [{ [HOSTILE]: HOSTILE }],
    requestIds: [HOSTILE],
  }
  const broken = checkOf({
    id: HOSTILE,
    title: HOSTILE,
    valid: false,
    violations: 1,
    reason: HOSTILE,
    examples: [witness],
    counts: { [HOSTILE]: 1 },
  })
  const [step] = phaseOf().steps
  const verdict = composeVerdict(
    factsOf({
      results: {
        '2-load': phaseOf({
          title: HOSTILE,
          plan: [HOSTILE],
          checks: [broken],
          steps: [{ ...(step ?? never()), name: HOSTILE }],
          faults: [{ name: HOSTILE, injectedAt: HOSTILE, felt: true, healedAt: HOSTILE, recoveryMs: 1 }],
          generator: { ...phaseOf().generator, reasons: [HOSTILE] },
          stage: { ...phaseOf().stage, images: { postgres: HOSTILE }, notes: [HOSTILE] },
        }),
      },
      problems: [{ kind: 'entry-error', message: HOSTILE }],
    }),
  )
  const invisible = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u

  test('Markdown: no control character, no HTML, no link, no heading, no code fence of its own', () => {
    const markdown = renderMarkdown(verdict) + renderFindings(verdict)
    expect(markdown).not.toMatch(invisible)
    expect(markdown).toContain('\\\\x1b\\[31mANSI')
    const outsideCode = markdown.replace(/^( *)(`{3,})text\n[\s\S]*?\n\1\2$/gm, '')
    expect(outsideCode).not.toContain('<script>')
    expect(outsideCode).not.toMatch(/(?<!\\)\]\(/)
    expect(outsideCode).not.toContain('https://')
    expect(outsideCode).not.toContain('@everyone')
    expect(outsideCode).not.toMatch(/^#+ (Heading|GO)$/m)
    expect(outsideCode).not.toMatch(/(?<!\\)`/)
    // Every line of a table still has as many cells as its head.
    const tables = outsideCode.split('\n\n').filter((block) => block.startsWith('|'))
    for (const table of tables) {
      const cells = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length)
      expect(new Set(cells).size).toBe(1)
    }
  })

  test('XML: well-formed, and reads back as what was said, made visible', () => {
    const xml = renderJunit(verdict)
    expect(xml).not.toMatch(invisible)
    expect(xml).not.toContain('<script>')
    const said = create(xml).root().node.textContent ?? never()
    expect(said).toContain('</failure>]]><script>alert(1)</script>')
    expect(said).toContain('\\x1b[31mANSI')
  })

  test('HTML: no element, no attribute and no invisible character of its own', () => {
    const page = renderHtml(verdict, new Map())
    expect(page).not.toMatch(invisible)
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('\\x1b[31mANSI')
    expect(page).toContain('\\u{202e}gnp.exe')
  })

  test('HTML: a message of one megabyte is cut, wherever it stands', () => {
    const long = 'x'.repeat(1_000_000)
    const flooded = checkOf({
      valid: false,
      violations: 1,
      reason: long,
      affected: [long],
      examples: [{ summary: long, candidate: long, operations: [long], rows: [long], requestIds: [long] }],
    })
    const page = renderHtml(
      composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks: [flooded] }) } })),
      new Map(),
    )
    expect(page).toContain('more characters)')
    expect(page.length).toBeLessThan(60_000)
  })

  test('console: nothing that moves a cursor or changes a colour', () => {
    expect(renderConsole(verdict, '/runs/1')).not.toMatch(invisible)
  })

  test('a text of any length is cut, and the report says so', () => {
    const long = checkOf({ valid: false, violations: 1, reason: 'x'.repeat(100_000) })
    const markdown = renderMarkdown(composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks: [long] }) } })))
    expect(markdown).toContain('more characters)')
    expect(markdown.length).toBeLessThan(30_000)
  })
})

function never(): never {
  throw new Error('not found in the rendering')
}
