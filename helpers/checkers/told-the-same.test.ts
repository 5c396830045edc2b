import { describe, expect, test } from 'vitest'
import { judge, modelExam, noEvidence, quietDay } from './model-exam.ts'
import { toldTheSame } from './told-the-same.ts'

const blind = { evidence: noEvidence() }

describe('what candidates are told, without a database', () => {
  test('sane: one session each, and repeats of a submit are answered alike', () => {
    expect(judge(toldTheSame, quietDay(), blind)).toMatchObject({
      valid: true,
      counts: { sessions: 2, submitted: 2, repeated: 2, compared: 2 },
    })
  })

  test('violated: a repeat is answered differently', () => {
    const exam = quietDay()
    const repeat = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'submission')
    if (repeat?.type === 'ok' && repeat.told?.kind === 'submission') repeat.told = { ...repeat.told, scoreCorrect: 9 }
    expect(judge(toldTheSame, exam, blind)).toMatchObject({ valid: false, affected: ['c-2'] })
  })

  test('violated: two sessions for one candidate, and one session for two', () => {
    const exam = quietDay()
    exam.start('c-2', { connection: 'second-device' })
    const told = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'session')
    if (told?.type === 'ok' && told.told?.kind === 'session') told.told = { ...told.told, session: 's-c-1' }
    const verdict = judge(toldTheSame, exam, blind)
    expect(verdict).toMatchObject({ valid: false, violations: 2 })
    expect(verdict.examples.map(({ summary }) => summary).join('\n')).toMatch(
      /which c-1 was told of before[\s\S]*told of 2 sessions|told of 2 sessions[\s\S]*which c-1 was told of before/,
    )
  })

  test('says what it is, and of a violation whose, which sessions and how many answers', () => {
    const { id, title, gate } = judge(toldTheSame, quietDay(), blind)
    expect({ id, title, gate }).toEqual({
      id: 'told-the-same',
      title: 'A candidate is told of one session and of one result, however often it asks',
      gate: 'no-corrupted-sessions',
    })
    const exam = quietDay()
    exam.start('c-1')
    const again = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'session')
    if (again?.type === 'ok' && again.told?.kind === 'session') again.told = { ...again.told, session: 's-9' }
    exam.submit('c-2')
    const repeat = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'submission')
    if (repeat?.type === 'ok' && repeat.told?.kind === 'submission') repeat.told = { ...repeat.told, scoreTotal: 9 }
    expect(judge(toldTheSame, exam, blind).examples.map(({ summary }) => summary)).toEqual([
      'c-1: was told of 2 sessions: s-c-1, s-9',
      'c-2: repeats of the submit of session s-c-2 were answered in 2 different ways',
    ])
  })

  test('being told of the same session again is no contradiction, and a submit that failed is none', () => {
    const exam = quietDay()
    exam.start('c-1')
    exam.start('c-3')
    exam.submit('c-3', { fate: 'request-lost' })
    expect(judge(toldTheSame, exam, blind)).toMatchObject({ valid: true, counts: { sessions: 3, submitted: 2 } })
  })

  test('a day in which nobody was told of a session says nothing', () => {
    const verdict = judge(toldTheSame, modelExam(), blind)
    expect(verdict).toMatchObject({ valid: 'unknown' })
    expect(verdict.reason).toContain('nobody was told of a session')
  })

  test('nobody who handed in twice says nothing about repeats', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.submit('c-1')
    expect(judge(toldTheSame, exam, blind)).toMatchObject({ valid: 'unknown', reason: 'nobody handed in twice' })
  })

  test('unknown: only one of two submits is told a result; not judged: none ever is', () => {
    const keep = (results: number) => {
      const exam = modelExam()
      exam.start('c-1')
      exam.submit('c-1')
      exam.submit('c-1', { attempt: 2 })
      for (const event of exam.events
        .filter((one) => one.type === 'ok' && one.told?.kind === 'submission')
        .slice(results))
        Reflect.deleteProperty(event, 'told')
      return judge(toldTheSame, exam, blind)
    }
    const reason = expect.stringContaining('no repeat of a submit was told a result')
    expect(keep(1)).toMatchObject({ valid: 'unknown', reason, counts: { repeated: 1, compared: 0 } })
    expect(keep(0)).toMatchObject({
      valid: 'not-judged',
      reason: expect.stringContaining('no submit was told a result'),
    })
    expect(keep(2).valid).toBe(true)
  })
})
