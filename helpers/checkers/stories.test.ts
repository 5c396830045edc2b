import { expect, test } from 'vitest'
import type { Completion, Invocation, Told, ToldAnswer } from '../history/operation.ts'
import type { Verdict } from '../verdict.ts'
import { checkAll } from './check-all.ts'
import type { Expectations, History } from './checker.ts'
import { classifyCandidates } from './classify-candidates.ts'
import type { Evidence } from './evidence-rows.ts'
import { historyAt } from './history-at.ts'
import { INTEGRITY_CHECKERS } from './integrity-checkers.ts'
import { countLedger } from './ledger.ts'
import { type DraftEvidence, declaredAbsent, modelExam, noEvidence, quietDay, rowOf } from './model-exam.ts'

/*
 * Whole days written by hand, and every word that every checker says of them, kept in `stories/`: the counts, the
 * reasons and the witnesses are what a person acts on, and a change in any of them must be seen by somebody. Whether a
 * verdict is right is what the tests of each checker say.
 */

interface Day {
  readonly history: History
  readonly evidence: DraftEvidence | Evidence
  readonly expectations?: Partial<Expectations>
}

type Exam = ReturnType<typeof modelExam>

const WITH_FAULT: Partial<Expectations> = { faults: [{ name: 'pause-postgres', fromUs: 0, toUs: 20_000 }] }

/** Completions of an exam, to change what was told. */
const completions = (exam: Exam) => exam.events.filter((event) => event.type !== 'invoke') as Completion[]
const change = (event: object | undefined, fields: object): void => void Object.assign(event as object, fields)
const toldOf = <Kind extends Told['kind']>(exam: Exam, kind: Kind, nth = -1): Extract<Told, { kind: Kind }> =>
  completions(exam)
    .flatMap(({ told }) => (told?.kind === kind ? [told as Extract<Told, { kind: Kind }>] : []))
    .at(nth) as Extract<Told, { kind: Kind }>
const day = (exam: Exam, tamper: (evidence: DraftEvidence) => void = () => undefined, more: Partial<Day> = {}): Day => {
  const evidence = exam.evidence()
  tamper(evidence)
  return { history: exam.history(), evidence, ...more }
}

/** Looks wrong in many ways, and is not. */
function oddDay(): Day {
  const exam = modelExam(5)
  for (const candidate of ['c-1', 'c-2']) {
    exam.start(candidate, { fate: 'reply-lost' })
    exam.start(candidate)
    exam.start(candidate, { connection: 'second-device' })
    exam.readQuestions(candidate)
    exam.answer(candidate, 'q-1', { version: 1, value: 1, fate: 'reply-lost' })
    exam.answer(candidate, 'q-1', { version: 1, value: 1, attempt: 2 })
    exam.answer(candidate, 'q-2', { version: 1, value: 3, overlaps: true })
    exam.read(candidate, { connection: 'second-device' })
    exam.answer(candidate, 'q-2', { version: 3, value: null })
    // Older than what is stored: refused as superseded.
    exam.answer(candidate, 'q-2', { version: 2, value: 2 })
    exam.read(candidate)
    exam.answer(candidate, 'q-3', { version: 1, value: 3 })
    exam.answer(candidate, 'q-3', { version: 2, value: 4, fate: 'reply-lost' })
    exam.answer(candidate, 'q-4', { version: 1, value: 0, fate: 'request-lost' })
    exam.read(candidate, { connection: 'second-device' })
  }
  exam.submit('c-1', { overlaps: true })
  exam.submit('c-1', { connection: 'double-submit' })
  // The replay of an old event gets its old reply, a new one is refused.
  exam.answer('c-1', 'q-1', { version: 1, value: 1, attempt: 3 })
  exam.answer('c-1', 'q-5', { version: 1, value: 0 })
  exam.wait(3_602)
  // c-2 has left.
  exam.sweep()
  exam.read('c-2')
  return day(exam, (evidence) => {
    const placeholder = { ...rowOf(evidence, 'c-1', 'q-1'), question_id: 'q-5', selected_index: null, is_correct: null }
    evidence.answers.rows.push({ ...placeholder, client_seq: null, client_event_id: null })
  })
}

const STORIES: Readonly<Record<string, () => Day>> = {
  'nothing goes wrong': () => day(quietDay()),
  'nothing happens': () => day(modelExam()),
  'nothing can be read': () => ({ history: quietDay().history(), evidence: noEvidence() }),

  'odd and legal': oddDay,

  'answers are lost': () => {
    const exam = quietDay()
    return day(
      exam,
      (evidence) => {
        evidence.answers.rows = evidence.answers.rows.filter(
          ({ session_id, question_id }) => session_id !== 's-c-1' || question_id !== 'q-1',
        )
        // An older version, an emptied row, a lost mark, and a row that cannot be compared.
        change(rowOf(evidence, 'c-1', 'q-2'), { client_seq: 1, client_event_id: 'c-1/q-2/1', selected_index: 4 })
        change(rowOf(evidence, 'c-2', 'q-1'), { selected_index: null, client_event_id: null })
        change(rowOf(evidence, 'c-2', 'q-2'), { marked_for_review: true })
        change(rowOf(evidence, 'c-2', 'q-3'), { client_seq: null, client_event_id: 'of-nobody' })
      },
      { expectations: WITH_FAULT },
    )
  },

  'everything of a closed session is lost': () =>
    day(quietDay(), (evidence) => {
      evidence.answers.rows = evidence.answers.rows.filter(({ session_id }) => session_id !== 's-c-2')
    }),

  'rows that nobody sent': () =>
    day(quietDay(), (evidence) => {
      change(rowOf(evidence, 'c-1', 'q-1'), { client_seq: 7 })
      change(rowOf(evidence, 'c-1', 'q-2'), { selected_index: 3 })
      change(rowOf(evidence, 'c-2', 'q-1'), { client_event_id: 'c-1/q-1/1' })
      change(rowOf(evidence, 'c-2', 'q-2'), { client_event_id: null })
      evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-3'), question_id: 'q-9' })
      evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-3'), session_id: 's-of-a-stranger' })
      evidence.answers.rows.push({ ...rowOf(evidence, 'c-1', 'q-1') })
    }),

  'a history whose end is missing': () =>
    day(
      quietDay(),
      (evidence) => {
        change(rowOf(evidence, 'c-1', 'q-1'), { client_seq: 7, client_event_id: 'later' })
        change(rowOf(evidence, 'c-1', 'q-2'), { client_seq: 9 })
        evidence.answers.rows.push({ ...rowOf(evidence, 'c-2', 'q-3'), question_id: 'q-9' })
      },
      { history: { ...quietDay().history(), complete: false } },
    ),

  'refused, and stored nevertheless': () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1 })
    exam.answer('c-1', 'q-1', { version: 2, value: 2 })
    change(completions(exam).at(-1), { type: 'fail', reason: 'validation', status: 422, told: undefined })
    exam.answer('c-1', 'q-2', { version: 1, value: 3, fate: 'not-sent' })
    exam.submit('c-1')
    return day(exam, (evidence) => {
      evidence.answers.rows.push({
        ...rowOf(evidence, 'c-1', 'q-1'),
        ...{ question_id: 'q-2', client_seq: 1, client_event_id: 'c-1/q-2/1', selected_index: 3 },
      })
    })
  },

  'replies and requests are lost, and most are tried again': () => {
    const exam = modelExam(5)
    exam.start('c-1', { fate: 'reply-lost' })
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1, fate: 'reply-lost' })
    exam.answer('c-1', 'q-1', { version: 1, value: 1, attempt: 2 })
    exam.answer('c-1', 'q-2', { version: 1, value: 2, fate: 'request-lost' })
    exam.answer('c-1', 'q-3', { version: 1, value: 3, fate: 'reply-lost' })
    exam.answer('c-1', 'q-3', { version: 2, value: 4, fate: 'request-lost' })
    exam.answer('c-1', 'q-4', { version: 1, value: 4 })
    exam.answer('c-1', 'q-4', { version: 2, value: 0, fate: 'reply-lost' })
    exam.read('c-1')
    exam.answer('c-1', 'q-5', { version: 1, value: 0, fate: 'request-lost' })
    exam.submit('c-1', { fate: 'reply-lost' })
    exam.start('c-2', { fate: 'not-sent' })
    return day(exam, undefined, { expectations: WITH_FAULT })
  },

  'an older attempt arrives late': () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1, overlaps: true })
    exam.answer('c-1', 'q-1', { version: 2, value: 2, connection: 'retry' })
    exam.answer('c-1', 'q-1', { version: 1, value: 1, attempt: 2 })
    exam.submit('c-1')
    return day(exam, (evidence) =>
      change(rowOf(evidence, 'c-1', 'q-1'), { client_seq: 1, client_event_id: 'c-1/q-1/1', selected_index: 1 }),
    )
  },

  'submitted twice, and told differently': () => {
    const exam = quietDay()
    change(toldOf(exam, 'submission'), { bodyHash: 'another', scoreCorrect: 0, submittedAt: '2026-01-15T13:00:00Z' })
    return day(exam, (evidence) => {
      evidence.closingEvents.rows.push({
        ...(evidence.closingEvents.rows[0] as DraftEvidence['closingEvents']['rows'][0]),
      })
      evidence.closingEvents.rows = evidence.closingEvents.rows.filter(({ session_id }) => session_id !== 's-c-2')
    })
  },

  'submitted in the reply alone': () => {
    const exam = quietDay()
    return day(exam, (evidence) => {
      change(evidence.sessions.rows[0], {
        status: 'ACTIVE',
        submitted_at: null,
        score_correct: null,
        score_total: null,
      })
      evidence.sessions.rows.splice(1, 1)
      evidence.closingEvents.rows = []
    })
  },

  'closed though nobody submitted': () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2', 'c-3']) {
      exam.start(candidate)
      exam.answer(candidate, 'q-1')
    }
    exam.submit('c-2', { fate: 'not-sent' })
    exam.submit('c-3', { fate: 'request-lost' })
    return day(
      exam,
      (evidence) => {
        for (const session of evidence.sessions.rows) {
          change(session, { status: 'SUBMITTED', submitted_at: session.started_at, score_correct: 0, score_total: 3 })
          const closing = { session_id: session.id, event_type: 'SESSION_SUBMITTED', event_ts: session.started_at }
          evidence.closingEvents.rows.push(closing)
        }
      },
      { expectations: { candidates: ['c-1', 'c-2', 'c-3'] } },
    )
  },

  'the submit leaves out what was acknowledged, and what comes after it counts': () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1', { version: 1, value: 1 })
    exam.answer('c-1', 'q-1', { version: 2, value: 2 })
    exam.submit('c-1')
    exam.answer('c-1', 'q-2', { version: 1, value: 2 })
    const late = completions(exam).at(-1)
    change(late, {
      ...{ type: 'ok', reason: 'success', status: 200, errorCode: undefined },
      told: {
        kind: 'answer',
        session: 's-c-1',
        superseded: false,
        question: 'q-2',
        version: 1,
        value: 2,
        nonce: 'c-1/q-2/1',
      },
    })
    return day(exam, (evidence) => {
      const row = rowOf(evidence, 'c-1', 'q-1')
      evidence.answers.rows.push({
        ...row,
        question_id: 'q-2',
        client_seq: 1,
        client_event_id: 'c-1/q-2/1',
        selected_index: 2,
      })
      change(row, { client_seq: 1, client_event_id: 'c-1/q-1/1', selected_index: 1 })
    })
  },

  'late is accepted, in time is refused': () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2', 'c-3']) {
      exam.start(candidate)
      exam.answer(candidate, 'q-1', { value: 1 })
    }
    exam.answer('c-2', 'q-2', { value: 2 })
    change(completions(exam).at(-1), { type: 'fail', reason: 'session-closed', status: 409, told: undefined })
    exam.submit('c-2')
    change(toldOf(exam, 'submission'), { status: 'EXPIRED' })
    exam.wait(3_700)
    exam.answer('c-1', 'q-2', { value: 2 })
    change(completions(exam).at(-1), { type: 'ok', reason: 'success', status: 200 })
    exam.submit('c-1')
    change(toldOf(exam, 'submission'), { status: 'SUBMITTED' })
    exam.wait(30)
    exam.sweep()
    return day(exam, undefined, { expectations: { candidates: ['c-1', 'c-2', 'c-3'] } })
  },

  'reads that go back': () => {
    const exam = quietDay()
    exam.read('c-2')
    const answers: ToldAnswer[] = [
      { question: 'q-1', version: null, value: null },
      { question: 'q-2', version: 1, value: 4 },
      { question: 'q-3', version: 5, value: 2 },
    ]
    change(toldOf(exam, 'paper', -1), { answers, status: 'ACTIVE', remainingSeconds: 3_650 })
    change(toldOf(exam, 'review', 0), { answers: [{ question: 'q-2', version: 2, value: 0 }] })
    change(toldOf(exam, 'questions', 0), { questions: ['q-1', 'q-7', 'q-8'] })
    return day(exam)
  },

  'reads without versions': () => {
    const exam = quietDay()
    const answers: ToldAnswer[] = [{ question: 'q-2', version: null, value: 1 }]
    change(toldOf(exam, 'paper', 1), { answers })
    return day(exam, (evidence) => {
      evidence.papers.rows = []
    })
  },

  'told of a session that is not theirs, or not there': () => {
    const exam = quietDay()
    change(toldOf(exam, 'session', 1), { session: 's-c-1' })
    change(toldOf(exam, 'answer', 0), { session: 's-c-2' })
    change(toldOf(exam, 'answer', 1), { question: 'q-3', nonce: 'c-2/q-2/1' })
    change(toldOf(exam, 'paper', 0), { answers: [{ question: 'q-1', version: 1, value: 1, nonce: 'c-1/q-2/1' }] })
    change(toldOf(exam, 'paper', 1), { answers: [{ question: 'q-1', version: 1, value: 1, nonce: 'c-2/q-1/1' }] })
    change(completions(exam).at(3), { reason: 'echo-mismatch' })
    return day(exam, (evidence) => {
      const [first, second] = evidence.sessions.rows as [object, object]
      evidence.sessions.rows.push({ ...(first as DraftEvidence['sessions']['rows'][0]), id: 's-again' })
      change(second, { id: 's-elsewhere' })
      change(rowOf(evidence, 'c-1', 'q-1'), { client_event_id: 'c-2/q-1/1' })
      change(rowOf(evidence, 'c-1', 'q-2'), { client_event_id: 'c-1/q-1/1' })
    })
  },

  'wrong scores and wrong times': () => {
    const exam = quietDay()
    change(toldOf(exam, 'session', 0), { expiresAt: '2026-01-15T13:00:00' })
    change(toldOf(exam, 'session', 1), { expiresAt: 'soon' })
    change(toldOf(exam, 'paper', 0), { remainingSeconds: 3_000 })
    change(toldOf(exam, 'paper', 1), { remainingSeconds: Number.NaN })
    return day(exam, (evidence) => {
      change(evidence.sessions.rows[0], { score_correct: 3 })
      change(evidence.sessions.rows[1], { score_total: 4 })
    })
  },

  'left over': () => {
    const exam = modelExam()
    exam.start('c-1')
    exam.answer('c-1', 'q-1')
    exam.start('c-2')
    exam.answer('c-2', 'q-1')
    exam.submit('c-2')
    return day(exam, (evidence) => {
      evidence.answers.rows = evidence.answers.rows.filter(({ session_id }) => session_id !== 's-c-2')
      change(evidence.sessions.rows[1], { score_correct: null })
      for (const invariant of evidence.invariants.slice(0, 3)) invariant.rows.rows.push({ session_id: 's-c-2' })
      change(evidence.invariants[4], { rows: { known: false, reason: 'canceled' } })
      evidence.invariants.splice(5, 1)
      evidence.settings.rows.push({
        service: 'postgres',
        name: 'synchronous_commit',
        value: 'off',
        required: 'on',
        holds: false,
      })
    })
  },

  'swept early, late and never': () => {
    const exam = modelExam()
    for (const candidate of ['c-1', 'c-2', 'c-3']) {
      exam.start(candidate)
      exam.answer(candidate, 'q-1')
    }
    exam.wait(3_700)
    exam.sweep()
    exam.read('c-1')
    return day(
      exam,
      (evidence) => {
        const [early, late, never] = evidence.sessions.rows
        const events = evidence.closingEvents.rows
        change(events[0], { event_ts: early?.started_at })
        change(events[1], { event_ts: new Date(Date.parse(late?.expires_at as string) + 30_000).toISOString() })
        change(never, { status: 'ACTIVE', submitted_at: null, score_correct: null, score_total: null })
        events.splice(2, 1)
      },
      { expectations: { candidates: ['c-1', 'c-2', 'c-3'] } },
    )
  },

  'a history that could not have happened': () => {
    const exam = quietDay()
    const invocations = exam.events.filter((event): event is Invocation => event.type === 'invoke')
    change(exam.events[3], { timeUs: Number.NaN })
    change(exam.events[5], { timeUs: 1 })
    change(exam.events[9], { index: 2 })
    change(exam.events[12], { timeUs: -5_000_000 })
    change(completions(exam).at(8), { invocation: 4 })
    change(
      invocations.find(({ f }) => f === 'save-answer'),
      { version: undefined },
    )
    return day(exam)
  },

  'a backend that keeps no log of events': () => {
    const exam = quietDay()
    const { invariants, ...evidence } = exam.evidence()
    const without = invariants.map((one) => (one.id === 'orphaned-events' ? { ...one, rows: declaredAbsent() } : one))
    return { history: exam.history(), evidence: { ...evidence, closingEvents: declaredAbsent(), invariants: without } }
  },

  'a backend that knows versions and no nonces': () => {
    const exam = quietDay()
    for (const { told } of completions(exam)) {
      const answers = told === undefined ? [] : 'answers' in told ? told.answers : told.kind === 'answer' ? [told] : []
      for (const answer of answers) change(answer, { nonce: undefined })
    }
    return day(exam, (evidence) => {
      for (const row of evidence.answers.rows) change(row, { client_event_id: null })
    })
  },

  'a backend that knows neither versions nor nonces': () => {
    const exam = quietDay()
    for (const { told } of completions(exam)) {
      const answers = told === undefined ? [] : 'answers' in told ? told.answers : told.kind === 'answer' ? [told] : []
      for (const answer of answers) change(answer, { version: null, nonce: undefined })
    }
    return day(exam, (evidence) => {
      for (const row of evidence.answers.rows) change(row, { client_seq: null, client_event_id: null })
      change(rowOf(evidence, 'c-1', 'q-1'), { selected_index: 3 })
      change(rowOf(evidence, 'c-2', 'q-2'), { selected_index: 4 })
    })
  },
}

test.each(Object.entries(STORIES))('%s', async (name, tell) => {
  const { history, evidence, expectations } = tell()
  const expected = { ...modelExam().expectations(), ...expectations }
  const verdicts = checkAll(Object.values(INTEGRITY_CHECKERS), history, evidence, expected)
  const slow = ({ timeUs, f }: { readonly timeUs: number; readonly f: string }) => f === 'submit' && timeUs > 10_000
  const { byCandidate } = classifyCandidates(history, evidence, expected.candidates, verdicts, slow)
  const halfway = historyAt(history, { fromUs: 14_000, toUs: 17_000 })
  const text = [
    ...verdicts.map(wordsOf),
    `candidates: ${[...byCandidate].map(([candidate, found]) => `${candidate} ${found}`).join(', ')}`,
    `ledger: ${JSON.stringify(countLedger(history, evidence))}`,
    `ledger halfway: ${JSON.stringify(countLedger(halfway, evidence))}`,
    '',
  ].join('\n')
  await expect(text).toMatchFileSnapshot(`./stories/${name.replace(/[^a-z]+/g, '-')}.txt`)
})

/** Never held against a backend: what they look into can only be missing. */
const NEVER_FALSE: readonly string[] = ['well-formed-history', 'non-vacuity', 'recovered-info', 'durability-settings']

test.each(Object.values(INTEGRITY_CHECKERS))('$id has said true, false and unknown of these days', (checker) => {
  const said = Object.values(STORIES).map((tell) => {
    const { history, evidence, expectations } = tell()
    return checker.check(history, evidence, { ...modelExam().expectations(), ...expectations }).valid
  })
  const expected = [true, 'unknown', ...(NEVER_FALSE.includes(checker.id) ? [] : [false])]
  // What a platform declares not to have is no answer of a checker.
  expect(new Set(said.filter((valid) => valid !== 'not-judged'))).toEqual(new Set(expected))
})

test.each(Object.values(INTEGRITY_CHECKERS))('$id holds on a day that looks odd and is legal', (checker) => {
  const { history, evidence } = oddDay()
  expect(checker.check(history, evidence, modelExam().expectations())).toMatchObject({ valid: true, violations: 0 })
})

/** Everything that a verdict says, a line for each thing. */
function wordsOf({ id, valid, counts, violations, reason, affected, examples }: Verdict): string {
  return [
    `${id}: ${valid}, ${violations} violations`,
    `  ${Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
    ...(reason === undefined ? [] : [`  because ${reason}`]),
    ...(affected === undefined ? [] : [`  hits ${affected.join(', ')}`]),
    ...examples.flatMap(({ summary, operations, rows, candidate, session, question }) => [
      `  - ${summary} [${[candidate, session, question].join(' ')}]`,
      ...operations.map((line) => `      ${line}`),
      ...rows.map((row) => `      ${JSON.stringify(row)}`),
    ]),
  ].join('\n')
}
