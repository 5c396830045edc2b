import { describe, expect, test } from 'vitest'
import type { Told } from '../history/operation.ts'
import { judge, modelExam, quietDay } from './model-exam.ts'
import { readYourWrites } from './read-your-writes.ts'

/** Change what the last read showed for one question. */
function showInstead(
  exam: ReturnType<typeof modelExam>,
  question: string,
  version: number | null,
  value: number | null,
) {
  const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'paper')
  if (read?.type !== 'ok' || read.told?.kind !== 'paper') throw new Error('nothing was read')
  const answers = read.told.answers.map((answer) =>
    answer.question === question ? { question, version, value } : answer,
  )
  read.told = { ...read.told, answers } satisfies Told
}

describe('read your writes (C11)', () => {
  test('sane: every read shows what was acknowledged before it', () => {
    expect(judge(readYourWrites, quietDay())).toMatchObject({
      valid: true,
      counts: { reads: 6, compared: 16, stale: 0 },
    })
  })

  test('violated: an older version, or none, is shown', () => {
    for (const [version, value] of [
      [1, 4],
      [null, null],
    ] as const) {
      const exam = quietDay()
      showInstead(exam, 'q-2', version, value)
      const verdict = judge(readYourWrites, exam)
      expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-2'] })
      // The witness shows both versions of the answer and the read itself.
      expect(verdict.examples[0]?.operations.join('\n')).toMatch(
        /save-answer v1[\s\S]*save-answer v2[\s\S]*read-session/,
      )
    }
  })

  test('violated: the question is left out altogether', () => {
    const exam = quietDay()
    const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'paper')
    if (read?.type === 'ok' && read.told?.kind === 'paper') read.told = { ...read.told, answers: [] }
    expect(judge(readYourWrites, exam)).toMatchObject({ valid: false, violations: 3 })
  })

  test('pathological: what is acknowledged while a read is under way need not be shown', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1 })
    exam.answer('c-1', 'q-1', { version: 2, overlaps: true })
    exam.read('c-1', { connection: 'second-device' })
    exam.answer('c-1', 'q-2')
    exam.read('c-1')
    const read = exam.events.find((event) => event.type === 'ok' && event.told?.kind === 'paper')
    if (read?.type === 'ok' && read.told?.kind === 'paper') {
      read.told = { ...read.told, answers: [{ question: 'q-1', version: 1, value: 0 }] }
    }
    // The acknowledgement of version 2 and the read overlap in the history.
    const acknowledged = exam.events.find(
      (event) => event.type === 'ok' && event.told?.kind === 'answer' && event.told.version === 2,
    )
    if (acknowledged !== undefined && read !== undefined) acknowledged.timeUs = read.timeUs
    expect(judge(readYourWrites, exam)).toMatchObject({ valid: true, counts: { reads: 2 } })
  })

  test('unknown: nobody read after an acknowledgement, or the versions are not shown', () => {
    expect(judge(readYourWrites, modelExam()).valid).toBe('unknown')
    const exam = quietDay()
    showInstead(exam, 'q-2', null, 2)
    expect(judge(readYourWrites, exam)).toMatchObject({ valid: 'unknown', counts: { undecided: 1 } })
  })
})
