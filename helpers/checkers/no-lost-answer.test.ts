import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'
import { noLostAnswer } from './no-lost-answer.ts'

describe('no lost answer (C3)', () => {
  test('sane: everything acknowledged is there', () => {
    const verdict = judge(noLostAnswer, quietDay())
    expect(verdict).toEqual({
      id: 'no-lost-answer',
      title: noLostAnswer.title,
      gate: 'zero-data-loss',
      valid: true,
      counts: { acknowledged: 6, held: 6, missing: 0, stale: 0, undecided: 0, lostMarks: 0 },
      violations: 0,
      examples: [],
    })
  })

  test('lost: an acknowledged answer has no row, and the witness shows how it was promised', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows = evidence.answers.rows.filter(
      (row) => !(row.session_id === 's-c-2' && row.question_id === 'q-2'),
    )
    const verdict = judge(noLostAnswer, exam, { evidence })
    expect(verdict.valid).toBe(false)
    expect(verdict.violations).toBe(1)
    expect(verdict.affected).toEqual(['c-2'])
    expect(verdict.reason).toBe('c-2: version 2 of the answer to q-2 was acknowledged, but there is no row')
    const [example] = verdict.examples
    expect(example).toMatchObject({ candidate: 'c-2', session: 's-c-2', question: 'q-2', rows: [] })
    // Two versions of the answer and both submits.
    expect(example?.operations).toHaveLength(4)
    expect(example?.operations[1]).toMatch(
      /^\+\d+\.\d{3}s save-answer v2 value=2 attempt 1 \[main\] -> ok \(success\) HTTP 200 2 ms request=r-\d+$/,
    )
    expect(example?.requestIds).toHaveLength(4)
  })

  test('lost: an older version stands where a newer one was acknowledged', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-2').client_seq = 1
    const verdict = judge(noLostAnswer, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, counts: { stale: 1, missing: 0 } })
    expect(verdict.examples[0]?.rows).toMatchObject([{ client_seq: 1 }])
  })

  test('a cleared answer is an answer, and its row may not go missing', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows = evidence.answers.rows.filter((row) => row.selected_index !== null)
    expect(judge(noLostAnswer, exam, { evidence })).toMatchObject({ valid: false, violations: 2 })
  })

  test('pathological: the replay of an old event acknowledges nothing new', () => {
    const exam = quietDay()
    exam.start('c-3')
    exam.answer('c-3', 'q-1', { version: 1, value: 3 })
    exam.answer('c-3', 'q-1', { version: 2, value: 4 })
    exam.answer('c-3', 'q-1', { version: 1, value: 3, attempt: 2 })
    const verdict = judge(noLostAnswer, exam)
    expect(verdict).toMatchObject({ valid: true, counts: { acknowledged: 7 } })
    // Were the replay taken for the last acknowledgement, version 1 in the row would pass as held.
    const evidence = exam.evidence()
    rowOf(evidence, 'c-3', 'q-1').client_seq = 1
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(false)
  })

  test('a lost reply promises nothing, so its absence is no loss', () => {
    const exam = quietDay()
    exam.answer('c-1', 'q-1', { version: 9, fate: 'request-lost' })
    expect(judge(noLostAnswer, exam).valid).toBe(true)
  })

  test('ten thousand losses read as one line with three examples', () => {
    const exam = modelExam(100)
    const candidates = Array.from({ length: 100 }, (_, i) => `c-${i}`)
    for (const candidate of candidates) {
      exam.start(candidate)
      for (const question of exam.questions) exam.answer(candidate, question)
    }
    const evidence = exam.evidence()
    evidence.answers.rows = []
    const verdict = judge(noLostAnswer, exam, { evidence })
    expect(verdict.violations).toBe(10_000)
    expect(verdict.examples.length).toBeLessThanOrEqual(3)
    expect(verdict.affected).toHaveLength(100)
    expect(verdict.reason).toMatch(/^10000 violations hitting 100 candidates; the worst: c-0: version 1 /)
  })

  test('unknown: nothing was acknowledged', () => {
    expect(judge(noLostAnswer, modelExam())).toMatchObject({
      valid: 'unknown',
      reason: 'no answer was ever acknowledged, so none could be lost',
    })
  })

  test('unknown: the rows could not be read', () => {
    const verdict = judge(noLostAnswer, quietDay(), { evidence: { answers: unreadable('timeout') } })
    expect(verdict).toMatchObject({ valid: 'unknown', reason: 'the answers could not be read: timeout' })
  })

  test('a backend that stores neither version nor nonce is judged by what was chosen last', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    for (const row of evidence.answers.rows) Object.assign(row, { client_seq: null, client_event_id: null })
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
    const row = rowOf(evidence, 'c-1', 'q-2')
    const newest = row.selected_index
    // What an earlier version chose: a late retry has replaced the newer answer.
    row.selected_index = exam.events.flatMap((event) =>
      event.type === 'invoke' && event.candidate === 'c-1' && event.question === 'q-2' && event.version === 1
        ? [event.value ?? null]
        : [],
    )[0] as number
    expect(row.selected_index).not.toBe(newest)
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(false)
  })

  test('unknown: a row says neither version nor nonce, and holds what nobody chose', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(rowOf(evidence, 'c-1', 'q-1'), { client_seq: null, client_event_id: null, selected_index: 99 })
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe('unknown')
  })

  test('violated: an acknowledged mark for review is not in the row', () => {
    const exam = quietDay()
    const told = exam.events.find((event) => event.type === 'ok' && event.told?.kind === 'answer')
    Object.assign((told as { told: object }).told, { marked: true })
    const verdict = judge(noLostAnswer, exam)
    expect(verdict).toMatchObject({ valid: false, violations: 1, counts: { lostMarks: 1, held: 6 } })
    expect(verdict.reason).toBe(
      'c-1: version 1 of the answer to q-1 was acknowledged as marked for review, but the row is not',
    )
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').marked_for_review = true
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
    // A newer version has a mark of its own.
    Object.assign(rowOf(evidence, 'c-1', 'q-1'), { client_seq: 2, marked_for_review: false })
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
  })

  test('violated: a mark is lost where neither reply nor row say a version, but the row says whose event it holds', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { value: 1 })
    const last = exam.events.at(-1)
    if (last?.type === 'ok' && last.told?.kind === 'answer') last.told = { ...last.told, version: null, marked: true }
    const evidence = exam.evidence()
    const [row] = evidence.answers.rows
    if (row === undefined) throw new Error('no row')
    row.client_seq = null
    expect(judge(noLostAnswer, exam, { evidence })).toMatchObject({ valid: false, counts: { lostMarks: 1 } })
    row.marked_for_review = true
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
    // Which event it holds is not known here: a later mark may have chosen the same.
    Object.assign(row, { marked_for_review: false, client_event_id: null })
    expect(judge(noLostAnswer, exam, { evidence })).toMatchObject({ valid: true, counts: { lostMarks: 0 } })
  })

  test('violated: in the place of an acknowledged answer there is an empty row', () => {
    for (const client_seq of [null, 0]) {
      const exam = quietDay()
      const evidence = exam.evidence()
      const empty = { selected_index: null, is_correct: null, client_seq, client_event_id: null }
      Object.assign(rowOf(evidence, 'c-1', 'q-1'), empty)
      const verdict = judge(noLostAnswer, exam, { evidence })
      expect(verdict).toMatchObject({ valid: false, counts: { missing: 1 } })
      expect(verdict.reason).toContain('was acknowledged, but the row holds nothing')
    }
  })

  test('an answer that was cleared is an empty row where neither version nor nonce is stored', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(rowOf(evidence, 'c-1', 'q-3'), { client_seq: null, client_event_id: null })
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
  })

  test('a backend that stores no version is judged by the nonce it stores', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    for (const row of evidence.answers.rows) row.client_seq = null
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(true)
    rowOf(evidence, 'c-1', 'q-2').client_event_id = exam.nonceOf('c-1', 'q-2', 1)
    expect(judge(noLostAnswer, exam, { evidence }).valid).toBe(false)
  })
})
