import { describe, expect, test } from 'vitest'
import { lastAcknowledgedWins } from './last-acknowledged-wins.ts'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'

describe('the last acknowledged answer wins (C5)', () => {
  test('sane: rows hold what was acknowledged last', () => {
    expect(judge(lastAcknowledgedWins, quietDay())).toMatchObject({
      valid: true,
      counts: { acknowledged: 6, exact: 6 },
    })
  })

  test('names a stale overwrite, with the acknowledged operation and the late one as witness', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { version: 1, value: 3, fate: 'reply-lost' })
    exam.answer('c-3', 'q-1', { version: 2, value: 4 })
    const evidence = exam.evidence()
    Object.assign(rowOf(evidence, 'c-3', 'q-1'), { client_seq: 1, selected_index: 3 })
    const verdict = judge(lastAcknowledgedWins, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { staleOverwrite: 1, missingRow: 0 } })
    expect(verdict.reason).toBe(
      'c-3: stale overwrite: version 2 (value 4) of the answer to q-1 was acknowledged, and the older version 1 (value 3) stands in its place',
    )
    expect(verdict.examples[0]?.operations.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      'save-answer v1',
      'save-answer v2',
    ])
  })

  test('names an empty row as a missing one', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    const empty = { selected_index: null, is_correct: null, client_seq: null, client_event_id: null }
    Object.assign(rowOf(evidence, 'c-1', 'q-2'), empty)
    const verdict = judge(lastAcknowledgedWins, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { missingRow: 1, undecided: 0 } })
    expect(verdict.reason).toContain('and there is only an empty one')
  })

  test('names a missing row as that', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows.shift()
    const verdict = judge(lastAcknowledgedWins, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { staleOverwrite: 0, missingRow: 1 } })
    expect(verdict.reason).toContain('missing row')
  })

  test('a newer version with an unknown outcome may stand, a refused one may not', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { version: 1, value: 1 })
    exam.answer('c-3', 'q-1', { version: 2, value: 2, fate: 'reply-lost' })
    expect(judge(lastAcknowledgedWins, exam)).toMatchObject({ valid: true, counts: { newerUnresolved: 1 } })
    exam.answer('c-3', 'q-1', { version: 3, value: 2, fate: 'not-sent' })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-3', 'q-1').client_seq = 3
    expect(judge(lastAcknowledgedWins, exam, { evidence })).toMatchObject({
      valid: false,
      counts: { newerUnexplained: 1 },
    })
  })

  test('pathological: a late retry is superseded and changes nothing; a replayed old event is not the last word', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { version: 1, value: 1, fate: 'request-lost' })
    exam.answer('c-3', 'q-1', { version: 2, value: 2 })
    exam.answer('c-3', 'q-1', { version: 1, value: 1, attempt: 2 })
    exam.answer('c-3', 'q-2', { version: 1, value: 1 })
    exam.answer('c-3', 'q-2', { version: 2, value: 2 })
    exam.answer('c-3', 'q-2', { version: 1, value: 1, attempt: 2 })
    const verdict = judge(lastAcknowledgedWins, exam)
    expect(verdict).toMatchObject({ valid: true, counts: { exact: 8 } })
  })

  test('unknown: nothing was acknowledged, or the rows could not be read', () => {
    expect(judge(lastAcknowledgedWins, modelExam()).valid).toBe('unknown')
    expect(judge(lastAcknowledgedWins, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
  })
})
