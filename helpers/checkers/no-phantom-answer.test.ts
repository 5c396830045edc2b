import { describe, expect, test } from 'vitest'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'
import { noPhantomAnswer } from './no-phantom-answer.ts'

describe('no phantom answer (C4)', () => {
  test('sane: every row was sent', () => {
    const verdict = judge(noPhantomAnswer, quietDay())
    expect(verdict).toMatchObject({
      valid: true,
      counts: { rows: 6, explained: 6, phantom: 0, echoes: 8, wrongEchoes: 0 },
    })
  })

  test('phantom: a version that nobody sent', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 7
    const verdict = judge(noPhantomAnswer, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.reason).toBe('c-1: the row of q-1 was never sent: version 7 was never sent')
    expect(verdict.examples[0]?.rows).toEqual([rowOf(evidence, 'c-1', 'q-1')])
  })

  test('phantom: the value of a version is not the one that was chosen', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-2').selected_index = 3
    expect(judge(noPhantomAnswer, exam, { evidence }).reason).toContain('version 2 chose 2, the row holds 3')
  })

  test('phantom: the same version and value under a foreign nonce, which chance would hide one time in five', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_event_id = exam.nonceOf('c-2', 'q-1', 1)
    expect(judge(noPhantomAnswer, exam, { evidence })).toMatchObject({ valid: false, counts: { phantom: 1 } })
  })

  describe('a platform that stores versions and no nonces', () => {
    const withoutNonces = () => {
      const evidence = quietDay().evidence()
      for (const row of evidence.answers.rows) row.client_event_id = null
      return evidence
    }

    test('sane: version and value explain every row', () => {
      const evidence = withoutNonces()
      const counts = { rows: 6, explained: 6, phantom: 0, undecided: 0 }
      expect(judge(noPhantomAnswer, quietDay(), { evidence })).toMatchObject({ valid: true, counts })
    })

    test.each([
      ['a version that nobody sent', { client_seq: 7 }, 'version 7 was never sent'],
      ['another value', { selected_index: 3 }, 'version 2 chose 2, the row holds 3'],
      ['an older value', { selected_index: 4 }, 'version 2 chose 2, the row holds 4'],
      ['a question that was never answered', { question_id: 'q-9' }, 'nobody ever answered that question'],
    ])('phantom: %s', (_what, change, reason) => {
      const evidence = withoutNonces()
      Object.assign(rowOf(evidence, 'c-1', 'q-2'), change)
      const verdict = judge(noPhantomAnswer, quietDay(), { evidence })
      expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
      expect(verdict.reason).toContain(reason)
    })

    test('unknown: one row has a nonce, and others have none', () => {
      const evidence = withoutNonces()
      rowOf(evidence, 'c-1', 'q-2').client_event_id = 'c-1/q-2/2'
      expect(judge(noPhantomAnswer, quietDay(), { evidence })).toMatchObject({
        valid: 'unknown',
        counts: { explained: 1, undecided: 5 },
        reason: 'the row stores no client_event_id, and others do',
      })
    })
  })

  test('phantom: an answer to a question that was never answered', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    const evidence = exam.evidence()
    evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), question_id: 'q-3' })
    expect(judge(noPhantomAnswer, exam, { evidence }).reason).toContain('nobody ever answered that question')
  })

  test('phantom: a reply echoes what somebody else sent', () => {
    const exam = quietDay()
    for (const event of exam.events) {
      if (event.type === 'ok' && event.told?.kind === 'answer' && event.told.question === 'q-1') {
        event.told = { ...event.told, value: 0 }
      }
    }
    expect(judge(noPhantomAnswer, exam)).toMatchObject({ valid: false, counts: { wrongEchoes: 2 } })
  })

  describe('what a reply echoes', () => {
    /** The day of a candidate that sends version 2 with value 3, and is told `told` of it. */
    function dayWithEcho(told: object | undefined) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { version: 2, value: 3 })
      const reply = exam.events.at(-1)
      if (reply?.type !== 'ok' || reply.told?.kind !== 'answer') throw new Error('nobody was told of an answer')
      if (told === undefined) Reflect.deleteProperty(reply, 'told')
      else reply.told = Object.assign({ ...reply.told }, told)
      return exam
    }

    test.each([
      ['another version', { version: 1 }, 'was told version 1 with value 3'],
      ['another value', { value: 4 }, 'was told version 2 with value 4'],
      ['no value', { value: null }, 'was told version 2 with value null'],
    ])('phantom: %s', (_what, told, reason) => {
      const verdict = judge(noPhantomAnswer, dayWithEcho(told))
      expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
      expect(verdict.examples).toMatchObject([{ candidate: 'c-1', session: 's-c-1', question: 'q-1' }])
      expect(verdict.reason).toBe(`c-1: sent version 2 with value 3, ${reason}`)
    })

    test('sane: it tells no version, or nothing at all', () => {
      expect(judge(noPhantomAnswer, dayWithEcho({ version: null }))).toMatchObject({
        valid: true,
        counts: { echoes: 1 },
      })
      expect(judge(noPhantomAnswer, dayWithEcho(undefined))).toMatchObject({ valid: true, counts: { echoes: 0 } })
    })

    test('sane: a version that came too late is told what stands in its place', () => {
      const exam = dayWithEcho({})
      exam.answer('c-1', 'q-1', { version: 1, value: 0 })
      expect(exam.events.at(-1)).toMatchObject({ type: 'fail', told: { version: 2, value: 3 } })
      expect(judge(noPhantomAnswer, exam)).toMatchObject({ valid: true, counts: { echoes: 1, wrongEchoes: 0 } })
    })
  })

  test('a cleared answer and an unknown one are explained', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: null })
    exam.answer('c-1', 'q-2', { version: 1, value: 2, fate: 'reply-lost' })
    expect(judge(noPhantomAnswer, exam)).toMatchObject({ valid: true, counts: { explained: 2 } })
  })

  test('pathological: a mark-only version keeps whatever may have been chosen before', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1 })
    exam.answer('c-1', 'q-1', { version: 2, value: 2, fate: 'request-lost' })
    exam.answer('c-1', 'q-1', { version: 3, value: 3 })
    const mark = exam.events.find((event) => event.type === 'invoke' && event.version === 3)
    if (mark?.type === 'invoke') delete mark.value
    for (const [held, valid] of [
      [1, true],
      [2, true],
      [3, false],
      [null, false],
    ] as const) {
      const evidence = exam.evidence()
      rowOf(evidence, 'c-1', 'q-1').selected_index = held
      expect(judge(noPhantomAnswer, exam, { evidence }).valid, `holding ${held}`).toBe(valid)
    }
  })

  test('rows of people who are not on stage are counted, not judged', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), session_id: 's-somebody' })
    expect(judge(noPhantomAnswer, exam, { evidence })).toMatchObject({ valid: true, counts: { foreign: 1, rows: 6 } })
  })

  test('rows of a session that its candidate never heard of are judged, and those of somebody unplanned are not', () => {
    const exam = quietDay()
    for (const candidate of ['c-3', 'c-9']) exam.start(candidate)
    const evidence = exam.evidence()
    for (const session_id of ['s-c-3', 's-c-9']) {
      evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1'), session_id })
    }
    expect(
      judge(noPhantomAnswer, exam, { evidence, expectations: { candidates: ['c-1', 'c-2', 'c-3'] } }),
    ).toMatchObject({
      valid: false,
      violations: 1,
      affected: ['c-3'],
      counts: { rows: 7, foreign: 1 },
      reason: 'c-3: the row of q-1 was never sent: nobody ever answered that question in that session',
    })
  })

  test('where sessions cannot be read, or say somebody else, rows belong to who answered there', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 7
    const found = { valid: false, violations: 1, affected: ['c-1'], counts: { rows: 6, foreign: 0 } }
    expect(judge(noPhantomAnswer, exam, { evidence: { ...evidence, sessions: unreadable() } })).toMatchObject(found)
    for (const session of evidence.sessions.rows) session.email = 'c-2@exam.test'
    expect(judge(noPhantomAnswer, exam, { evidence })).toMatchObject(found)
  })

  test('unknown: an incomplete history cannot call a row a phantom', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_seq = 7
    expect(judge(noPhantomAnswer, exam, { evidence, history: { complete: false } })).toMatchObject({
      valid: 'unknown',
      reason: 'the history is incomplete, and a row is not explained by what is left of it: version 7 was never sent',
    })
  })

  test('unknown: no rows at all, unreadable rows, or rows without a nonce', () => {
    const unknown = (reason: string) => ({ valid: 'unknown', reason })
    expect(judge(noPhantomAnswer, modelExam())).toMatchObject(
      unknown('the database holds no answer of anybody on stage'),
    )
    expect(judge(noPhantomAnswer, quietDay(), { evidence: { answers: unreadable('gone') } })).toMatchObject(
      unknown('the answers could not be read: gone'),
    )
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_event_id = null
    expect(judge(noPhantomAnswer, exam, { evidence }).valid).toBe('unknown')
  })
})
