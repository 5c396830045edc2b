import { describe, expect, test } from 'vitest'
import { exactlyOnceSubmit } from './exactly-once-submit.ts'
import { declaredAbsent, judge, modelExam, quietDay, unreadable } from './model-exam.ts'

describe('exactly one submit (C8)', () => {
  test('sane: submitted twice by the candidate, closed once, answered alike', () => {
    expect(judge(exactlyOnceSubmit, quietDay())).toMatchObject({
      valid: true,
      counts: { sessions: 2, submitted: 2, onlyUnknown: 0, notSubmitted: 0, closingEvents: 2 },
    })
  })

  test('sane: overlapping submits, a lost reply with a retry, and a submit after expiry', () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2', 'c-3', 'c-4']) exam.start(candidate)
    exam.submit('c-1', { overlaps: true })
    exam.submit('c-1', { connection: 'double-submit', overlaps: true })
    exam.submit('c-2', { fate: 'reply-lost' })
    exam.submit('c-2', { attempt: 2 })
    exam.wait(4_000)
    exam.sweep()
    exam.submit('c-3')
    const verdict = judge(exactlyOnceSubmit, exam, { expectations: { candidates: ['c-1', 'c-2', 'c-3', 'c-4'] } })
    expect(verdict).toMatchObject({ valid: true, counts: { submitted: 3, notSubmitted: 1, closingEvents: 4 } })
  })

  test('violated: a session is closed twice', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.closingEvents.rows.push({ session_id: 's-c-1', event_type: 'SESSION_SUBMITTED', event_ts: 'later' })
    const verdict = judge(exactlyOnceSubmit, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, affected: ['c-1'] })
    expect(verdict.reason).toBe('c-1: session s-c-1: closed 2 times')
    expect(verdict.examples[0]?.operations.filter((line) => line.includes('submit'))).toHaveLength(2)
    const [session] = evidence.sessions.rows
    expect(verdict.examples[0]?.rows).toEqual([
      session,
      ...evidence.closingEvents.rows.filter(({ session_id }) => session_id === 's-c-1'),
    ])
    // What is missing from the history closes nothing twice.
    expect(judge(exactlyOnceSubmit, exam, { evidence, history: { complete: false } }).valid).toBe(false)
    // Who submitted is judged, planned or not.
    expect(judge(exactlyOnceSubmit, exam, { evidence, expectations: { candidates: ['c-2'] } }).valid).toBe(false)
  })

  test('violated: of several the worst is the session that was closed most often', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    const again = { event_type: 'SESSION_SUBMITTED', event_ts: 'later' }
    for (const session_id of ['s-c-1', 's-c-2', 's-c-2']) evidence.closingEvents.rows.push({ session_id, ...again })
    expect(judge(exactlyOnceSubmit, exam, { evidence }).reason).toBe(
      '2 violations hitting 2 candidates; the worst: c-2: session s-c-2: closed 3 times',
    )
  })

  test('sessions of people who are not on stage are not judged, and one that is still open is no submit', () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2', 'c-9']) exam.start(candidate)
    exam.submit('c-2')
    const evidence = exam.evidence()
    const submitted = { session_id: 's-c-9', event_type: 'SESSION_SUBMITTED', event_ts: 'now' }
    evidence.closingEvents.rows.push(submitted)
    expect(judge(exactlyOnceSubmit, exam, { evidence })).toMatchObject({
      valid: true,
      counts: { sessions: 2, submitted: 1, notSubmitted: 1, closingEvents: 1 },
    })
  })

  test('a submit of which nobody knows what came may be of a session that is not there', () => {
    const exam = modelExam()
    exam.submit('c-1', { fate: 'request-lost' })
    expect(judge(exactlyOnceSubmit, exam)).toMatchObject({ valid: true, counts: { sessions: 0 } })
  })

  test('violated: every reply is about another session', () => {
    const exam = quietDay()
    for (const event of exam.events) {
      if (event.type !== 'ok' || event.told?.kind !== 'submission' || event.told.session !== 's-c-1') continue
      event.told = { ...event.told, session: 's-c-9' }
    }
    expect(judge(exactlyOnceSubmit, exam)).toMatchObject({
      valid: false,
      violations: 1,
      reason: 'c-1: session s-c-1: the reply was about session s-c-9',
    })
  })

  test('violated: told it is submitted, and it is not', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.closingEvents.rows.shift()
    expect(judge(exactlyOnceSubmit, exam, { evidence }).reason).toContain('no closing event exists')
    evidence.sessions.rows.shift()
    expect(judge(exactlyOnceSubmit, exam, { evidence }).reason).toContain('there is no such session')
  })

  test('violated: told without a result that it is submitted, with an event that closes it, and the row is open', () => {
    const exam = quietDay()
    for (const event of exam.events)
      if (event.type === 'ok' && event.told?.kind === 'submission') Reflect.deleteProperty(event, 'told')
    const evidence = exam.evidence()
    expect(judge(exactlyOnceSubmit, exam, { evidence }).valid).toBe(true)
    Object.assign(evidence.sessions.rows[0] as object, { status: 'ACTIVE', submitted_at: null })
    expect(judge(exactlyOnceSubmit, exam, { evidence })).toMatchObject({
      valid: false,
      reason: 'c-1: session s-c-1: the candidate was told it is submitted, and the row says ACTIVE',
    })
  })

  test('violated: a repeat is answered differently, though only its bytes differ', () => {
    const exam = quietDay()
    const repeat = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'submission')
    if (repeat?.type === 'ok' && repeat.told?.kind === 'submission') repeat.told = { ...repeat.told, bodyHash: 'other' }
    expect(judge(exactlyOnceSubmit, exam).reason).toContain('answered in 2 different ways')
  })

  test.each([
    ['score_correct', 0, 'told a score of 2/3, the row says 0/3'],
    ['score_total', 9, 'told a score of 2/3, the row says 2/9'],
    ['status', 'EXPIRED', 'told SUBMITTED, the row says EXPIRED'],
    ['status', 'ACTIVE', 'told SUBMITTED, the row says ACTIVE'],
    ['submitted_at', '2026-01-15T13:00:00.000000Z', 'told submitted at'],
  ])('violated: the row says another %s than the reply', (field, value, reason) => {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { [field]: value })
    const verdict = judge(exactlyOnceSubmit, exam, { evidence })
    expect(verdict).toMatchObject({ valid: false, violations: 1 })
    expect(verdict.reason).toContain(reason)
  })

  test('violated: submitted, though nobody asked for it', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.start('c-2')
    exam.submit('c-2')
    const evidence = exam.evidence()
    evidence.closingEvents.rows.push({ session_id: 's-c-1', event_type: 'SESSION_SUBMITTED', event_ts: 'now' })
    expect(judge(exactlyOnceSubmit, exam, { evidence }).reason).toContain('no submit can have succeeded')
    const torn = judge(exactlyOnceSubmit, exam, { evidence, history: { complete: false } })
    expect(torn).toMatchObject({
      valid: 'unknown',
      reason: 'the history is incomplete: is submitted, though no submit can have succeeded',
    })
  })

  test('violated: submitted, though every submit was refused', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.submit('c-1', { fate: 'not-sent' })
    const counts = { sessions: 1, submitted: 0, onlyUnknown: 0, notSubmitted: 1 }
    expect(judge(exactlyOnceSubmit, exam)).toMatchObject({ valid: true, counts })
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { status: 'SUBMITTED' })
    expect(judge(exactlyOnceSubmit, exam, { evidence })).toMatchObject({
      valid: false,
      reason: 'c-1: session s-c-1: is submitted, though no submit can have succeeded',
    })
  })

  test('pathological: only unknown submits allow one closing event or none', () => {
    for (const fate of ['request-lost', 'reply-lost'] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.submit('c-1', { fate })
      expect(judge(exactlyOnceSubmit, exam), fate).toMatchObject({ valid: true, counts: { onlyUnknown: 1 } })
    }
  })

  test('unknown: nobody submitted, or the rows could not be read', () => {
    const unknown = (reason: string) => ({ valid: 'unknown', reason })
    expect(judge(exactlyOnceSubmit, modelExam())).toMatchObject(unknown('nobody submitted'))
    expect(judge(exactlyOnceSubmit, quietDay(), { evidence: { sessions: unreadable('gone') } })).toMatchObject(
      unknown('the sessions could not be read: gone'),
    )
    expect(judge(exactlyOnceSubmit, quietDay(), { evidence: { closingEvents: unreadable('gone') } })).toMatchObject(
      unknown('the closing events could not be read: gone'),
    )
  })

  describe('on a platform that declares to have no log of events', () => {
    const closingEvents = declaredAbsent()

    test('sane: the rows of the sessions agree with what was told, and the events are not judged', () => {
      const verdict = judge(exactlyOnceSubmit, quietDay(), { evidence: { closingEvents } })
      expect(verdict).toMatchObject({ valid: true, counts: { submitted: 2, 'closing events (not judged)': 1 } })
      expect(verdict.counts).not.toHaveProperty('closingEvents')
    })

    test('sane: a session that expired, an unknown submit, and a submit after the expiry', () => {
      const exam = modelExam()
      for (const candidate of ['c-1', 'c-2', 'c-3']) exam.start(candidate)
      exam.submit('c-1', { fate: 'reply-lost' })
      exam.wait(4_000)
      exam.sweep()
      exam.submit('c-2')
      const expectations = { candidates: ['c-1', 'c-2', 'c-3'] }
      const verdict = judge(exactlyOnceSubmit, exam, { evidence: { closingEvents }, expectations })
      expect(verdict).toMatchObject({ valid: true, counts: { submitted: 1, onlyUnknown: 1, notSubmitted: 1 } })
    })

    /** What becomes of a day whose first session is stored so. */
    const stored = (fields: object, exam = quietDay()) => {
      const evidence = exam.evidence()
      Object.assign(evidence.sessions.rows[0] as object, fields)
      return judge(exactlyOnceSubmit, exam, { evidence: { ...evidence, closingEvents } })
    }

    test.each([
      [{ status: 'ACTIVE', submitted_at: null }, 'told it is submitted, and the row says ACTIVE'],
      [{ status: 'EXPIRED' }, 'told SUBMITTED, the row says EXPIRED'],
      [{ score_correct: 0 }, 'told a score of 2/3, the row says 0/3'],
    ])('violated: the row says otherwise: %j', (fields, reason) => {
      const verdict = stored(fields)
      expect(verdict.examples[0]?.rows).toMatchObject([{ id: 's-c-1', ...fields }])
      expect(verdict).toMatchObject({ valid: false, affected: ['c-1'] })
      expect(verdict.examples.map(({ summary }) => summary).join('\n')).toContain(reason)
    })

    test('violated: the row is open, and the reply told no status', () => {
      const exam = quietDay()
      for (const event of exam.events) {
        if (event.type === 'ok' && event.told?.kind === 'submission') Reflect.deleteProperty(event, 'told')
      }
      expect(stored({}, exam).valid).toBe(true)
      expect(stored({ status: 'ACTIVE', submitted_at: null }, exam).reason).toContain('the row says ACTIVE')
    })

    test('violated: closed as submitted, though nobody asked for it; unknown where the history is incomplete', () => {
      const exam = modelExam()
      exam.start('c-1')
      exam.start('c-2')
      exam.submit('c-2')
      const evidence = { ...exam.evidence(), closingEvents }
      Object.assign(evidence.sessions.rows[0] as object, { status: 'SUBMITTED' })
      expect(judge(exactlyOnceSubmit, exam, { evidence }).reason).toContain('no submit can have succeeded')
      expect(judge(exactlyOnceSubmit, exam, { evidence, history: { complete: false } }).valid).toBe('unknown')
    })

    test('unknown: nobody submitted, or the sessions could not be read', () => {
      expect(judge(exactlyOnceSubmit, modelExam(), { evidence: { closingEvents } }).valid).toBe('unknown')
      const evidence = { closingEvents, sessions: unreadable() }
      expect(judge(exactlyOnceSubmit, quietDay(), { evidence }).valid).toBe('unknown')
    })
  })

  /** Two candidates, one told that it submitted at `told` while the row says `stored`. */
  function toldAt(told: string, stored: string) {
    const exam = quietDay()
    const evidence = exam.evidence()
    Object.assign(evidence.sessions.rows[0] as object, { submitted_at: stored })
    for (const event of exam.events) {
      if (event.type !== 'ok' || event.told?.kind !== 'submission' || event.told.session !== 's-c-1') continue
      event.told = { ...event.told, submittedAt: told }
    }
    return judge(exactlyOnceSubmit, exam, { evidence })
  }

  test.each([
    ['cut to milliseconds', '2026-01-15T12:00:07.123Z'],
    ['rounded to milliseconds', '2026-01-15T12:00:07.124Z'],
    ['cut to seconds', '2026-01-15T12:00:07Z'],
    ['in another zone', '2026-01-15T17:30:07+05:30'],
    ['with every digit', '2026-01-15T12:00:07.123900Z'],
    ['with more digits than the row keeps', '2026-01-15T12:00:07.124381Z'],
  ])('sane: the time of the submit is told %s', (_how, told) => {
    expect(toldAt(told, '2026-01-15T12:00:07.123900Z').valid).toBe(true)
  })

  test('sane: the time of the submit is rounded up to seconds, from whatever it was', () => {
    expect(toldAt('2026-01-15T12:00:08Z', '2026-01-15T12:00:07.623900Z').valid).toBe(true)
    expect(toldAt('2026-01-15T12:00:08Z', '2026-01-15T12:00:07.000000Z').valid).toBe(true)
  })

  test.each(['2026-01-15T12:00:07.126Z', '2026-01-15T12:00:09Z', '2026-01-15T12:00:07.125905Z', 'soon'])(
    'violated: the time of the submit is told as %s, further off than its last digit',
    (told) => {
      expect(toldAt(told, '2026-01-15T12:00:07.123900Z').reason).toContain('told submitted at')
      expect(toldAt(told, '2026-01-15T12:00:07.123900Z').valid).toBe(false)
    },
  )

  test('unknown: the time of the submit is told in no time zone', () => {
    const verdict = toldAt('2026-01-15T12:00:07.123', '2026-01-15T12:00:07.123900Z')
    expect(verdict.valid).toBe('unknown')
    expect(verdict.reason).toContain('in no time zone')
  })
})
