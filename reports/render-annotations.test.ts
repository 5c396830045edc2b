import { describe, expect, test } from 'vitest'
import { composeVerdict } from '../helpers/compose-verdict.ts'
import type { RunVerdict } from '../helpers/run-verdict.ts'
import { checkOf, phaseOf } from '../helpers/testing/phase-of.ts'
import { factsOf } from '../helpers/testing/run-facts-of.ts'
import { renderAnnotations } from './render-annotations.ts'

const annotationsOf = (...checks: ReturnType<typeof checkOf>[]) =>
  renderAnnotations(composeVerdict(factsOf({ results: { '2-load': phaseOf({ checks }) } })))
    .trimEnd()
    .split('\n')

describe('GitHub annotations', () => {
  test('false is an error, unknown a warning, GO says nothing', () => {
    const lines = annotationsOf(
      checkOf({ valid: false, violations: 3, reason: '3 answers are gone' }),
      checkOf({ id: 'pool', gate: 'database-pool', valid: 'unknown', reason: 'it could not be read' }),
    )
    expect(lines).toEqual([
      '::error title=Rehearsal::NO-GO (1 of 7 phases, not a release decision), 10 gates not judged',
      expect.stringMatching(
        /^::error title=NO-GO%3A No acknowledged answer is lost%2C overwritten or invented::3 answers/,
      ),
      expect.stringMatching(
        /^::warning title=INCONCLUSIVE%3A The database pool keeps its reserve::it could not be read/,
      ),
    ])
    expect(renderAnnotations(composeVerdict(factsOf()))).toBe('')
  })

  test('a text of the backend begins no command of its own', () => {
    const hostile = '100 %\r\n::error title=x::y\n::set-env name=PATH::/tmp %0A::warning::z'
    const lines = annotationsOf(checkOf({ valid: false, violations: 1, reason: hostile }))
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('100 %25 ⏎ ::error title=x::y')
    expect(lines[1]).toContain('%250A::warning')
  })

  test('what got worse is said to be so beside the run that it was compared with, whatever that was', () => {
    const comparison: RunVerdict['comparison'] = {
      baseline: { runId: '20260301T080000000Z-dev-7', verdict: 'NO-GO', finishedAt: null, sha: null, seed: 7 },
      ...{ reason: null, differences: [], worse: 1, better: 0 },
      rows: [
        {
          ...{ kind: 'latency', phase: '2-load', label: 'p95', unit: 'ms', before: 10, now: 90, change: 'worse' },
        },
      ],
    }
    const verdict = composeVerdict(factsOf({ comparison }))
    expect(renderAnnotations(verdict)).toContain('::warning title=Worse than in 20260301T080000000Z-dev-7::2-load: p95')
  })

  test('what GitHub would drop is counted', () => {
    const problems = Array.from({ length: 30 }, (_, index) => ({ kind: 'stray', message: `error ${index}` }))
    const lines = renderAnnotations(composeVerdict(factsOf({ problems })))
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('::warning title=Rehearsal::and 22 more; see the report')
  })
})
