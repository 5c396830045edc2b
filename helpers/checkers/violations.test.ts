import { describe, expect, test } from 'vitest'
import { formatOperation } from './format-operation.ts'
import { modelExam } from './model-exam.ts'
import { collectFindings } from './violations.ts'

const CHECKER = { id: 'some-checker', title: 'Something holds', gate: 'zero-data-loss' } as const

describe('collecting findings', () => {
  const exam = modelExam()
  const collect = () => collectFindings(CHECKER, exam.history(), exam.expectations())

  test('nothing found is true, something undecided is unknown, something found is false', () => {
    expect(collect().conclude({})).toMatchObject({ valid: true, violations: 0, examples: [] })
    const undecided = collect()
    undecided.undecided('the first reason')
    undecided.undecided('another')
    expect(undecided.conclude({})).toMatchObject({ valid: 'unknown', reason: 'the first reason' })
    undecided.add({ summary: 'found' })
    expect(undecided.conclude({})).toMatchObject({ valid: false, reason: 'found' })
  })

  test('shows the first, the worst and the last, each once', () => {
    const findings = collect()
    for (const [summary, weight] of [
      ['a', 1],
      ['b', 9],
      ['c', 2],
      ['d', 9],
    ] as const) {
      findings.add({ summary, weight, candidate: `c-${summary}` })
    }
    const verdict = findings.conclude({})
    expect(verdict.examples.map((example) => example.summary)).toEqual(['a', 'b', 'd'])
    expect(verdict.reason).toBe('4 violations hitting 4 candidates; the worst: b')
    expect(verdict.affected).toEqual(['c-a', 'c-b', 'c-c', 'c-d'])
  })

  test('a witness is never longer than ten operations, and keeps beginning and end', () => {
    const busy = modelExam()
    busy.start('c-1')
    for (let version = 1; version <= 40; version++) busy.answer('c-1', 'q-1', { version })
    const findings = collectFindings(CHECKER, busy.history(), busy.expectations())
    findings.add({ summary: 'lost', candidate: 'c-1', session: 's-c-1', question: 'q-1' })
    const lines = findings.conclude({}).examples[0]?.operations ?? []
    expect(lines.map((line) => Number(/ v(\d+) /.exec(line)?.[1]))).toEqual([1, 2, 3, 34, 35, 36, 37, 38, 39, 40])
  })
})

describe('an operation on one line', () => {
  test('says what came of it, and which fault was active', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 3, value: 2, attempt: 2, fate: 'reply-lost' })
    const operation = [...exam.history().operations()][1]
    if (operation === undefined) throw new Error('two operations were made')
    const faults = [
      { name: 'kill-postgres', fromUs: 0, toUs: null },
      { name: 'cut-network', fromUs: 0, toUs: 3_999 },
      { name: 'pause-redis', fromUs: 6_001, toUs: null },
    ]
    expect(formatOperation(operation, faults)).toBe(
      '+0.004s save-answer v3 value=2 attempt 2 [main] -> info (time-out) 2 ms request=r-2 during kill-postgres',
    )
    expect(formatOperation({ ...operation, completedUs: null, worker: 'w1', status: 500, errorCode: 'X' })).toBe(
      '+0.004s save-answer v3 value=2 attempt 2 [main] -> info (time-out) HTTP 500 X never answered request=r-2 worker=w1',
    )
  })
})
