import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeValidity } from '../verdict.ts'
import { checkAll } from './check-all.ts'
import { INTEGRITY_CHECKERS, type IntegrityCheckerId } from './integrity-checkers.ts'
import { type DraftEvidence, type Fate, modelExam } from './model-exam.ts'

const CANDIDATES = ['c-1', 'c-2', 'c-3']
const SECOND_HALF_S = 3_601
const RUNS = { numRuns: 150, seed: 20260115 }

type Step =
  | {
      readonly do: 'answer'
      readonly who: string
      readonly question: number
      readonly value: number | null
      readonly fate: Fate
    }
  | {
      readonly do: 'retry'
      readonly who: string
      readonly question: number
      readonly back: number
      readonly fate: Fate
    }
  | { readonly do: 'look'; readonly who: string; readonly how: 'read' | 'reload' | 'start-again' }
  | { readonly do: 'submit'; readonly who: string; readonly fate: Fate }

const who = fc.constantFrom(...CANDIDATES)
const question = fc.nat({ max: 2 })
const fate = fc.constantFrom<Fate>('answered', 'answered', 'answered', 'request-lost', 'reply-lost', 'not-sent')
const value = fc.option(fc.nat({ max: 4 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), who, question, value, fate }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('retry' as const), who, question, back: fc.nat({ max: 2 }), fate }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      who,
      how: fc.constantFrom('read' as const, 'reload' as const, 'start-again' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('submit' as const), who, fate }) },
)

/**
 * Play any story on an exam that does everything right: answers, late retries, lost requests and replies, reloads on
 * other devices, submits in the middle, and whoever is left is swept. One candidate of each kind is always there, so
 * that no checker is without something to judge.
 */
function play(steps: readonly Step[]) {
  const exam = modelExam()
  const sent = new Map<string, (number | null)[]>()
  for (const candidate of [...CANDIDATES, 'c-steady']) exam.start(candidate)

  const act = (next: Step) => {
    if (next.do === 'look') {
      if (next.how === 'start-again') exam.start(next.who, { connection: 'second-device' })
      else exam.read(next.who, next.how === 'reload' ? { connection: 'second-device' } : {})
    } else if (next.do === 'submit') exam.submit(next.who, { fate: next.fate })
    else {
      const name = exam.questions[next.question] as string
      const key = `${next.who} ${name}`
      const values = sent.get(key) ?? []
      sent.set(key, values)
      if (next.do === 'answer') {
        values.push(next.value)
        exam.answer(next.who, name, { version: values.length, value: next.value, fate: next.fate })
      } else if (values.length > 0) {
        const version = Math.max(1, values.length - next.back)
        exam.answer(next.who, name, {
          version,
          value: values[version - 1] as number | null,
          fate: next.fate,
          attempt: 2,
        })
      }
    }
  }
  const [first, second] = [steps.slice(0, steps.length / 2), steps.slice(steps.length / 2)]
  first.forEach(act)
  for (const name of exam.questions) exam.answer('c-steady', name, { version: 1, value: 1 })
  exam.answer('c-steady', 'q-2', { version: 2, value: 2 })
  exam.answer('c-steady', 'q-2', { version: 3, value: 4, fate: 'not-sent' })
  exam.read('c-steady')
  exam.read('c-steady', { connection: 'second-device' })
  second.forEach(act)
  exam.submit('c-steady')
  exam.submit('c-steady', { connection: 'double-submit' })
  exam.answer('c-steady', 'q-1', { version: 2, value: 0 })
  exam.wait(SECOND_HALF_S)
  exam.sweep()
  exam.read('c-steady', { review: true })
  return exam
}

type Exam = ReturnType<typeof play>

function validitiesOf(exam: Exam, evidence: DraftEvidence) {
  const expectations = exam.expectations([...CANDIDATES, 'c-steady'])
  const verdicts = checkAll(Object.values(INTEGRITY_CHECKERS), exam.history(), evidence, expectations)
  return { verdicts, byId: Object.fromEntries(verdicts.map((verdict) => [verdict.id, verdict.valid])) }
}

const rowOf = (evidence: DraftEvidence, question_id: string) => {
  const row = evidence.answers.rows.find((r) => r.session_id === 's-c-steady' && r.question_id === question_id)
  if (row === undefined) throw new Error(`c-steady answered ${question_id}`)
  return row
}

const sessionOf = (evidence: DraftEvidence) => {
  const session = evidence.sessions.rows.find((row) => row.id === 's-c-steady')
  if (session === undefined) throw new Error('c-steady has a session')
  return session
}

/** The reply that `c-steady` got to its last operation of a kind, to be falsified. */
function falsifyReply(exam: Exam, kind: string, change: object): void {
  const reply = exam.events.findLast((event) => {
    if (event.type === 'invoke' || event.told?.kind !== kind) return false
    const invocation = exam.events[event.invocation]
    return invocation?.type === 'invoke' && invocation.candidate === 'c-steady'
  })
  // Replies to repeats share one object; only this one is changed.
  if (reply?.type === 'ok' && reply.told !== undefined) reply.told = Object.assign({ ...reply.told }, change)
  else throw new Error(`c-steady was never told of a ${kind}`)
}

/** One violation each, in a story that is legal otherwise, and the checkers that must notice. */
const VIOLATIONS: Readonly<
  Record<string, { do: (exam: Exam, evidence: DraftEvidence) => void; seenBy: IntegrityCheckerId[] }>
> = {
  'an acknowledged answer is deleted': {
    do: (_, evidence) => {
      evidence.answers.rows = evidence.answers.rows.filter((row) => row !== rowOf(evidence, 'q-2'))
    },
    seenBy: ['no-lost-answer', 'last-acknowledged-wins', 'submit-includes-acknowledged', 'score'],
  },
  'an older answer overwrites a newer one': {
    do: (exam, evidence) => {
      const client_event_id = exam.nonceOf('c-steady', 'q-2', 1)
      Object.assign(rowOf(evidence, 'q-2'), { client_seq: 1, selected_index: 1, client_event_id })
    },
    seenBy: ['no-lost-answer', 'last-acknowledged-wins', 'submit-includes-acknowledged', 'score'],
  },
  'an answer is invented': {
    do: (_, evidence) => Object.assign(rowOf(evidence, 'q-2'), { client_seq: 99, client_event_id: 'invented' }),
    seenBy: ['no-phantom-answer', 'last-acknowledged-wins'],
  },
  'a value is changed in the row': {
    do: (_, evidence) => Object.assign(rowOf(evidence, 'q-3'), { selected_index: 3 }),
    seenBy: ['no-phantom-answer', 'score'],
  },
  'a refused answer is stored': {
    do: (exam, evidence) => {
      const client_event_id = exam.nonceOf('c-steady', 'q-2', 3)
      Object.assign(rowOf(evidence, 'q-2'), { client_seq: 3, selected_index: 4, client_event_id })
    },
    seenBy: ['failed-has-no-effect', 'last-acknowledged-wins'],
  },
  'an answer is stored twice': {
    do: (_, evidence) => evidence.answers.rows.push({ ...rowOf(evidence, 'q-1') }),
    seenBy: ['one-row-per-answer'],
  },
  'the answers of two candidates are swapped': {
    do: (exam, evidence) =>
      Object.assign(rowOf(evidence, 'q-1'), { client_event_id: exam.nonceOf('c-steady', 'q-3', 1) }),
    seenBy: ['isolation', 'no-phantom-answer'],
  },
  'an answer sent after the submit changes it': {
    do: (exam, evidence) => {
      const client_event_id = exam.nonceOf('c-steady', 'q-1', 2)
      Object.assign(rowOf(evidence, 'q-1'), { client_seq: 2, selected_index: 0, client_event_id })
    },
    seenBy: ['submit-includes-acknowledged', 'failed-has-no-effect', 'score'],
  },
  'a session is closed twice': {
    do: (_, evidence) => {
      evidence.closingEvents.rows.push({ session_id: 's-c-steady', event_type: 'SESSION_SUBMITTED', event_ts: 'later' })
    },
    seenBy: ['exactly-once-submit'],
  },
  'a repeat of the submit is answered differently': {
    do: (exam) => falsifyReply(exam, 'submission', { bodyHash: 'another' }),
    seenBy: ['exactly-once-submit'],
  },
  'a score is wrong': {
    do: (_, evidence) => {
      const session = sessionOf(evidence)
      session.score_correct = (session.score_correct as number) + 1
    },
    seenBy: ['score', 'exactly-once-submit'],
  },
  'a second session is made': {
    do: (_, evidence) => evidence.sessions.rows.push({ ...sessionOf(evidence), id: 's-second', status: 'ACTIVE' }),
    seenBy: ['one-session-per-candidate'],
  },
  'a read shows an older answer': {
    do: (exam) => falsifyReply(exam, 'paper', { answers: [{ question: 'q-2', version: 1, value: 1 }] }),
    seenBy: ['read-your-writes', 'monotonic-reads', 'resume-equivalence'],
  },
  'a reply is about somebody else': {
    do: (exam) => falsifyReply(exam, 'paper', { session: 's-c-1' }),
    seenBy: ['isolation'],
  },
  'a session loses all its answers': {
    do: (_, evidence) => {
      evidence.answers.rows = evidence.answers.rows.filter((row) => row.session_id !== 's-c-steady')
    },
    seenBy: ['clean-state', 'no-lost-answer'],
  },
  'an answer is acknowledged an hour late': {
    do: (exam) => {
      exam.answer('c-steady', 'q-3', { version: 7, value: 1 })
      Object.assign(exam.events.at(-1) as object, { type: 'ok', reason: 'success' })
    },
    seenBy: ['deadline', 'submit-includes-acknowledged'],
  },
  'a candidate is told ten minutes too many': {
    do: (exam) => falsifyReply(exam, 'paper', { remainingSeconds: 4_200, status: 'ACTIVE' }),
    seenBy: ['told-time'],
  },
  'a candidate that vanished is closed half a minute late': {
    do: (_, evidence) => {
      const { id, expires_at } = sessionOf(evidence)
      const event_ts = new Date(Date.parse(expires_at) + 30_000).toISOString()
      evidence.closingEvents.rows.push({ session_id: id, event_type: 'SESSION_EXPIRED', event_ts })
    },
    seenBy: ['swept-in-time'],
  },
  'more rows than were ever answered': {
    do: (_, evidence) => {
      for (let i = 0; i < 20; i++)
        evidence.answers.rows.push({ ...rowOf(evidence, 'q-1'), question_id: `q-extra-${i}` })
    },
    seenBy: ['conservation', 'no-phantom-answer'],
  },
  'an integrity query returns a row': {
    do: (_, evidence) => {
      evidence.invariants.find(({ id }) => id === 'orphaned-events')?.rows.rows.push({ session_id: 's-nobody' })
    },
    seenBy: ['sql-invariants', 'clean-state'],
  },
  'a constraint is missing': {
    do: (_, evidence) => {
      const row = { table_name: 'session_answers', columns: 'session_id,question_id' }
      evidence.invariants.find(({ id }) => id === 'constraints-present')?.rows.rows.push(row)
    },
    seenBy: ['constraints-present', 'one-row-per-answer'],
  },
}

/** These say what cannot be judged; they are never false. */
const NEVER_FALSE: readonly IntegrityCheckerId[] = [
  'well-formed-history',
  'non-vacuity',
  'recovered-info',
  'durability-settings',
]

describe('any story on an exam that does everything right', () => {
  test('every checker says true', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const exam = play(steps)
        const { verdicts } = validitiesOf(exam, exam.evidence())
        expect(
          verdicts.filter((verdict) => verdict.valid !== true).map(({ id, reason }) => `${id}: ${reason}`),
        ).toEqual([])
        expect(mergeValidity(verdicts.map((verdict) => verdict.valid))).toBe(true)
      }),
      RUNS,
    )
  })

  test.each(Object.entries(VIOLATIONS))('with one violation, %s, the right checkers say false', (_what, violation) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        const exam = play(steps)
        const evidence = exam.evidence()
        violation.do(exam, evidence)
        const { byId } = validitiesOf(exam, evidence)
        expect(violation.seenBy.filter((id) => byId[id] !== false)).toEqual([])
      }),
      { ...RUNS, numRuns: 25 },
    )
  })

  test('every checker that can say false is seen to say it here', () => {
    const seen = new Set(Object.values(VIOLATIONS).flatMap(({ seenBy }) => seenBy))
    const ids = Object.keys(INTEGRITY_CHECKERS) as IntegrityCheckerId[]
    expect(ids.filter((id) => !seen.has(id) && !NEVER_FALSE.includes(id))).toEqual([])
  })
})
