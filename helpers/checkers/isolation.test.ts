import { describe, expect, test } from 'vitest'
import type { HistoryEvent, Told, ToldAnswer } from '../history/operation.ts'
import { isolation } from './isolation.ts'
import { judge, modelExam, quietDay, rowOf, unreadable } from './model-exam.ts'

describe('isolation (C15)', () => {
  test('sane: every nonce stays with its candidate and question', () => {
    expect(judge(isolation, quietDay())).toMatchObject({
      valid: true,
      counts: { nonces: 8, rowsCompared: 6, repliesCompared: 20, foreignEchoes: 0 },
    })
  })

  test("violated: a row holds somebody else's answer, and the witness shows who sent it", () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_event_id = exam.nonceOf('c-2', 'q-1', 1)
    const verdict = judge(isolation, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-1'] })
    expect(verdict.reason).toBe('c-1: session s-c-1 holds an answer that c-2 sent')
    expect(verdict.examples[0]?.operations).toHaveLength(2)
  })

  test('violated: two questions of one candidate are swapped', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    rowOf(evidence, 'c-1', 'q-1').client_event_id = exam.nonceOf('c-1', 'q-2', 1)
    const { reason, examples } = judge(isolation, exam, { evidence })
    expect(reason).toBe('c-1: the row of q-1 holds what was sent for q-2')
    expect(examples[0]?.rows).toEqual([rowOf(evidence, 'c-1', 'q-1')])
    // Who sent it for which question, and what was sent for the question where it stands.
    const sent = exam.events.flatMap((event) =>
      event.type === 'invoke' && (event.nonce === 'c-1/q-2/1' || event.question === 'q-1') ? event.requestId : [],
    )
    expect(examples[0]?.requestIds).toEqual(sent)
  })

  test.each<[string, object, string]>([
    ['of another session', { session: 's-c-2' }, 'was told of s-c-2'],
    ['to another question', { question: 'q-3' }, 'answered q-1, was told of q-3'],
    ['to another question', { question: 'q-3' }, 'was shown at q-3 what was sent for q-1'],
    ['with the event of somebody else', { nonce: 'c-2/q-1/1' }, 'an answer that c-2 sent'],
  ])('violated: a reply is %s', (_what, change, reason) => {
    const exam = quietDay()
    const reply = exam.events.find((event) => event.type === 'ok' && event.told?.kind === 'answer')
    if (reply?.type === 'ok' && reply.told !== undefined) reply.told = Object.assign({ ...reply.told }, change)
    const verdict = judge(isolation, exam)
    expect(verdict.valid).toBe(false)
    expect(verdict.examples.map((example) => example.summary).join('\n')).toContain(reason)
  })

  test.each(['paper', 'review'] as const)(
    'violated: a %s shows what somebody else sent, or what was sent for another question',
    (kind) => {
      const shown = (nonce: string) => {
        const exam = quietDay()
        const reply = exam.events.find((event) => event.type === 'ok' && event.told?.kind === kind)
        if (reply?.type !== 'ok' || reply.told?.kind !== kind) throw new Error(`nobody was told of a ${kind}`)
        const [first, ...others] = reply.told.answers
        reply.told = { ...reply.told, answers: [{ ...(first as ToldAnswer), nonce }, ...others] }
        return judge(isolation, exam)
      }
      expect(shown('c-1/q-1/1').valid).toBe(true)
      // Nobody knows whose it is.
      expect(shown('another').valid).toBe(true)
      expect(shown('c-2/q-1/1')).toMatchObject({
        valid: false,
        violations: 1,
        affected: ['c-1'],
        reason: 'c-1: was shown an answer that c-2 sent',
      })
      expect(shown('c-1/q-2/1')).toMatchObject({
        valid: false,
        violations: 1,
        reason: 'c-1: was shown at q-1 what was sent for q-2',
      })
    },
  )

  test('violated: a reply is about another version of the same answer, unless it says that this one came too late', () => {
    const told = (change: object) => {
      const exam = quietDay()
      const invocation = exam.events.find((event) => event.type === 'invoke' && event.nonce === 'c-1/q-2/2')
      const reply = exam.events.find((event) => event.type === 'ok' && event.invocation === invocation?.index)
      if (reply?.type === 'ok') reply.told = Object.assign({ ...reply.told } as Told, change)
      return judge(isolation, exam)
    }
    expect(told({ nonce: 'c-1/q-2/1' })).toMatchObject({
      valid: false,
      violations: 1,
      reason: 'c-1: sent event c-1/q-2/2, was told of event c-1/q-2/1',
    })
    expect(told({ nonce: 'c-1/q-2/1', superseded: true }).valid).toBe(true)
    expect(told({ nonce: undefined }).valid).toBe(true)
  })

  test('violated: an answer is in a session that is nobody’s, and it is said whose answer it is', () => {
    const evidence = quietDay().evidence()
    evidence.sessions.rows.shift()
    expect(judge(isolation, quietDay(), { evidence })).toMatchObject({
      valid: false,
      affected: ['c-1'],
      reason: expect.stringContaining("c-1: its answer is in session s-c-1, which is nobody's"),
    })
  })

  test('a reply with a nonce to an answer that was sent without one is no contradiction', () => {
    const exam = quietDay()
    const invocation = exam.events.find((event) => event.type === 'invoke' && event.nonce === 'c-1/q-2/2')
    Reflect.deleteProperty(invocation as HistoryEvent, 'nonce')
    expect(judge(isolation, exam).valid).toBe(true)
  })

  test('violated: one nonce was sent for two questions, and the second is told of it as its own', () => {
    const exam = quietDay()
    const invocation = exam.events.find((event) => event.type === 'invoke' && event.nonce === 'c-1/q-2/2')
    const reply = exam.events.find((event) => event.type === 'ok' && event.invocation === invocation?.index)
    Object.assign(invocation as HistoryEvent, { nonce: 'c-1/q-1/1' })
    if (reply?.type === 'ok') reply.told = Object.assign({ ...reply.told } as Told, { nonce: 'c-1/q-1/1' })
    expect(judge(isolation, exam)).toMatchObject({
      valid: false,
      violations: 1,
      reason: 'c-1: was shown at q-2 what was sent for q-1',
    })
  })

  test('violated: somebody is shown as their own what another one sent first, with the same nonce', () => {
    const exam = quietDay()
    const isOwn = (event: HistoryEvent) =>
      event.type === 'invoke' && event.f === 'save-answer' && event.candidate === 'c-2' && event.question === 'q-1'
    const invocation = exam.events.find(isOwn)
    const reply = exam.events.find((event) => event.type === 'ok' && event.invocation === invocation?.index)
    const nonce = exam.nonceOf('c-1', 'q-1', 1)
    if (invocation?.type === 'invoke') Object.assign(invocation, { nonce })
    if (reply?.type === 'ok' && reply.told?.kind === 'answer') reply.told = { ...reply.told, nonce }
    const verdict = judge(isolation, exam)
    expect(verdict.valid).toBe(false)
    expect(verdict.examples.map(({ summary }) => summary)).toContain('c-2: was shown an answer that c-1 sent')
  })

  test('violated: a reply is about something else than was sent, whatever became of the request', () => {
    const exam = quietDay()
    const reply = exam.events.find((event) => event.type === 'ok' && event.told?.kind === 'answer')
    if (reply?.type === 'ok') {
      Object.assign(reply, { type: 'info', reason: 'echo-mismatch' })
      delete reply.told
    }
    const verdict = judge(isolation, exam)
    expect(verdict).toMatchObject({ valid: false, counts: { foreignEchoes: 1 }, affected: ['c-1'] })
    expect(verdict.reason).toBe('c-1: a save-answer was answered with something else than was sent')
  })

  test('violated: two candidates are told of one session', () => {
    const exam = quietDay()
    exam.start('c-3')
    const last = exam.events.at(-1)
    if (last?.type === 'ok' && last.told?.kind === 'session') last.told = { ...last.told, session: 's-c-1' }
    expect(judge(isolation, exam).reason).toContain('was told of session s-c-1, which c-1 was told of before')
  })

  test('violated: the database says that the session belongs to somebody else', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { email: 'c-9@exam.test' })
    const verdict = judge(isolation, exam, { evidence })
    expect(verdict.valid).toBe(false)
    expect(verdict.examples.at(-1)?.summary).toContain('belongs to c-9')
  })

  test('a session that candidates are told of and the database does not know belongs to nobody else', () => {
    const exam = modelExam()
    exam.start('c-1')
    expect(judge(isolation, exam, { evidence: { sessions: { known: true, rows: [] } } }).valid).toBe(true)
  })

  test('one row and one reply are enough to compare', () => {
    const exam = modelExam()
    exam.start('c-1')
    Reflect.deleteProperty(exam.events.at(-1) as HistoryEvent, 'told')
    exam.answer('c-1', 'q-1')
    expect(judge(isolation, exam)).toMatchObject({ valid: true, counts: { rowsCompared: 1, repliesCompared: 1 } })
  })

  test('pathological: a superseded reply carries the nonce of the answer that stands', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, fate: 'request-lost' })
    exam.answer('c-1', 'q-1', { version: 2 })
    exam.answer('c-1', 'q-1', { version: 1, attempt: 2 })
    const last = exam.events.at(-1)
    if (last?.type === 'fail' && last.told?.kind === 'answer') last.told = { ...last.told, nonce: 'c-1/q-1/2' }
    expect(judge(isolation, exam).valid).toBe(true)
  })

  test('unknown: nothing to compare, or the rows could not be read', () => {
    const unknown = (reason: string) => ({ valid: 'unknown', reason })
    expect(judge(isolation, modelExam())).toMatchObject(unknown('neither row nor reply could be compared'))
    expect(judge(isolation, quietDay(), { evidence: { answers: unreadable('gone') } })).toMatchObject(
      unknown('the answers could not be read: gone'),
    )
    expect(judge(isolation, quietDay(), { evidence: { sessions: unreadable('gone') } })).toMatchObject(
      unknown('the sessions could not be read: gone'),
    )
  })
})
