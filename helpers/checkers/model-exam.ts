import { historyOf } from '../history/history-of.ts'
import type { Completion, HistoryEvent, Invocation, OperationName, Told, ToldAnswer } from '../history/operation.ts'
import type { Verdict } from '../verdict.ts'
import type { Checker, Expectations, History } from './checker.ts'
import type { AnswerRow, ClosingEventRow, Evidence, PaperRow, SessionRow, SettingRow } from './evidence-rows.ts'

/** Noon on a day that has no clock change. */
const EPOCH_MS = Date.UTC(2026, 0, 15, 12)
const STEP_US = 1_000
const DURATION_S = 3_600
const INVARIANTS = [
  'constraints-present',
  'orphaned-answers',
  'answer-question-mismatches',
  'orphaned-events',
  'unscored-sessions',
  'active-past-expiry',
  'idle-in-transaction',
]

/** What becomes of a request on its way: an unknown outcome is a lost request or a lost reply. */
export type Fate = 'answered' | 'request-lost' | 'reply-lost' | 'not-sent'

export interface AnswerOptions {
  readonly version?: number
  readonly value?: number | null
  readonly fate?: Fate
  readonly attempt?: number
  readonly connection?: string
  /** Do not wait for the reply: the next operation begins before this one is answered. */
  readonly overlaps?: boolean
}

/** The same, but its fields may be changed. */
type Draft<T> = T extends unknown ? { -readonly [K in keyof T]: T[K] } : never

/** Evidence whose rows may be tampered with. */
export interface DraftEvidence {
  sessions: { known: true; rows: Draft<SessionRow>[] }
  answers: { known: true; rows: Draft<AnswerRow>[] }
  closingEvents: { known: true; rows: Draft<ClosingEventRow>[] }
  papers: { known: true; rows: Draft<PaperRow>[] }
  settings: { known: true; rows: Draft<SettingRow>[] }
  invariants: { id: string; title: string; rows: { known: true; rows: Record<string, unknown>[] } }[]
}

/**
 * For tests: an exam that does everything right, in memory, without services. It plays the backend by the book
 * (replayed events, superseded versions, one submit, expiry) and writes the history that candidates would have; so
 * every story told with it is legal, and whoever wants a violation changes its events or its rows.
 *
 * One question has five options; option `position % 5` of the question at `position` is right.
 */
export function modelExam(questionCount = 3) {
  const events: Draft<HistoryEvent>[] = []
  const sessions = new Map<string, Draft<SessionRow>>()
  const answers = new Map<string, Draft<AnswerRow>>()
  const replies = new Map<string, Told>()
  const closingEvents: Draft<ClosingEventRow>[] = []
  const submissions = new Map<string, Told>()
  const questions = Array.from({ length: questionCount }, (_, position) => `q-${position + 1}`)
  const waiting: (() => void)[] = []
  let nowUs = 0

  const iso = (timeUs = nowUs) => new Date(EPOCH_MS + timeUs / 1_000).toISOString()
  const sessionOf = (candidate: string) => `s-${candidate}`
  const nonceOf = (candidate: string, question: string, version: number) => `${candidate}/${question}/${version}`

  function request(
    candidate: string,
    f: OperationName,
    asked: Partial<Draft<Invocation>>,
    fate: Fate,
    serve: () => Partial<Draft<Completion>>,
    overlaps = false,
  ): void {
    nowUs += STEP_US
    if (!overlaps) for (const finish of waiting.splice(0)) finish()
    const index = events.length
    events.push({
      type: 'invoke',
      index,
      timeUs: nowUs,
      intendedUs: nowUs,
      candidate,
      connection: 'main',
      f,
      step: 'steady',
      requestId: `r-${index}`,
      attempt: 1,
      ...asked,
    } as Draft<Invocation>)
    nowUs += STEP_US
    const served: Partial<Draft<Completion>> =
      fate === 'answered' || fate === 'reply-lost' ? serve() : { type: 'fail', reason: 'connection-refused' }
    const completion: Partial<Draft<Completion>> =
      fate === 'request-lost' || fate === 'reply-lost' ? { type: 'info', reason: 'time-out' } : served
    const finish = () => {
      nowUs += STEP_US
      events.push({ index: events.length, timeUs: nowUs, invocation: index, ...completion } as Draft<Completion>)
    }
    if (overlaps) waiting.push(finish)
    else finish()
  }

  function closeSession(session: Draft<SessionRow>, status: 'SUBMITTED' | 'EXPIRED'): void {
    session.status = status
    session.submitted_at = status === 'EXPIRED' ? session.expires_at : iso()
    session.score_total = questionCount
    session.score_correct = questions.filter(
      (question, position) => answers.get(`${session.id} ${question}`)?.selected_index === (position + 1) % 5,
    ).length
    closingEvents.push({ session_id: session.id, event_type: `SESSION_${status}`, event_ts: iso() })
    submissions.set(session.id, {
      kind: 'submission',
      session: session.id,
      status,
      submittedAt: session.submitted_at,
      scoreCorrect: session.score_correct,
      scoreTotal: questionCount,
      bodyHash: `body of ${session.id}`,
    })
  }

  function toldSession(session: Draft<SessionRow>, created: boolean): Told {
    const { id, status, expires_at: expiresAt } = session
    return { kind: 'session', session: id, status, created, expiresAt, totalQuestions: questionCount }
  }

  function toldAnswers(session: string): ToldAnswer[] {
    return questions.map((question) => {
      const row = answers.get(`${session} ${question}`)
      return { question, version: row?.client_seq ?? null, value: row?.selected_index ?? null }
    })
  }

  return {
    questions,
    events,
    sessionOf,
    nonceOf,

    /** Time goes by, seconds. */
    wait(seconds: number): void {
      nowUs += seconds * 1_000_000
    },

    start(candidate: string, { fate = 'answered' as Fate, connection = 'main' } = {}): void {
      request(candidate, 'create-session', { connection, idempotencyKey: `start-${candidate}` }, fate, () => {
        const id = sessionOf(candidate)
        const known = sessions.get(id)
        if (known !== undefined) return { type: 'ok', reason: 'success', status: 200, told: toldSession(known, false) }
        const session: Draft<SessionRow> = {
          id,
          user_id: `u-${candidate}`,
          email: `${candidate}@exam.test`,
          exam_id: 'exam',
          mode: 'EXAM',
          status: 'ACTIVE',
          total_questions: questionCount,
          started_at: iso(),
          expires_at: iso(nowUs + DURATION_S * 1_000_000),
          submitted_at: null,
          score_correct: null,
          score_total: null,
        }
        sessions.set(id, session)
        return { type: 'ok', reason: 'success', status: 201, told: toldSession(session, true) }
      })
    },

    answer(candidate: string, question: string, options: AnswerOptions = {}): void {
      const { version = 1, value = 0, fate = 'answered', attempt = 1, connection = 'main', overlaps = false } = options
      const session = sessionOf(candidate)
      const nonce = nonceOf(candidate, question, version)
      const asked = { session, question, version, value, nonce, idempotencyKey: nonce, attempt, connection }
      const serve = (): Partial<Draft<Completion>> => {
        const key = `${session} ${question}`
        const replayed = replies.get(nonce)
        if (replayed !== undefined) return { type: 'ok', reason: 'success', status: 200, told: replayed }
        const row = sessions.get(session)
        if (row === undefined) return { type: 'fail', reason: 'not-found', status: 404, errorCode: 'NOT_FOUND' }
        if (row.status !== 'ACTIVE' || iso() >= row.expires_at) {
          return { type: 'fail', reason: 'session-closed', status: 409, errorCode: 'SESSION_CLOSED' }
        }
        const stored = answers.get(key)
        if (stored !== undefined && (stored.client_seq as number) >= version) {
          const { client_seq, selected_index } = stored
          const told: Told = {
            kind: 'answer',
            session,
            superseded: true,
            question,
            version: client_seq,
            value: selected_index,
          }
          return { type: 'fail', reason: 'superseded', status: 200, told }
        }
        answers.set(key, {
          session_id: session,
          question_id: question,
          selected_index: value,
          is_correct: value === null ? null : value === (questions.indexOf(question) + 1) % 5,
          answered_at: iso(),
          client_seq: version,
          client_event_id: nonce,
          marked_for_review: false,
        })
        const told: Told = {
          kind: 'answer',
          session,
          superseded: false,
          question,
          version,
          value,
          nonce,
          marked: false,
        }
        replies.set(nonce, told)
        return { type: 'ok', reason: 'success', status: 200, told }
      }
      request(candidate, 'save-answer', asked, fate, serve, overlaps)
    },

    read(candidate: string, { connection = 'main', fate = 'answered' as Fate, review = false } = {}): void {
      const session = sessionOf(candidate)
      request(candidate, review ? 'review' : 'read-session', { session, connection }, fate, () => {
        const row = sessions.get(session)
        if (row === undefined) return { type: 'fail', reason: 'not-found', status: 404 }
        const shown = toldAnswers(session)
        const remainingSeconds = Math.max(0, Math.floor((Date.parse(row.expires_at) - Date.parse(iso())) / 1_000))
        const told: Told = review
          ? { kind: 'review', session, answers: shown }
          : { kind: 'paper', session, status: row.status, remainingSeconds, answers: shown }
        return { type: 'ok', reason: 'success', status: 200, told }
      })
    },

    readQuestions(candidate: string): void {
      const session = sessionOf(candidate)
      const told: Told = { kind: 'questions', questions }
      request(candidate, 'read-questions', { session }, 'answered', () => ({ type: 'ok', reason: 'success', told }))
    },

    submit(
      candidate: string,
      { fate = 'answered' as Fate, attempt = 1, connection = 'main', overlaps = false } = {},
    ): void {
      const session = sessionOf(candidate)
      const asked = { session, attempt, connection, idempotencyKey: `submit-${candidate}` }
      const serve = (): Partial<Draft<Completion>> => {
        const row = sessions.get(session)
        if (row === undefined) return { type: 'fail', reason: 'not-found', status: 404 }
        if (row.status === 'ACTIVE') closeSession(row, iso() >= row.expires_at ? 'EXPIRED' : 'SUBMITTED')
        return { type: 'ok', reason: 'success', status: 200, told: submissions.get(session) as Told }
      }
      request(candidate, 'submit', asked, fate, serve, overlaps)
    },

    /** The sweeper: close whatever is past its expiry. */
    sweep(): void {
      for (const session of sessions.values()) {
        if (session.status === 'ACTIVE' && iso() >= session.expires_at) closeSession(session, 'EXPIRED')
      }
    },

    /** What the candidates have seen; overlapping operations that are still open stay open. */
    history(): History {
      return historyOf(structuredClone(events) as HistoryEvent[])
    },

    /** What the database holds; a copy, to tamper with. */
    evidence(): DraftEvidence {
      const papers = [...sessions.keys()].flatMap((session_id) =>
        questions.map((question_id, position) => ({
          session_id,
          question_id,
          position: position + 1,
          correct_index: (position + 1) % 5,
        })),
      )
      return structuredClone({
        sessions: { known: true, rows: [...sessions.values()] },
        answers: { known: true, rows: [...answers.values()] },
        closingEvents: { known: true, rows: closingEvents },
        papers: { known: true, rows: papers },
        settings: {
          known: true,
          rows: [{ service: 'postgres', name: 'fsync', value: 'on', required: 'on', holds: true }],
        },
        invariants: INVARIANTS.map((id) => ({ id, title: id, rows: { known: true, rows: [] } })),
      } satisfies DraftEvidence as DraftEvidence)
    },

    expectations(candidates: readonly string[] = ['c-1', 'c-2']): Expectations {
      return {
        candidates,
        minimumOk: { 'save-answer': 1 },
        graceSeconds: 0,
        epoch: { monotonicNs: '0', wall: new Date(EPOCH_MS).toISOString() },
      }
    },
  }
}

/** Rows that could not be read, for tests. */
export function unreadable(reason = 'connection terminated'): { known: false; reason: string } {
  return { known: false, reason }
}

/** The platform declares to have none of these rows, for tests. */
export function declaredAbsent(reason = 'attempt_events: it keeps no log'): {
  known: false
  reason: string
  absent: true
} {
  return { known: false, reason, absent: true }
}

/** No row could be read, for tests. */
export function noEvidence(): Evidence {
  const none = unreadable()
  return { sessions: none, answers: none, closingEvents: none, papers: none, settings: none, invariants: [] }
}

/** A small exam day on which nothing goes wrong: two candidates, second thoughts, a reload, a double submit. */
export function quietDay() {
  const exam = modelExam()
  for (const candidate of ['c-1', 'c-2']) {
    exam.start(candidate)
    exam.readQuestions(candidate)
    exam.answer(candidate, 'q-1', { version: 1, value: 1 })
    exam.answer(candidate, 'q-2', { version: 1, value: 4 })
    exam.answer(candidate, 'q-2', { version: 2, value: 2 })
    exam.read(candidate)
    exam.answer(candidate, 'q-3', { version: 1, value: null })
    exam.read(candidate, { connection: 'second-device' })
    exam.submit(candidate)
    exam.submit(candidate, { connection: 'double-submit' })
    exam.read(candidate, { review: true })
  }
  return exam
}

type Exam = ReturnType<typeof modelExam>

/** Run one checker over what an exam left, with evidence or expectations replaced where a test wants it. */
export function judge(
  checker: Checker,
  exam: Pick<Exam, 'history' | 'evidence' | 'expectations'>,
  changed: { evidence?: Partial<Evidence>; expectations?: Partial<Expectations>; history?: Partial<History> } = {},
): Verdict {
  return checker.check(
    { ...exam.history(), ...changed.history },
    { ...exam.evidence(), ...changed.evidence },
    { ...exam.expectations(), ...changed.expectations },
  )
}

/** The row of an answer, to tamper with. */
export function rowOf(
  evidence: DraftEvidence,
  candidate: string,
  question: string,
): DraftEvidence['answers']['rows'][0] {
  const row = evidence.answers.rows.find((r) => r.session_id === `s-${candidate}` && r.question_id === question)
  if (row === undefined) throw new Error(`no row of ${candidate} for ${question}`)
  return row
}
