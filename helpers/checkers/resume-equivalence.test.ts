import { describe, expect, test } from 'vitest'
import type { HistoryEvent, Told, ToldAnswer } from '../history/operation.ts'
import type { Evidence } from './evidence-rows.ts'
import { judge, modelExam, quietDay, unreadable } from './model-exam.ts'
import { resumeEquivalence } from './resume-equivalence.ts'

/** The last reply that showed a paper. */
function lastPaper(exam: ReturnType<typeof modelExam>) {
  const read = exam.events.findLast((event) => event.type === 'ok' && event.told?.kind === 'paper')
  if (read?.type !== 'ok' || read.told?.kind !== 'paper') throw new Error('nothing was read')
  return read as typeof read & { told: Extract<Told, { kind: 'paper' }> }
}

/** The second device of c-2 is shown something else for one question. */
function showInstead(exam: ReturnType<typeof modelExam>, shown: ToldAnswer): void {
  const read = lastPaper(exam)
  const others = read.told.answers.filter((answer) => answer.question !== shown.question)
  read.told = { ...read.told, answers: [...others, shown] }
}

describe('who comes back finds what was acknowledged (C13)', () => {
  test('sane: reloads and second devices show the acknowledged state', () => {
    expect(judge(resumeEquivalence, quietDay())).toMatchObject({
      valid: true,
      counts: { reads: 6, onAnotherDevice: 2, different: 0, otherPaper: 0 },
    })
  })

  test('sane: a version with an unknown outcome may be shown or not, before and after its retry', () => {
    for (const fate of ['request-lost', 'reply-lost'] as const) {
      const exam = modelExam()
      exam.start('c-1')
      exam.answer('c-1', 'q-1', { version: 1, value: 1 })
      exam.answer('c-1', 'q-1', { version: 2, value: 2, fate })
      exam.read('c-1')
      exam.answer('c-1', 'q-1', { version: 2, value: 2, attempt: 2 })
      exam.read('c-1')
      expect(judge(resumeEquivalence, exam).valid, fate).toBe(true)
    }
  })

  test.each<[string, ToldAnswer, string]>([
    ['an older version', { question: 'q-2', version: 1, value: 4 }, 'version 1, version 2 was acknowledged'],
    ['no answer', { question: 'q-2', version: null, value: null }, 'no answer, version 2 was acknowledged'],
    ['a version that was never sent', { question: 'q-2', version: 9, value: 2 }, 'version 9, never sent'],
    [
      'another value of the right version',
      { question: 'q-2', version: 2, value: 3 },
      'with value 3, sent with value 2',
    ],
    ['a question that is not its own', { question: 'q-9', version: 1, value: 3 }, 'version 1, never sent'],
  ])('violated: finds %s', (_what, shown, reason) => {
    const exam = quietDay()
    showInstead(exam, shown)
    const verdict = judge(resumeEquivalence, exam)
    expect(verdict).toMatchObject({ valid: false, violations: 1, affected: ['c-2'] })
    expect(verdict.reason).toContain(reason)
  })

  test('violated: finds what was refused', () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1 })
    exam.answer('c-1', 'q-1', { version: 2, value: 2, fate: 'not-sent' })
    exam.read('c-1')
    showInstead(exam, { question: 'q-1', version: 2, value: 2 })
    expect(judge(resumeEquivalence, exam).reason).toContain('version 2, which was refused')
    // A further attempt that is missing may have been accepted.
    expect(judge(resumeEquivalence, exam, { history: { complete: false } }).valid).toBe('unknown')
  })

  test('violated: an acknowledged answer is left out of what is shown, whatever is missing from the history', () => {
    const exam = quietDay()
    const read = lastPaper(exam)
    read.told = { ...read.told, answers: read.told.answers.filter(({ question }) => question !== 'q-2') }
    for (const complete of [true, false]) {
      const verdict = judge(resumeEquivalence, exam, { history: { complete } })
      expect(verdict).toMatchObject({ valid: false, violations: 1, counts: { different: 1 }, examples: [{ rows: [] }] })
      expect(verdict.reason).toBe('c-2: came back and found at q-2 no answer, version 2 was acknowledged')
    }
  })

  test('the witness is what was shown, and everything that was tried with that answer', () => {
    const exam = quietDay()
    const shown = { question: 'q-2', version: 1, value: 4 }
    showInstead(exam, shown)
    const [example] = judge(resumeEquivalence, exam).examples
    expect(example?.rows).toEqual([shown])
    expect(example?.operations.map((line) => line.replace(/^\S+ (.*) attempt.*$/, '$1'))).toEqual([
      'save-answer v1 value=4',
      'save-answer v2 value=2',
      'read-session',
    ])
    expect(example?.requestIds).toEqual(
      exam.events.flatMap((event) =>
        event.type === 'invoke' &&
        event.candidate === 'c-2' &&
        (event.question === 'q-2' || event.connection === 'second-device')
          ? event.requestId
          : [],
      ),
    )
  })

  test('who stays on another device is counted there for every read', () => {
    const exam = modelExam()
    exam.start('c-1')
    for (const connection of ['main', 'second-device', 'second-device']) exam.read('c-1', { connection })
    expect(judge(resumeEquivalence, exam)).toMatchObject({ valid: true, counts: { reads: 3, onAnotherDevice: 2 } })
  })

  test('violated: is shown questions of another paper', () => {
    const exam = quietDay()
    const evidence = exam.evidence()
    evidence.papers.rows = evidence.papers.rows.filter((row) => row.question_id !== 'q-3')
    expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: false, counts: { otherPaper: 8 } })
  })

  test('violated: a question that is not its own, whatever is missing from the history', () => {
    const torn = quietDay()
    showInstead(torn, { question: 'q-9', version: 1, value: 3 })
    expect(judge(resumeEquivalence, torn, { history: { complete: false } })).toMatchObject({
      valid: false,
      violations: 1,
      reason: 'c-2: read-session showed questions of another paper: q-9',
    })
  })

  describe('on the same paper', () => {
    const PAPERS = { 'c-1': ['19', '23', '8'], 'c-2': ['11', '12', '7'] } as const
    type Candidate = keyof typeof PAPERS

    /** The same with the names of the questions that are on the paper of this candidate. */
    function renamed<Value>(value: Value, candidate: Candidate): Value {
      const json = JSON.stringify(value).replaceAll(/"q-(\d)"/g, (_, n) => `"${PAPERS[candidate][Number(n) - 1]}"`)
      return JSON.parse(json) as Value
    }

    /** A quiet day on which everybody has another paper, by the ids of a platform that counts. */
    function dayOfOwnPapers() {
      const exam = quietDay()
      const candidateOf = (event: HistoryEvent): Candidate => {
        const invocation = event.type === 'invoke' ? event : exam.events[event.invocation]
        return (invocation?.type === 'invoke' && invocation.candidate) as Candidate
      }
      const events = exam.events.map((event) => renamed(event, candidateOf(event)))
      exam.events.splice(0, events.length, ...events)
      const evidence = exam.evidence()
      const ofOwn = <Row extends { session_id: string }>(row: Row) => renamed(row, row.session_id.slice(2) as Candidate)
      evidence.papers.rows = evidence.papers.rows.map(ofOwn)
      evidence.answers.rows = evidence.answers.rows.map(ofOwn)
      return { exam, evidence }
    }

    /** What c-1 was told first by replies of this kind. */
    function firstTold<Kind extends 'paper' | 'review' | 'questions'>(exam: ReturnType<typeof modelExam>, kind: Kind) {
      const reply = exam.events.find((event) => event.type === 'ok' && event.told?.kind === kind)
      if (reply?.type !== 'ok' || reply.told?.kind !== kind) throw new Error(`nobody was told of a ${kind}`)
      return reply.told as Extract<Told, { readonly kind: Kind }>
    }
    const unanswered = (questions: readonly string[]) =>
      questions.map((question) => ({ question, version: null, value: null }))

    test('sane: each has a paper of its own, in whatever order, and a review leaves out what has no answer', () => {
      const { exam, evidence } = dayOfOwnPapers()
      expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: true, counts: { otherPaper: 0 } })
      evidence.papers.rows.reverse()
      const paper = firstTold(exam, 'paper')
      Object.assign(paper, { answers: paper.answers.toReversed() })
      const review = firstTold(exam, 'review')
      Object.assign(review, { answers: review.answers.filter(({ value }) => value !== null) })
      // The last was cleared, which is an answer.
      Object.assign(review, { answers: [...review.answers, { question: '8', version: 1, value: null }] })
      expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: true, counts: { otherPaper: 0 } })
    })

    test.each(['paper', 'review'] as const)('violated: a %s has the questions of another candidate', (kind) => {
      const { exam, evidence } = dayOfOwnPapers()
      const told = firstTold(exam, kind)
      Object.assign(told, { answers: [...told.answers, ...unanswered(PAPERS['c-2'])] })
      const verdict = judge(resumeEquivalence, exam, { evidence })
      expect(verdict).toMatchObject({ valid: false, violations: 1, counts: { otherPaper: 1 }, affected: ['c-1'] })
      const f = kind === 'paper' ? 'read-session' : 'review'
      expect(verdict.reason).toBe(`c-1: ${f} showed questions of another paper: 11, 12, 7`)
      expect(verdict.examples[0]?.operations.filter((line) => line.includes(f))).toHaveLength(1)
      // What is missing from the history is no paper.
      const torn = judge(resumeEquivalence, exam, { evidence, history: { complete: false } })
      expect(torn).toMatchObject({ valid: false, violations: 1 })
    })

    test('violated: nobody ever answered anything, and a paper is another one', () => {
      const exam = modelExam()
      exam.start('c-1')
      exam.read('c-1')
      Object.assign(firstTold(exam, 'paper'), { answers: unanswered(['q-1', 'q-2', 'q-9']) })
      expect(judge(resumeEquivalence, exam).reason).toBe('c-1: read-session showed questions of another paper: q-9')
    })

    test('violated: no paper is stored for a session at all', () => {
      const { exam, evidence } = dayOfOwnPapers()
      evidence.papers.rows = evidence.papers.rows.filter(({ session_id }) => session_id !== 's-c-2')
      expect(judge(resumeEquivalence, exam, { evidence })).toMatchObject({ valid: false, affected: ['c-2'] })
    })

    test('where papers cannot be read, those that read-questions told whole are compared with', () => {
      const judged = (papers: Evidence['papers'], change: (exam: ReturnType<typeof modelExam>) => void) => {
        const { exam, evidence } = dayOfOwnPapers()
        change(exam)
        return judge(resumeEquivalence, exam, { evidence: { ...evidence, papers } })
      }
      const addForeign = (exam: ReturnType<typeof modelExam>) => {
        const paper = firstTold(exam, 'paper')
        Object.assign(paper, { answers: [...paper.answers, ...unanswered(['7'])] })
      }
      const addPage = (exam: ReturnType<typeof modelExam>) => {
        addForeign(exam)
        Object.assign(firstTold(exam, 'questions'), { questions: ['19', '23'] })
      }
      const addSecondPaper = (exam: ReturnType<typeof modelExam>) => {
        addForeign(exam)
        Object.assign(firstTold(exam, 'questions'), { questions: ['19', '23', '8', '11'] })
      }
      for (const papers of [unreadable(), { known: false, reason: 'kept elsewhere', absent: true }] as const) {
        const reason = `the papers could not be read: ${papers.reason}`
        expect(judged(papers, addForeign).reason).toBe('c-1: read-session showed questions of another paper: 7')
        // A contradiction is one; that there is none proves nothing of what is stored.
        expect(judged(papers, () => undefined)).toMatchObject({ valid: 'unknown', reason })
        // The paper may have more than what a page of it, or a mixture, shows.
        expect(judged(papers, addPage)).toMatchObject({ valid: 'unknown', reason })
        expect(judged(papers, addSecondPaper)).toMatchObject({ valid: 'unknown', reason })
      }
    })

    describe('all of it', () => {
      /** Everybody's day, in which no reply that `hides` says so shows the last question, and nobody answers it. */
      function dayWithout(hidden: string, hides: (kind: string) => boolean) {
        const exam = modelExam()
        for (const candidate of ['c-1', 'c-2']) {
          exam.start(candidate)
          exam.readQuestions(candidate)
          exam.answer(candidate, 'q-1', { value: 1 })
          exam.read(candidate)
          exam.submit(candidate)
          exam.read(candidate, { review: true })
        }
        for (const event of exam.events) {
          if (event.type !== 'ok' || event.told === undefined || !hides(event.told.kind)) continue
          if (event.told.kind === 'questions')
            event.told = { ...event.told, questions: event.told.questions.filter((question) => question !== hidden) }
          else if (event.told.kind === 'paper' || event.told.kind === 'review')
            event.told = { ...event.told, answers: event.told.answers.filter(({ question }) => question !== hidden) }
        }
        return exam
      }

      test('violated: a question of the paper is shown by no reply', () => {
        const exam = dayWithout('q-3', () => true)
        const verdict = judge(resumeEquivalence, exam)
        expect(verdict).toMatchObject({ valid: false, counts: { neverShown: 2 }, affected: ['c-1', 'c-2'] })
        expect(verdict.reason).toContain('c-1: 1 of 3 questions of the paper were never shown: q-3')
        expect(verdict.examples[0]?.operations.some((line) => line.includes('read-questions'))).toBe(true)
        expect(judge(resumeEquivalence, exam, { history: { complete: false } }).valid).toBe('unknown')
      })

      test('violated: the same where papers cannot be read, by how many questions were promised', () => {
        const verdict = judge(
          resumeEquivalence,
          dayWithout('q-3', () => true),
          { evidence: { papers: unreadable() } },
        )
        expect(verdict.reason).toContain('c-1: 1 of 3 questions of the paper were never shown')
      })

      test.each(['questions', 'paper', 'review'])('sane: only a %s leaves it out', (leaving) => {
        const exam = dayWithout('q-3', (kind) => kind === leaving)
        expect(judge(resumeEquivalence, exam)).toMatchObject({ valid: true, counts: { neverShown: 0 } })
      })

      test('sane: whoever never got as far as the texts was shown nothing', () => {
        const exam = modelExam()
        exam.start('c-1')
        exam.answer('c-1', 'q-1', { value: 1 })
        exam.read('c-1')
        showInstead(exam, { question: 'q-2', version: null, value: null })
        expect(judge(resumeEquivalence, exam).counts.neverShown).toBe(0)
      })
    })

    test('the witness is how the session came about, what its questions were said to be, and what was shown', () => {
      const { exam, evidence } = dayOfOwnPapers()
      const start = exam.events.find((event) => event.type === 'invoke' && event.candidate === 'c-1')
      Object.assign(start as object, { f: 'current-session' })
      exam.start('c-1')
      const paper = firstTold(exam, 'paper')
      Object.assign(paper, { answers: [...paper.answers, ...unanswered(['7'])] })
      const [example] = judge(resumeEquivalence, exam, { evidence }).examples
      expect(example?.operations.map((line) => line.split(' ')[1])).toEqual([
        'current-session',
        'read-questions',
        'read-session',
        'create-session',
      ])
    })

    test('questions that nobody was told, or that were asked for without a session, are of no paper', () => {
      for (const papers of ['known', 'unreadable'] as const) {
        const { exam, evidence } = dayOfOwnPapers()
        exam.start('c-3', { fate: 'request-lost' })
        for (const fields of [{ reason: 'unavailable' }, { told: { kind: 'questions', questions: ['7'] } }] as const) {
          exam.readQuestions('c-1')
          const reply = exam.events.at(-1) as HistoryEvent
          Reflect.deleteProperty(reply, 'told')
          Object.assign(reply, fields)
          if ('told' in fields) Reflect.deleteProperty(exam.events.at(-2) as HistoryEvent, 'session')
        }
        const changed = papers === 'known' ? evidence : { ...evidence, papers: unreadable() }
        expect(judge(resumeEquivalence, exam, { evidence: changed }), papers).toMatchObject({
          valid: papers === 'known' ? true : 'unknown',
          violations: 0,
        })
      }
    })

    test('where papers cannot be read, who only looked for its session was promised its questions, too', () => {
      const { exam, evidence } = dayOfOwnPapers()
      for (const event of exam.events) {
        if (event.type === 'invoke' && event.f === 'create-session') Object.assign(event, { f: 'current-session' })
      }
      const paper = firstTold(exam, 'paper')
      Object.assign(paper, { answers: [...paper.answers, ...unanswered(['7'])] })
      const verdict = judge(resumeEquivalence, exam, { evidence: { ...evidence, papers: unreadable() } })
      expect(verdict.reason).toBe('c-1: read-session showed questions of another paper: 7')
    })

    test('where papers cannot be read and no reply showed a question, there is nothing to compare with them', () => {
      const exam = modelExam()
      exam.start('c-1')
      exam.read('c-1')
      Object.assign(firstTold(exam, 'paper'), { answers: [] })
      expect(judge(resumeEquivalence, exam, { evidence: { papers: unreadable() } }).valid).toBe(true)
    })

    test('unknown: papers cannot be read, and nobody asked for the questions', () => {
      const exam = modelExam()
      exam.start('c-1')
      exam.read('c-1')
      expect(judge(resumeEquivalence, exam).valid).toBe(true)
      expect(judge(resumeEquivalence, exam, { evidence: { papers: unreadable() } }).valid).toBe('unknown')
    })
  })

  test('unknown: nobody came back, papers unreadable, versions not shown, or history incomplete', () => {
    expect(judge(resumeEquivalence, modelExam())).toMatchObject({ valid: 'unknown', reason: 'nobody came back' })
    expect(judge(resumeEquivalence, quietDay(), { evidence: { papers: unreadable() } }).valid).toBe('unknown')
    const exam = quietDay()
    showInstead(exam, { question: 'q-2', version: null, value: 2 })
    expect(judge(resumeEquivalence, exam).valid).toBe('unknown')
    const torn = quietDay()
    showInstead(torn, { question: 'q-2', version: 9, value: 3 })
    expect(judge(resumeEquivalence, torn, { history: { complete: false } }).valid).toBe('unknown')
  })

  test.each([
    ['a version that was never sent', { version: 7, value: 3 }, 'unknown'],
    ['another value', { version: 1, value: 99 }, 'unknown'],
    ['an older version', { version: 0, value: 1 }, false],
    ['no answer', { version: null, value: null }, false],
  ] as const)(
    'in an incomplete history an attempt that is missing may explain what is shown, not what is not: %s',
    (_, shown, valid) => {
      const exam = quietDay()
      showInstead(exam, { question: 'q-1', ...shown })
      expect(judge(resumeEquivalence, exam).valid).toBe(false)
      expect(judge(resumeEquivalence, exam, { history: { complete: false } }).valid).toBe(valid)
    },
  )
})
