import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'
import { submitIncludesAcknowledged } from './submit-includes-acknowledged.ts'

describe('a submit includes what was acknowledged (C9)', () => {
  test('sane: everything before is in, nothing after is', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 4 })
    expect(judge(submitIncludesAcknowledged, exam)).toMatchObject({
      valid: true,
      counts: { submitted: 2, acknowledgedBefore: 6, notIncluded: 0, acceptedAfter: 0, changedAfter: 0 },
    })
  })

  test('violated: an answer acknowledged before the submit is not in it', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-2').client_seq = 1
    expect(judge(submitIncludesAcknowledged, exam, { evidence })).toMatchObject({
      valid: false,
      counts: { notIncluded: 1 },
    })
    evidence.answers.rows = evidence.answers.rows.filter((row) => row.session_id !== 's-c-1')
    expect(judge(submitIncludesAcknowledged, exam, { evidence })).toMatchObject({ counts: { notIncluded: 3 } })
  })

  test('violated: an answer is accepted after the submit was acknowledged', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 4 })
    const refused = exam.events.at(-1)
    if (refused?.type === 'fail') Object.assign(refused, { type: 'ok', reason: 'success', status: 200 })
    const verdict = judge(submitIncludesAcknowledged, exam)
    expect(verdict).toMatchObject({ valid: false, counts: { acceptedAfter: 1, changedAfter: 0 }, affected: ['c-1'] })
    expect(verdict.examples[0]?.operations).toHaveLength(4)
  })

  test('violated: an answer sent after the submit changes it, whatever its sender was told', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 4 })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 2
    expect(judge(submitIncludesAcknowledged, exam, { evidence })).toMatchObject({
      valid: false,
      counts: { changedAfter: 1 },
    })
  })

  test.each(['not-sent', 'request-lost'] as const)(
    'a retry that is accepted after the submit is a replay only of what may have arrived before it: %s',
    (fate) => {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1')
      exam.answer('c-1', 'q-2', { value: 2, fate })
      exam.submit('c-1')
      exam.answer('c-1', 'q-2', { value: 2, attempt: 2 })
      const retried = exam.events.at(-1)
      if (retried?.type === 'fail') Object.assign(retried, { type: 'ok', reason: 'success', status: 200 })
      const evidence = exam.evidence()
      const row = {
        ...rowOf(evidence, 'c-1', 'q-1'),
        question_id: 'q-2',
        selected_index: 2,
        client_event_id: 'c-1/q-2/1',
      }
      evidence.answers.rows.push(row)
      const judged = judge(submitIncludesAcknowledged, exam, { evidence })
      if (fate === 'not-sent') {
        expect(judged).toMatchObject({ valid: false, counts: { acceptedAfter: 1, changedAfter: 1 } })
      } else expect(judged).toMatchObject({ valid: true, counts: { acceptedAfter: 0, changedAfter: 0 } })
    },
  )

  test('unknown: in an incomplete history what came after the submit may be a replay, but what is gone is gone', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 2, value: 4 })
    const refused = exam.events.at(-1)
    if (refused?.type === 'fail') Object.assign(refused, { type: 'ok', reason: 'success', status: 200 })
    const torn = { history: { complete: false } }
    expect(judge(submitIncludesAcknowledged, exam, torn)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('the history is incomplete: c-1: version 2'),
    })
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 2
    expect(judge(submitIncludesAcknowledged, exam, { ...torn, evidence }).valid).toBe('unknown')
    evidence.answers.rows = evidence.answers.rows.filter((row) => row.question_id !== 'q-1')
    expect(judge(submitIncludesAcknowledged, exam, { ...torn, evidence })).toMatchObject({
      valid: false,
      counts: { notIncluded: expect.any(Number) },
    })
  })

  describe('in a backend that stores neither versions nor nonces', () => {
    /** What c-1 chose at q-1 before its submit, and then after it without a reply; `stored` is in the row. */
    function chose(before: readonly number[], after: number, stored: number) {
      const exam = modelExam()
      exam.start('c-1')
      for (const [index, value] of before.entries()) exam.answer('c-1', 'q-1', { version: index + 1, value })
      const late = { version: before.length + 1, value: after, connection: 'last-answer' }
      exam.answer('c-1', 'q-1', { ...late, fate: 'not-sent' })
      exam.submit('c-1')
      exam.answer('c-1', 'q-1', { ...late, fate: 'reply-lost', attempt: 2 })
      const evidence = exam.evidence()
      Object.assign(rowOf(evidence, 'c-1', 'q-1'), { client_seq: null, client_event_id: null, selected_index: stored })
      return judge(submitIncludesAcknowledged, exam, { evidence })
    }

    test('pathological: the choice that was acknowledged before was sent once more afterwards, and refused unheard', () => {
      expect(chose([1], 1, 1)).toMatchObject({ valid: true, counts: { notIncluded: 0, changedAfter: 0 } })
      expect(chose([3, 1], 1, 1)).toMatchObject({ valid: true, counts: { notIncluded: 0, changedAfter: 0 } })
    })

    test('violated: what stands was chosen afterwards, or before by an answer that another had replaced', () => {
      expect(chose([1], 2, 2)).toMatchObject({ valid: false, counts: { changedAfter: 1 } })
      expect(chose([2, 1], 2, 2)).toMatchObject({ valid: false, counts: { changedAfter: 1 } })
    })

    test('violated: what stands was replaced before, and never chosen again', () => {
      expect(chose([3, 1], 2, 3)).toMatchObject({ valid: false, counts: { notIncluded: 1, changedAfter: 0 } })
    })
  })

  test('pathological: a replay after the submit gets its original reply and is no late answer', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 1, value: 1, attempt: 2 })
    expect(exam.events.at(-1)?.type).toBe('ok')
    expect(judge(submitIncludesAcknowledged, exam).valid).toBe(true)
  })

  test('pathological: what was acknowledged while the submit was under way may be in it or not', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.submit('c-1', { connection: 'double-submit', fate: 'request-lost', overlaps: true })
    exam.answer('c-1', 'q-1', { version: 1, overlaps: true })
    exam.read('c-1', { connection: 'other' })
    exam.submit('c-1', { attempt: 2 })
    expect(judge(submitIncludesAcknowledged, exam)).toMatchObject({ valid: true, counts: { acknowledgedBefore: 0 } })
  })

  test('unknown: no submit succeeded, or the rows could not be read', () => {
    expect(judge(submitIncludesAcknowledged, modelExam()).valid).toBe('unknown')
    expect(judge(submitIncludesAcknowledged, quietDay(), { evidence: { answers: unreadable() } }).valid).toBe('unknown')
  })
})
