import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Expectations } from '../helpers/checkers/checker.ts'
import type { Evidence } from '../helpers/checkers/evidence-rows.ts'
import { storeEvidence } from '../helpers/evidence.ts'
import type { HistoryHeader } from '../helpers/history/journal.ts'
import type { Completion, Invocation, Told, ToldAnswer } from '../helpers/history/operation.ts'

const QUESTIONS = 60
/** Answers that are given again, so that versions differ from the first. */
const REVISED = 33
const OPERATIONS_PER_CANDIDATE = 100
/** Turns in which everybody looks at the session again, as after a reload. */
const READS = [35, 75]
/** Turns in which everybody saves an answer. */
const SAVES = Array.from({ length: 95 }, (_, n) => n + 2).filter((turn) => !READS.includes(turn))
const EPOCH_MS = Date.parse('2026-03-02T08:00:00.000Z')
const EPOCH = { monotonicNs: '0', wall: '2026-03-02T08:00:00.000Z' }
const START_MS = 60_000
const DURATION_S = 3_600
const BETWEEN_US = 20_000_000
const TOOK_US = 9_000.125

/** Ids of the candidates of a day of so many operations. */
export function madeCandidates(operations: number): readonly string[] {
  const people = Math.ceil(operations / OPERATIONS_PER_CANDIDATE)
  return Array.from({ length: people }, (_, n) => `c-${String(n + 1).padStart(5, '0')}`)
}

/** What the checkers must know of such a day. */
export function madeExpectations(candidates: readonly string[]): Expectations {
  return { candidates, minimumOk: { 'save-answer': 1, submit: 1 }, graceSeconds: 0, epoch: EPOCH }
}

/**
 * Write a day of `operations` attempts, in which nothing goes wrong, to `dir`: `history.ndjson` in the lines of the
 * journal, and the rows that such a day leaves. In waves, as in an exam: all candidates do their n-th thing, then the next.
 * Everybody's 100 operations: log in, start, 93 answers to 60 questions (33 of them revised), 2 reads, 2 submits, a
 * review.
 *
 * @returns the candidates, and the number of events written.
 */
export async function makeRun(
  dir: string,
  operations: number,
): Promise<{ readonly candidates: readonly string[]; readonly events: number; readonly answers: number }> {
  await mkdir(dir, { recursive: true })
  const candidates = madeCandidates(operations)
  const people = candidates.length
  const file = createWriteStream(join(dir, 'history.ndjson'))
  const header: HistoryHeader = { schema: 1, runId: 'bench', epoch: EPOCH, seed: 1, planHash: 'bench' }
  let lines: string[] = [JSON.stringify(header)]
  let index = 0
  const write = async (): Promise<void> => {
    const text = `${lines.join('\n')}\n`
    lines = []
    if (!file.write(text)) await new Promise<void>((resolve) => file.once('drain', () => resolve()))
  }
  const versions = candidates.map(() => new Int8Array(QUESTIONS))
  const shown = (n: number): ToldAnswer[] =>
    Array.from(versions[n] as Int8Array, (version, q) => answerOf(n, q, version)).filter(
      ({ version }) => version !== null,
    )

  for (let turn = 0; turn < OPERATIONS_PER_CANDIDATE; turn++) {
    for (let n = 0; n < people; n++) {
      const timeUs = START_MS * 1_000 + turn * BETWEEN_US + n * 7.25
      const { asked, told, status = 200 } = deed(n, turn, versions[n] as Int8Array, shown)
      const invocation: Invocation = {
        type: 'invoke',
        index,
        timeUs,
        intendedUs: timeUs - 11.5,
        candidate: candidates[n] as string,
        connection: turn === 98 ? 'double-submit' : 'main',
        step: turn < 2 ? 'arrivals' : turn < 97 ? 'steady' : 'submit-spike',
        requestId: `9582afc1-${candidates[n]}-${turn + 1}`,
        attempt: 1,
        ...asked,
      }
      const completion: Completion = {
        type: 'ok',
        index: index + 1,
        timeUs: timeUs + TOOK_US,
        invocation: index,
        reason: 'success',
        status,
        worker: n % 2 === 0 ? 'w1-18' : 'w2-19',
        told,
      }
      index += 2
      lines.push(JSON.stringify(invocation), JSON.stringify(completion))
      if (lines.length >= 2_000) await write()
    }
  }
  lines.push(JSON.stringify({ type: 'end', events: index }))
  await write()
  file.end()
  await finished(file)
  const evidence = rowsOf(candidates)
  await storeEvidence(evidence, join(dir, 'evidence'))
  return { candidates, events: index, answers: evidence.answers.known ? evidence.answers.rows.length : 0 }
}

const uuid = (kind: number, n: number, m = 0): string => `${hex(kind, 8)}-${hex(m, 4)}-4000-8000-${hex(n, 12)}`
const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')
const session = (n: number): string => uuid(1, n)
const question = (q: number): string => uuid(2, q)
const nonceOf = (n: number, q: number, version: number): string => uuid(3, n, q * 8 + version)
const choice = (n: number, q: number, version: number): number => (n + q + version) % 5
const iso = (us: number): string => new Date(EPOCH_MS + Math.floor(us / 1_000)).toISOString()
const startedUs = (n: number): number => START_MS * 1_000 + BETWEEN_US + n * 7.25
const submittedUs = (n: number): number => START_MS * 1_000 + 97 * BETWEEN_US + n * 7.25 + 4_000

function answerOf(n: number, q: number, version: number): ToldAnswer {
  if (version === 0) return { question: question(q), version: null, value: null }
  return { question: question(q), version, value: choice(n, q, version), nonce: nonceOf(n, q, version) }
}

/** What candidate `n` does in its turn `turn`, and is told. */
function deed(
  n: number,
  turn: number,
  versions: Int8Array,
  shown: (n: number) => ToldAnswer[],
): { readonly asked: Pick<Invocation, 'f'> & Partial<Invocation>; readonly told: Told; readonly status?: number } {
  const id = session(n)
  if (turn === 0) return { asked: { f: 'login' }, told: { kind: 'tokens' } }
  if (turn === 1) {
    const expiresAt = iso(startedUs(n) + DURATION_S * 1e6)
    const told: Told = {
      kind: 'session',
      session: id,
      status: 'ACTIVE',
      created: true,
      expiresAt,
      totalQuestions: QUESTIONS,
    }
    return { asked: { f: 'create-session', idempotencyKey: uuid(4, n) }, told, status: 201 }
  }
  if (turn === 97 || turn === 98) {
    const told: Told = {
      kind: 'submission',
      session: id,
      status: 'SUBMITTED',
      submittedAt: iso(submittedUs(n)),
      scoreCorrect: correctOf(n),
      scoreTotal: QUESTIONS,
      bodyHash: hex(n, 64),
    }
    return { asked: { f: 'submit', session: id, idempotencyKey: uuid(5, n) }, told }
  }
  if (turn === 99)
    return { asked: { f: 'review', session: id }, told: { kind: 'review', session: id, answers: shown(n) } }
  if (READS.includes(turn)) {
    const leftS = DURATION_S - ((turn - 1) * BETWEEN_US) / 1e6
    const told: Told = {
      kind: 'paper',
      session: id,
      status: 'ACTIVE',
      remainingSeconds: Math.floor(leftS),
      answers: shown(n),
    }
    return { asked: { f: 'read-session', session: id }, told }
  }
  const saved = SAVES.indexOf(turn)
  const q = saved % QUESTIONS
  const version = Math.floor(saved / QUESTIONS) + 1
  versions[q] = version
  const value = choice(n, q, version)
  const nonce = nonceOf(n, q, version)
  return {
    asked: { f: 'save-answer', session: id, question: question(q), version, value, nonce, idempotencyKey: nonce },
    told: {
      kind: 'answer',
      session: id,
      superseded: false,
      question: question(q),
      version,
      value,
      nonce,
      marked: false,
    },
  }
}

const keyOf = (q: number): number => (q * 3) % 5
const finalVersion = (q: number): number => (q < REVISED ? 2 : 1)
function correctOf(n: number): number {
  let correct = 0
  for (let q = 0; q < QUESTIONS; q++) if (choice(n, q, finalVersion(q)) === keyOf(q)) correct++
  return correct
}

function rowsOf(candidates: readonly string[]): Evidence {
  const known = <Row>(rows: readonly Row[]) => ({ known: true, rows }) as const
  return {
    sessions: known(
      candidates.map((candidate, n) => ({
        id: session(n),
        user_id: uuid(6, n),
        email: `${candidate}@rehearsal.invalid`,
        exam_id: uuid(7, 0),
        mode: 'EXAM',
        status: 'SUBMITTED',
        total_questions: QUESTIONS,
        started_at: iso(startedUs(n)),
        expires_at: iso(startedUs(n) + DURATION_S * 1e6),
        submitted_at: iso(submittedUs(n)),
        score_correct: correctOf(n),
        score_total: QUESTIONS,
      })),
    ),
    answers: known(
      candidates.flatMap((_, n) =>
        Array.from({ length: QUESTIONS }, (_, q) => {
          const version = finalVersion(q)
          return {
            session_id: session(n),
            question_id: question(q),
            selected_index: choice(n, q, version),
            is_correct: choice(n, q, version) === keyOf(q),
            answered_at: iso(savedUs(n, q, version)),
            client_seq: version,
            client_event_id: nonceOf(n, q, version),
            marked_for_review: false,
          }
        }),
      ),
    ),
    closingEvents: known(
      candidates.map((_, n) => ({
        session_id: session(n),
        event_type: 'SESSION_SUBMITTED',
        event_ts: iso(submittedUs(n)),
      })),
    ),
    papers: known(
      candidates.flatMap((_, n) =>
        Array.from({ length: QUESTIONS }, (_, q) => ({
          session_id: session(n),
          question_id: question(q),
          position: q + 1,
          correct_index: keyOf(q),
        })),
      ),
    ),
    settings: known([]),
    invariants: [],
  } as unknown as Evidence
}

/** When the database stored it: in the middle between request and reply. */
function savedUs(n: number, q: number, version: number): number {
  const turn = SAVES[q + (version - 1) * QUESTIONS] as number
  return START_MS * 1_000 + turn * BETWEEN_US + n * 7.25 + 4_500
}
