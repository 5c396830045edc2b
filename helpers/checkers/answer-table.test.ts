import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnswerLedger, AnswerRecord, SaveAnswer, VersionRecord } from './answer-ledger.ts'
import { createAnswerTable } from './answer-table.ts'

/** An attempt at the answer to question `q` of session `s`. */
function attempt(s: number, q: number, fields: Partial<SaveAnswer> = {}): SaveAnswer {
  return {
    ...{
      index: 0,
      timeUs: 1,
      intendedUs: 1,
      candidate: `c-${s}`,
      connection: 'main',
      f: 'save-answer',
      step: 'steady',
    },
    ...{ requestId: 'r-1', attempt: 1, session: `s-${s}`, question: `q-${q}`, version: 1, value: 1, nonce: 'e-1' },
    ...{ outcome: 'ok', completedUs: 10, reason: 'success' },
    ...fields,
  }
}

function tableOf(attempts: readonly SaveAnswer[], rowsAtATime?: number): AnswerLedger {
  const table = createAnswerTable(rowsAtATime)
  for (const one of attempts) table.record(one)
  return table
}

/** With its fields in itself, to compare. */
function copyVersion(version: VersionRecord): VersionRecord {
  const { version: number, nonce, otherNonces, value, marked, ok, info, fail, firstPossibleUs, firstOkUs } = version
  return { version: number, nonce, otherNonces, value, marked, ok, info, fail, firstPossibleUs, firstOkUs }
}

function copyAnswer({ candidate, session, question, versions, acked }: AnswerRecord): AnswerRecord {
  return { candidate, session, question, versions: versions.map(copyVersion), acked: acked && copyVersion(acked) }
}

/** By session, in order. */
const copyLedger = (ledger: AnswerLedger): readonly (readonly [string, readonly AnswerRecord[]])[] =>
  Array.from(ledger, ([session, answers]) => [session, Array.from(answers.values(), copyAnswer)] as const)

/** The same fold, written down as plainly as it can be. */
function foldPlainly(attempts: readonly SaveAnswer[]): readonly (readonly [string, readonly AnswerRecord[]])[] {
  const bySession = Map.groupBy(attempts, ({ session }) => session)
  return Array.from(bySession, ([session, ofSession]) => {
    const byQuestion = Map.groupBy(ofSession, ({ question }) => question)
    return [session, Array.from(byQuestion.values(), answerOf)] as const
  })
}

function answerOf(attempts: readonly SaveAnswer[]): AnswerRecord {
  const { candidate, session, question } = attempts[0] as SaveAnswer
  const versions = Array.from(Map.groupBy(attempts, ({ version }) => version).values(), versionOf)
  const acked = versions.filter(({ ok }) => ok > 0).toSorted((one, other) => other.version - one.version)
  return { candidate, session, question, versions, acked: acked[0] ?? null }
}

function versionOf(attempts: readonly SaveAnswer[]): VersionRecord {
  const { version, value } = attempts[0] as SaveAnswer
  const { timeUs } = attempts.find(({ outcome }) => outcome !== 'fail') ?? (attempts[0] as SaveAnswer)
  const [nonce, ...otherNonces] = new Set(attempts.flatMap((one) => one.nonce ?? []))
  const acknowledged = attempts.filter(({ outcome }) => outcome === 'ok')
  const times = acknowledged.flatMap(({ completedUs }) => completedUs ?? [])
  const marks = acknowledged.flatMap(({ told }) =>
    told?.kind === 'answer' && (told.version ?? version) === version && told.marked !== undefined ? told.marked : [],
  )
  const count = (of: string): number => attempts.filter(({ outcome }) => outcome === of).length
  return {
    ...{ version, nonce, otherNonces, value, marked: marks[0] },
    ...{ ok: count('ok'), info: count('info'), fail: count('fail') },
    ...{ firstPossibleUs: timeUs, firstOkUs: times.length === 0 ? null : Math.min(...times) },
  }
}

const told = fc.record({
  version: fc.option(fc.integer({ min: 1, max: 4 })),
  marked: fc.option(fc.boolean(), { nil: undefined }),
})

const anyAttempt = fc
  .record({
    s: fc.integer({ min: 0, max: 5 }),
    q: fc.integer({ min: 0, max: 6 }),
    version: fc.integer({ min: 1, max: 4 }),
    value: fc.constantFrom(0, 1, 4, null, undefined),
    nonce: fc.constantFrom('e-1', 'e-2', 'e-3', undefined),
    outcome: fc.constantFrom('ok' as const, 'info' as const, 'fail' as const),
    timeUs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    completedUs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    told: fc.option(told, { nil: undefined }),
  })
  .map(({ s, q, told: reply, value, nonce, ...fields }) =>
    attempt(s, q, {
      ...fields,
      value: value as never,
      nonce: nonce as never,
      ...(reply === undefined
        ? {}
        : {
            told: {
              kind: 'answer',
              session: `s-${s}`,
              superseded: false,
              question: `q-${q}`,
              value: 1,
              ...reply,
            } as never,
          }),
    }),
  )

describe('a table of answers', () => {
  test('holds what the plainest fold finds, whatever was tried, in rooms of whatever size', () => {
    fc.assert(
      fc.property(
        fc.array(anyAttempt, { maxLength: 200, size: 'max' }),
        fc.constantFrom(1, 2, 64, undefined),
        (attempts, rows) => {
          const table = tableOf(attempts, rows)
          const expected = foldPlainly(attempts)
          expect(copyLedger(table)).toEqual(expected)
          expect(table.size).toBe(expected.length)
          for (const [session, answers] of expected) {
            for (const answer of answers) {
              expect(copyAnswer(table.get(session)?.get(answer.question) as AnswerRecord)).toEqual(answer)
            }
          }
        },
      ),
    )
  })

  test('finds each of very many answers, and none that nobody tried', () => {
    const [sessions, questions] = [300, 70]
    const table = createAnswerTable()
    for (let q = 0; q < questions; q += 1) {
      for (let s = 0; s < sessions; s += 1) table.record(attempt(s, q, { nonce: `e-${s}-${q}`, timeUs: s * 100 + q }))
    }
    for (let s = 0; s < sessions; s += 1) {
      const answers = table.get(`s-${s}`)
      for (let q = 0; q < questions; q += 1) {
        const answer = answers?.get(`q-${q}`)
        expect([answer?.candidate, answer?.session, answer?.question]).toEqual([`c-${s}`, `s-${s}`, `q-${q}`])
        expect(answer?.versions).toMatchObject([{ nonce: `e-${s}-${q}`, firstPossibleUs: s * 100 + q }])
      }
      expect([...(answers?.values() ?? [])]).toHaveLength(questions)
      expect(answers?.get('q-none')).toBeUndefined()
    }
    table.record(attempt(sessions, questions))
    expect(table.get('s-0')?.get(`q-${questions}`)).toBeUndefined()
    expect(table.get('s-none')).toBeUndefined()
    expect([table.has('s-none'), table.has('s-0'), table.size]).toEqual([false, true, sessions + 1])
  })

  test('shows what was added since it was asked', () => {
    const table = createAnswerTable()
    expect([...table]).toEqual([])
    table.record(attempt(1, 1))
    const answers = table.get('s-1')
    table.record(attempt(1, 2, { version: 2 }))
    expect(Array.from(answers?.values() ?? [], ({ question }) => question)).toEqual(['q-1', 'q-2'])
  })
})
